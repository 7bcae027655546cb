import Tensors
import Testing

@testable import Networks

@Suite("Fusion")
struct FusionTests {
    @Test("Early fusion's fused vector is both modalities' own side by side, and the head sees nothing else")
    func early() throws {
        let small = Small(fusion: .early), network = small.build()
        let output = network(Small.input(), .inference())
        let side = Tensor.concatenated([try #require(output.embeddings["audio"]), try #require(output.embeddings["video"])], axis: 1)
        #expect(output.embeddings["fused"]?.values == side.values && network.embeddingWidths["fused"] == 16)
        #expect(network.embeddingWidths["stage1"] == nil && output.modalityLogits.isEmpty)
        let head = TwoLayerHead(16, hidden: 8, outputs: 4, dropout: 0, at: ParameterStore(seed: 3).root["head"])
        #expect(head(side, .inference()).values == output.logits.values)
    }

    @Test("Late fusion's logits are the logarithms of the weighted probabilities, so softmax gives these back")
    func late() throws {
        let small = Small(fusion: .late), network = small.build()
        let weights = try #require(small.store.parameters.first { $0.name == "late.weights" })
        #expect(weights.value.values == [0, 0])
        #expect(
            Set(small.store.parameters.map(\.name)).isSuperset(of: [
                "head_audio.0.weight", "head_audio.2.bias", "head_video.0.bias", "head_video.2.weight",
            ]))
        #expect(!small.store.parameters.contains { $0.name.hasPrefix("head.") || $0.name.hasPrefix("stages.") })
        weights.value = row([1, -0.5])
        let output = network(Small.input(), .inference()), share = row([1, -0.5]).softmax().values
        let audio = try #require(output.modalityLogits["audio"]).softmax().values,
            video = try #require(output.modalityLogits["video"]).softmax().values
        let combined = output.logits.softmax().values
        for i in combined.indices {
            #expect(abs(combined[i] - (share[0] * audio[i] + share[1] * video[i])) < 1e-6)
            #expect(abs(output.logits.values[i].exponential - combined[i]) < 1e-6)
        }
    }

    @Test(
        "Late fusion of classifiers that are certain of different classes has finite logits and gradients",
        arguments: [LateFusion.Rule.learned, .average])
    func extremes(rule: LateFusion.Rule) throws {
        let small = Small(fusion: .late, late: rule), network = small.build()
        for (name, bias) in [("head_audio.2.bias", [900, -900, 0, 0] as [Float]), ("head_video.2.bias", [-900, 900, 0, 0])] {
            try #require(small.store.parameters.first { $0.name == name }).value = row(bias)
        }
        let tape = Tape(), output = network(Small.input(), Context(tape: tape))
        tape.backward(output.logits.crossEntropy(targets: [0, 2], smoothing: 0.1))
        #expect(output.logits.values.allSatisfy { $0.isFinite })
        #expect(zip(output.logits.softmax().values, [0.5, 0.5, 0, 0, 0.5, 0.5, 0, 0]).allSatisfy { abs($0 - $1) < 1e-5 })
        for parameter in small.store.parameters {
            #expect(parameter.gradient?.values.allSatisfy { $0.isFinite } == true, "\(parameter.name)")
        }
    }

    @Test("A vote goes to the class that both choose, else to the more confident; it is trained as the average")
    func vote() throws {
        let small = Small(fusion: .late, late: .vote), average = Small(fusion: .late, late: .average)
        let (network, reference) = (small.build(), average.build())
        #expect(small.store.parameters.map(\.name) == average.store.parameters.map(\.name))
        func set(_ store: ParameterStore, _ audio: [Float], _ video: [Float]) throws {
            for (head, bias) in [("head_audio.2.", audio), ("head_video.2.", video)] {
                let parameters = store.parameters.filter { $0.name.hasPrefix(head) }
                try #require(parameters.count == 2)
                for parameter in parameters { parameter.value = parameter.value.rank == 1 ? row(bias) : .zeros(parameter.value.shape) }
            }
        }
        // Sound is sure of class 1, the picture less so of class 2: the average prefers class 3, which is nobody's first choice.
        try set(small.store, [0, 30, 0, 29.8], [0, 0, 30, 29.9])
        try set(average.store, [0, 30, 0, 29.8], [0, 0, 30, 29.9])
        let voted = network(Small.input(), .inference())
        #expect(voted.logits.argMax() == [1, 1])
        #expect(reference(Small.input(), .inference()).logits.argMax() == [3, 3])
        let training = Context(isTraining: true)
        #expect(network(Small.input(), training).logits.values == reference(Small.input(), Context(isTraining: true)).logits.values)
        try set(small.store, [0, 30, 0, 0], [0, 31, 0, 0])
        #expect(network(Small.input(), .inference()).logits.argMax() == [1, 1])
    }

    @Test("Patch tokens: sound attends to every frame's patches, frame by frame, and back")
    func patches() {
        let network = Small(tokens: .patches).build()
        let output = network(Small.input(), .inference(keepsAttention: true))
        // 3 frames of 2 x 2 patches.
        #expect(output.attention["stage1.audio_to_video"]!.shape == [2, 2, 6, 12])
        #expect(output.attention["stage2.video_to_audio"]!.shape == [2, 2, 12, 6])
        #expect(output.embeddings["fused"]!.shape == [2, 16])
        // The frames' tokens are the means of their patches', so before any attention both agree about a clip.
        let sequence = Small().build()(Small.input(), .inference())
        for (a, b) in zip(output.embeddings["video"]!.values, sequence.embeddings["video"]!.values) { #expect(abs(a - b) < 1e-5) }
    }

    @Test("One modality has one classifier, whatever the fusion", arguments: [ZuDann.FusionKind.middle, .early, .late])
    func oneModality(fusion: ZuDann.FusionKind) {
        let small = Small(.video, fusion: fusion), network = small.build()
        let plain = Small(.video).build()
        #expect(network(Small.input(), .inference()).logits.values == plain(Small.input(), .inference()).logits.values)
        #expect(network.embeddingWidths == ["fused": 8, "video": 8])
    }
}

private func row(_ values: [Float]) -> Tensor { Tensor(values, shape: [values.count]) }

extension Float {
    fileprivate var exponential: Float { row([self]).exp().values[0] }
}
