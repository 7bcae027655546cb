// Low-rank adapters on TimeSformer: named, trained alone, merged, saved alone; and the network's second precision.
import Base
import Tensors
import TestSupport
import Testing

@testable import Networks

@Suite("Adapters and precision") struct AdapterTests {
    private static let settings = TimeSformer.Settings(imageSize: 32, patch: 8, frames: 4, width: 64, layers: 2, heads: 4, mlp: 128)

    private func build(lora: [LoRA] = [LoRA(rank: 2, dropout: 0)], seed: UInt64 = 3) -> (ParameterStore, TimeSformer) {
        let store = ParameterStore(seed: seed, lora: lora)
        return (store, TimeSformer(Self.settings, at: store.root["timesformer"]))
    }

    private func pictures(batch: Int = 2, frames: Int = 4, size: Int = 32) -> Tensor {
        var stream = RandomStream(seed: 5, name: "pictures")
        return stream.uniform([batch, frames, 3, size, size])
    }

    /// Adapters that do something: after training B is no longer 0.
    private func trained() -> (ParameterStore, TimeSformer) {
        let (store, network) = build()
        var stream = RandomStream(seed: 6, name: "trained")
        for parameter in store.parameters where parameter.name.contains("lora_B") {
            parameter.value = stream.normal(parameter.value.shape, deviation: 0.2)
        }
        return (store, network)
    }

    @Test("An adapter starts as nothing: the network answers as without it")
    func start() {
        let (_, plain) = build(lora: []), (_, adapted) = build()
        #expect(relativeError(adapted(pictures(), .inference()).tokens, plain(pictures(), .inference()).tokens) < 1e-6)
    }

    @Test("With the backbone frozen the adapters alone have gradients, and they are central differences'")
    func gradients() throws {
        let (store, network) = trained()
        store.freeze()
        let names = store.parameters.filter(\.isTrainable).map(\.name)
        #expect(names.count == 16 && names.allSatisfy { $0.contains(".lora_") })
        #expect(names.contains("timesformer.encoder.layer.1.temporal_attention.attention.qkv.lora_B.value"))
        func loss(_ context: Context) -> Tensor { network(pictures(), context).tokens.square().mean() }
        let tape = Tape()
        tape.backward(loss(Context(tape: tape)))
        for parameter in store.parameters {
            guard parameter.isTrainable else {
                #expect(parameter.gradient == nil, "\(parameter.name) is frozen")
                continue
            }
            let gradient = try #require(parameter.gradient, "\(parameter.name) has no gradient")
            expectClose(directionalDerivative(of: parameter) { loss(.inference()).item }, gradient, parameter.name)
        }
    }

    @Test("Merged adapters leave the answer as it was, and the file without them loads into a network that has none")
    func merge() throws {
        let (store, network) = trained(), before = network(pictures(), .inference()).tokens
        store.mergeAdapters()
        #expect(relativeError(network(pictures(), .inference()).tokens, before) < 1e-5)
        let (plainStore, plain) = build(lora: [], seed: 9)
        try plainStore.load(store.valuesWithoutAdapters)
        #expect(relativeError(plain(pictures(), .inference()).tokens, before) < 1e-5)
    }

    @Test("The adapters alone, saved and loaded on the same backbone, give the same bits; a file with another name is refused")
    func adaptersAlone() throws {
        let (store, network) = trained(), (other, twin) = build()
        try other.loadAdapters(store.adapterValues)
        #expect(twin(pictures(), .inference()).tokens.values == network(pictures(), .inference()).tokens.values)
        var wrong = store.adapterValues
        wrong["timesformer.elsewhere"] = .scalar(1)
        #expect(throws: ParameterError.unexpected(["timesformer.elsewhere"])) { try other.loadAdapters(wrong) }
        #expect(throws: ParameterError.self) { try other.loadAdapters([:]) }
    }

    @Test("Dropout of an adapter's input is another at every pass and nothing where nobody trains")
    func dropout() {
        let (store, network) = build(lora: [LoRA(rank: 2, dropout: 0.5)])
        var stream = RandomStream(seed: 6, name: "trained")
        for parameter in store.parameters where parameter.name.contains("lora_B") {
            parameter.value = stream.normal(parameter.value.shape, deviation: 0.2)
        }
        func answer(_ seed: UInt64) -> [Float] {
            network(pictures(), Context(isTraining: true, dropout: RandomStream(seed: seed, name: "d"))).tokens.values
        }
        #expect(answer(1) == answer(1) && answer(1) != answer(2))
        #expect(network(pictures(), .inference()).tokens.values == network(pictures(), .inference()).tokens.values)
    }

    @Test("Frozen maps in a row are one product; it follows the weights when they change")
    func folding() throws {
        let (store, network) = build(lora: [])
        let apart = network(pictures(), .inference()).tokens
        store.freeze()
        #expect(relativeError(network(pictures(), .inference()).tokens, apart) < 1e-5)
        let (otherStore, other) = build(lora: [], seed: 11)
        try store.load(otherStore.values())
        #expect(relativeError(network(pictures(), .inference()).tokens, other(pictures(), .inference()).tokens) < 1e-5)
    }

    @Test("bfloat16 answers within 2e-2 of float32, at other sizes and frame counts too", arguments: [(4, 32), (3, 40), (6, 24)])
    func precision(frames: Int, size: Int) {
        let (_, network) = trained(), input = pictures(frames: frames, size: size)
        let wide = network(input, .inference()).tokens, narrow = network(input, .inference(precision: .bfloat16)).tokens
        let worst = zip(wide.values, narrow.values).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst < 2e-2 && worst > 0)
    }

    @Test("In bfloat16 a clip's answer is its own, also in a batch of more clips than a clip has tokens")
    func batches() {
        let store = ParameterStore(seed: 3)
        let network = TimeSformer(.init(imageSize: 16, patch: 16, frames: 2, width: 256, layers: 1, heads: 4, mlp: 256), at: store.root)
        store.freeze()
        let input = pictures(batch: 5, frames: 2, size: 16)
        func answer(_ clips: Tensor) -> Tensor { network(clips, .inference(precision: .bfloat16)).tokens }
        let together = answer(input)
        for clip in 0..<5 {
            let alone = answer(input.sliced(axis: 0, from: clip, to: clip + 1))
            #expect(relativeError(together.sliced(axis: 0, from: clip, to: clip + 1), alone) < 1e-4)
        }
    }

    @Test("In bfloat16 the adapters' gradients point where float32's do")
    func narrowGradients() throws {
        func gradients(_ precision: Precision) -> [Tensor] {
            let (store, network) = trained()
            store.freeze()
            let tape = Tape()
            tape.backward(network(pictures(), Context(tape: tape, isTraining: true, precision: precision)).tokens.square().mean())
            return store.parameters.compactMap(\.gradient)
        }
        for (wide, narrow) in zip(gradients(.float32), gradients(.bfloat16)) { #expect(relativeError(narrow, wide) < 0.1) }
    }
}
