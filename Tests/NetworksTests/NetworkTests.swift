import Base
import Tensors
import TestSupport
import Testing

@testable import Networks

/// A small network of both modalities and an input for it.
struct Small {
    var settings = ZuDann.Settings()
    let store = ParameterStore(seed: 3)

    init(
        _ modalities: ZuDann.Modalities = .both, tokens: ZuDann.Tokens = .sequence, pooling: ZuDann.Pooling = .mean,
        fusion: ZuDann.FusionKind = .middle, late: LateFusion.Rule = .learned
    ) {
        settings.modalities = modalities
        settings.fusion = fusion
        settings.lateRule = late
        settings.tokens = tokens
        settings.pooling = pooling
        settings.audio = EmoCatcher.Settings(bands: 5, channels: [6, 6], kernels: [3, 3], hidden: 4, layers: 1, dropout: 0)
        settings.video = TimeSformer.Settings(imageSize: 16, patch: 8, frames: 3, width: 8, layers: 1, heads: 2, mlp: 12)
        settings.width = 8
        settings.heads = 2
        settings.dropout = 0
        settings.classes = 4
    }

    func build() -> ZuDann { ZuDann(settings, at: store.root) }

    static func input(batch: Int = 2, frames: Int = 12, lengths: [Int]? = [12, 7], seed: UInt64 = 5) -> NetworkInput {
        var stream = RandomStream(seed: seed, name: "input")
        return NetworkInput(
            mel: stream.normal([batch, 5, frames]), melLengths: lengths, pictures: stream.uniform([batch, 3, 3, 16, 16]))
    }
}

@Suite("The audio-visual network")
struct NetworkTests {
    struct Variant: Sendable, CustomTestStringConvertible {
        var modalities: ZuDann.Modalities
        var tokens: ZuDann.Tokens
        var pooling: ZuDann.Pooling = .mean
        var fusion = ZuDann.FusionKind.middle
        var late = LateFusion.Rule.learned
        var testDescription: String { "\(modalities), \(tokens), \(pooling), \(fusion)\(fusion == .late ? " \(late)" : "")" }
        var small: Small { Small(modalities, tokens: tokens, pooling: pooling, fusion: fusion, late: late) }
    }

    static let variants = [
        Variant(modalities: .both, tokens: .sequence), Variant(modalities: .both, tokens: .sequence, pooling: .attention),
        Variant(modalities: .both, tokens: .pooled), Variant(modalities: .both, tokens: .patches),
        Variant(modalities: .audio, tokens: .sequence), Variant(modalities: .video, tokens: .sequence),
        Variant(modalities: .both, tokens: .sequence, fusion: .early), Variant(modalities: .both, tokens: .sequence, fusion: .late),
        Variant(modalities: .both, tokens: .sequence, fusion: .late, late: .average),
        Variant(modalities: .audio, tokens: .pooled, fusion: .late),
    ]

    @Test("Every parameter has a gradient, and it equals finite differences", arguments: variants)
    func gradients(variant: Variant) throws {
        let small = variant.small
        let network = small.build(), input = Small.input()
        func loss(_ context: Context) -> Tensor {
            network(input, context).logits.crossEntropy(targets: [1, 3], smoothing: 0.1)
        }
        let tape = Tape()
        tape.backward(loss(Context(tape: tape)))
        for parameter in small.store.parameters {
            let gradient = try #require(parameter.gradient, "\(parameter.name) has no gradient")
            expectClose(directionalDerivative(of: parameter) { loss(.inference()).item }, gradient, parameter.name)
        }
    }

    @Test("Masked, a clip's result does not depend on its batch or its padding", arguments: variants.filter { $0.modalities != .video })
    func masking(variant: Variant) {
        let network = variant.small.build()
        let both = Small.input()
        let together = network(both, .inference()).logits.values
        let alone = network(
            NetworkInput(
                mel: both.mel!.sliced(axis: 0, from: 1, to: 2).sliced(axis: 2, from: 0, to: 7), melLengths: [7],
                pictures: both.pictures!.sliced(axis: 0, from: 1, to: 2)), .inference()
        ).logits.values
        for (a, b) in zip(together.suffix(4), alone) { #expect(abs(a - b) < 1e-5) }
    }

    @Test("The published EmoCatcher has its checkpoint's names and sizes, and its padding changes results")
    func published() {
        let store = ParameterStore(seed: 1)
        let network = PublishedEmoCatcher(at: store.root)
        #expect(store.count == 166_729)
        let names = Set(store.parameters.map(\.name))
        for name in [
            "conv_block3.conv_block.1.layer_norm.weight", "gru_layernorm.bias", "gru.weight_hh_l0_reverse", "attention.linear_q.weight",
            "attention.linear_z.bias", "linear1.0.weight", "linear1.1.weight", "linear2.bias",
        ] { #expect(names.contains(name)) }
        var stream = RandomStream(seed: 2, name: "mel")
        let long = stream.normal([1, 64, 51])
        let short = stream.normal([1, 64, 20])
        let padded = Tensor.concatenated([short, .zeros([1, 64, 31])], axis: 2)
        let batch = network(NetworkInput(mel: .concatenated([long, padded], axis: 0), melLengths: [51, 20]), .inference()).logits.values
        let alone = network(NetworkInput(mel: short, melLengths: [20]), .inference()).logits.values
        #expect(zip(batch.suffix(8), alone).contains { abs($0 - $1) > 1e-4 })
    }

    @Test("The published sizes of zu-dann: TimeSformer-base has 121,258,752 parameters without its classifier")
    func baseSizes() {
        let store = ParameterStore(seed: 1)
        _ = TimeSformer(.init(), at: store.root)
        #expect(store.count == 121_566_352 - 400 * 769)
    }

    @Test("Attention maps add up to one and are kept only where asked for")
    func attentionMaps() throws {
        let network = Small(pooling: .attention).build(), input = Small.input()
        let output = network(input, .inference(keepsAttention: true))
        #expect(output.attention["audio"]!.shape == [2, 6])
        #expect(output.attention["stage1.audio_to_video"]!.shape == [2, 2, 6, 3])
        #expect(output.attention["stage2.video_to_audio"]!.shape == [2, 2, 3, 6])
        #expect(output.attention["video.spatial.0"]!.shape == [6, 2, 5, 5])
        for (name, map) in output.attention {
            let rows = map.sum(axis: -1).values
            #expect(rows.allSatisfy { abs($0 - 1) < 1e-5 }, "\(name)")
        }
        // The second clip has 7 frames, 3 steps: later ones get nothing.
        #expect(output.attention["audio"]!.values.suffix(3).allSatisfy { $0 == 0 })
        let plain = network(input, .inference())
        #expect(plain.attention["stage1.audio_to_video"] == nil)
        for (a, b) in zip(plain.logits.values, output.logits.values) { #expect(abs(a - b) < 1e-5) }
    }

    @Test("Parameters depend on seed and name only, not on what else was built")
    func initialisation() {
        let both = Small(.both), audio = Small(.audio)
        _ = both.build()
        _ = audio.build()
        let values = both.store.values()
        for parameter in audio.store.parameters where parameter.name.hasPrefix("audio.") && !parameter.name.contains("attention") {
            #expect(values[parameter.name]?.values == parameter.value.values)
        }
        let other = ParameterStore(seed: 4)
        _ = ZuDann(both.settings, at: other.root)
        #expect(other.values()["pa.weight"]!.values != values["pa.weight"]!.values)
    }

    @Test("Orthogonal weights have orthonormal columns where they are tall and rows where they are wide", arguments: [[7, 3], [3, 7]])
    func orthogonal(shape: [Int]) {
        let q = Initialiser.orthogonal.tensor(shape, RandomStream(seed: 1, name: "q"))
        let product = shape[0] > shape[1] ? q.matmul(q, transposeA: true) : q.matmul(q, transposeB: true)
        for row in 0..<3 {
            for column in 0..<3 { #expect(abs(product.values[row * 3 + column] - (row == column ? 1 : 0)) < 1e-5) }
        }
    }

    @Test("Gradient reversal keeps the features and turns their gradient round, alpha times")
    func discriminator() {
        let store = ParameterStore(seed: 1)
        let network = DomainDiscriminator(6, hidden: 5, dropout: 0, at: store.root)
        var stream = RandomStream(seed: 1, name: "x")
        let features = stream.normal([3, 6])
        func gradient(_ alpha: Double) -> (logits: [Float], gradient: [Float]) {
            let tape = Tape(), x = tape.watch(features)
            let logits = network(x, alpha: alpha, Context(tape: tape))
            tape.backward(logits.crossEntropy(targets: [0, 1, 0]))
            return (logits.values, tape.gradient(of: x)!.values)
        }
        let (logits, plain) = gradient(-1), (same, reversed) = gradient(0.25)
        #expect(logits == same)
        for (a, b) in zip(plain, reversed) { #expect(abs(-0.25 * a - b) < 1e-7) }
    }

    @Test("Loading names what is missing, what is too much and what has another shape, and changes nothing then")
    func loading() throws {
        let store = ParameterStore(seed: 1)
        let layer = Linear(2, 3, at: store.root["a"])
        let before = layer.weight.value.values
        #expect(throws: ParameterError.missing(["a.bias"])) { try store.load(["a.weight": .zeros([3, 2])]) }
        #expect(throws: ParameterError.unexpected(["b"])) {
            try store.load(["a.weight": .zeros([3, 2]), "a.bias": .zeros([3]), "b": .zeros([1])])
        }
        #expect(throws: ParameterError.shape(name: "a.bias", expected: [3], found: [4])) {
            try store.load(["a.weight": .zeros([3, 2]), "a.bias": .zeros([4])])
        }
        #expect(layer.weight.value.values == before)
        try store.load(["a.weight": .zeros([3, 2])], strict: false)
        #expect(layer.weight.value.values.allSatisfy { $0 == 0 })
    }

    @Test("Other grids and frame counts than the tables' are taken by nearest neighbours, as Hugging Face does")
    func resizedPositions() {
        let store = ParameterStore(seed: 1)
        let network = TimeSformer(.init(imageSize: 32, patch: 8, frames: 4, width: 8, layers: 1, heads: 2, mlp: 8), at: store.root)
        var stream = RandomStream(seed: 1, name: "pictures")
        #expect(network(stream.uniform([1, 6, 3, 16, 24]), .inference()).patchTokens.shape == [1, 6, 6, 8])
    }
}
