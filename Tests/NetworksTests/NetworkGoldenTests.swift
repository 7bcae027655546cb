import Foundation
import Tensors
import TestSupport
import Testing

@testable import Networks

/// Loads reference weights under names of ours into a store.
private func load(_ golden: [String: Tensor], prefix: String = "w.", into store: ParameterStore, renaming: (String) -> String = { $0 })
    throws
{
    var values: [String: Tensor] = [:]
    for (name, tensor) in golden where name.hasPrefix(prefix) { values[renaming(String(name.dropFirst(prefix.count)))] = tensor }
    try store.load(values)
}

@Suite("Networks against PyTorch")
struct NetworkGoldenTests {
    @Test("TimeSformer forward and every gradient equal Hugging Face's, divided space-time attention", arguments: [false, true])
    func timeSformer(keepsAttention: Bool) throws {
        let golden = try Golden.tensors("timesformer_tiny")
        let store = ParameterStore(seed: 1)
        let network = TimeSformer(
            .init(imageSize: 32, patch: 8, frames: 4, width: 24, layers: 3, heads: 4, mlp: 40), at: store.root)
        try load(golden, into: store)
        let tape = Tape()
        let pixels = tape.watch(golden["in.pixels"]!)
        let output = network(pixels, Context(tape: tape, keepsAttention: keepsAttention))
        expectClose(output.tokens, golden["out"]!, 1e-5, "last hidden state")
        tape.backward(output.tokens, seed: golden["probe"]!)
        expectClose(tape.gradient(of: pixels)!, golden["grad.in.pixels"]!, 1e-4, "pixels")
        for parameter in store.parameters {
            expectClose(parameter.gradient!, golden["grad.w." + parameter.name]!, 1e-4, parameter.name)
        }
        #expect(output.spatialAttention.count == (keepsAttention ? 3 : 0))
        #expect(!keepsAttention || output.temporalAttention.last?.shape == [32, 4, 4, 4])
    }

    @Test("EmoCatcher forward, attention weights and every gradient equal PyTorch's")
    func emoCatcher() throws {
        let golden = try Golden.tensors("emocatcher_tiny")
        let store = ParameterStore(seed: 1)
        let network = EmoCatcher(.tiny, at: store.root)
        try load(golden, into: store, renaming: emoCatcherName)
        let tape = Tape()
        let mel = tape.watch(golden["in.mel"]!)
        let output = network(mel, lengths: nil, Context(tape: tape))
        expectClose(output.pooled!, golden["out.0"]!, 1e-5, "context")
        expectClose(output.weights!, golden["out.1"]!, 1e-5, "attention")
        let loss = (output.pooled! * golden["probe.0"]!).sum() + (output.weights! * golden["probe.1"]!).sum()
        tape.backward(loss)
        expectClose(tape.gradient(of: mel)!, golden["grad.in.mel"]!, 1e-4, "mel")
        let gradients = Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0.gradient) })
        for (name, expected) in golden where name.hasPrefix("grad.w.") {
            let ours = emoCatcherName(fromReference: String(name.dropFirst(7)))
            expectClose(try #require(gradients[ours] ?? nil), expected, 1e-4, ours)
        }
    }

    @Test("Multi-head attention equals torch.nn.MultiheadAttention across modalities", arguments: [false, true])
    func crossAttention(keepsAttention: Bool) throws {
        let golden = try Golden.tensors("attention_cross")
        let store = ParameterStore(seed: 1)
        let layer = MultiHeadAttention(12, heads: 4, at: store.root)
        try load(golden, into: store)
        let tape = Tape()
        let query = tape.watch(golden["in.q"]!), memory = tape.watch(golden["in.kv"]!)
        let (output, weights) = layer(query, memory: memory, Context(tape: tape, keepsAttention: keepsAttention))
        expectClose(output, golden["out.0"]!, 1e-5, "output")
        guard keepsAttention else { return #expect(weights == nil) }
        expectClose(weights!, golden["out.1"]!, 1e-5, "weights")
        tape.backward((output * golden["probe.0"]!).sum() + (weights! * golden["probe.1"]!).sum())
        expectClose(tape.gradient(of: query)!, golden["grad.in.q"]!, 1e-4, "query")
        expectClose(tape.gradient(of: memory)!, golden["grad.in.kv"]!, 1e-4, "memory")
        for parameter in store.parameters {
            expectClose(parameter.gradient!, golden["grad.w." + parameter.name]!, 1e-4, parameter.name)
        }
    }
}

extension EmoCatcher.Settings {
    /// The reference's audio encoder: 9 bands, no pool, no norm before the GRU.
    static let tiny = EmoCatcher.Settings(
        bands: 9, channels: [8, 10, 10], kernels: [5, 3, 3], pooling: 1, normBeforeGRU: false, hidden: 6, layers: 2, dropout: 0)
}
