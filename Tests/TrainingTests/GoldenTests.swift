import Base
import Foundation
import Networks
import Records
import TensorFiles
import Tensors
import TestSupport
import Testing

@testable import Metrics
@testable import Training

@Suite("Training against public libraries")
struct TrainingGoldenTests {
    @Test("Scores equal scikit-learn's")
    func metrics() throws {
        let golden = try Golden("metrics").file
        let scores = ClassificationScores(
            truth: try golden.integers("true"), predicted: try golden.integers("pred"), classes: 6)
        #expect(scores.confusion.flatMap { $0 } == (try golden.integers("confusion")))
        func near(_ value: Double, _ name: String) throws { #expect(abs(value - (try golden.doubles(name)[0])) < 1e-6, "\(name)") }
        try near(scores.accuracy, "accuracy")
        try near(scores.macroF1, "macro_f1")
        try near(scores.weightedF1, "weighted_f1")
        try near(scores.balancedAccuracy, "balanced_accuracy")
        try near(scores.cohenKappa, "cohen_kappa")
        for (ours, theirs) in zip(scores.f1, try golden.doubles("per_class_f1")) { #expect(abs(ours - theirs) < 1e-12) }
    }

    @Test("Scores of nothing are 0, and a class that never occurs does not lower the mean")
    func degenerateMetrics() {
        let none = ClassificationScores(truth: [], predicted: [], classes: 3)
        #expect([none.accuracy, none.macroF1, none.balancedAccuracy, none.cohenKappa, none.weightedF1] == [0, 0, 0, 0, 0])
        let two = ClassificationScores(truth: [0, 1], predicted: [0, 1], classes: 3)
        #expect(two.macroF1 == 1 && two.balancedAccuracy == 1)
        #expect(
            domainConfusion(balancedAccuracy: 0.5) == 1 && domainConfusion(balancedAccuracy: 1) == 0
                && domainConfusion(balancedAccuracy: 0) == 0)
    }

    @Test("Cosine warm restarts equal PyTorch's over 80 epochs")
    func cosineWarmRestarts() throws {
        let expected = try Golden("schedules").file.doubles("cosine_warm_restarts_T10_mult2_min1e-6")
        let schedule = LearningRateSchedule(peak: 5e-5)
        for (epoch, rate) in expected.enumerated() { #expect(abs(schedule.value(atEpoch: Double(epoch)) - rate) < 1e-15) }
    }

    @Test("Ten steps of domain-adversarial training have PyTorch's losses and end at its weights")
    func dannTraining() throws {
        let golden = try Golden("dann_tiny_training").file
        let learner = TinyDann.learner()
        try learner.store.load(weights(golden, "w0."))
        let expected = try golden.doubles("losses_class_domain_total_alpha_source")
        for step in 0..<10 {
            let row = Array(expected[step * 5..<step * 5 + 5])
            let isSource = row[4] == 1
            let labels = try golden.integers("label\(step)")
            let batch = TrainingBatch(
                input: NetworkInput(mel: try golden.tensor("mel\(step)"), pictures: try golden.tensor("frames\(step)")),
                items: labels.map { ClipItem(name: "", speaker: "", label: $0) },
                domains: Array(repeating: isSource ? .source : .target, count: 4))
            // The reference prints the emotion loss of target batches as well; ours does not look at their labels.
            let classLoss = try emotionLoss(learner, batch)
            let result = try learner.step(batch, alpha: row[3], rate: 3e-3, dropout: RandomStream(seed: 0, name: ""))
            #expect(relative(classLoss, row[0]) < 1e-4, "class loss of step \(step)")
            #expect(isSource ? result.values.classLoss == classLoss : result.values.classLoss == nil)
            #expect(relative(result.values.domainLoss ?? .nan, row[1]) < 1e-4, "domain loss of step \(step)")
            #expect(relative(result.values.totalLoss ?? .nan, row[2]) < 1e-4, "total of step \(step)")
        }
        let final = learner.store.values()
        for (name, value) in try weights(golden, "w10.") {
            guard name.hasSuffix("in_proj_bias") else {
                expectClose(final[name]!, value, 1e-4, name)
                continue
            }
            // A key's bias shifts all scores of a query alike, so its gradient is rounding noise, which Adam scales up: left out.
            for part in [0, 2] {
                let slice = { (tensor: Tensor) in tensor.sliced(axis: 0, from: part * 8, to: part * 8 + 8) }
                expectClose(slice(final[name]!), slice(value), 1e-4, "\(name), part \(part)")
            }
        }
    }

    private func relative(_ value: Double, _ expected: Double) -> Double {
        value.isNaN ? .infinity : abs(value - expected) / abs(expected)
    }

    private func emotionLoss(_ learner: Learner, _ batch: TrainingBatch) throws -> Double {
        let logits = learner.network(batch.input, .inference()).logits
        return Double(logits.crossEntropy(targets: batch.items.map { $0.label ?? -1 }, smoothing: 0.1).item)
    }

    private func weights(_ golden: Safetensors, _ prefix: String) throws -> [String: Tensor] {
        var values: [String: Tensor] = [:]
        for name in golden.entries.keys where name.hasPrefix(prefix) {
            values[TinyDann.name(fromReference: String(name.dropFirst(prefix.count)))] = try golden.tensor(name)
        }
        return values
    }
}

/// The reference's network, of our layers: EmoCatcher, a linear frame encoder, one cross-modal stage, a head.
private final class TinyDann: Network {
    let audio: EmoCatcher
    let frame, pa, pv: Linear
    let stage: CrossModalStage
    let head: TwoLayerHead
    let embeddingWidths = ["fused": 16]

    init(at scope: Scope) {
        audio = EmoCatcher(
            .init(
                bands: 9, channels: [8, 10, 10], kernels: [5, 3, 3], pooling: 1, normBeforeGRU: false, hidden: 6, layers: 2, dropout: 0),
            at: scope["audio"])
        frame = Linear(3 * 6 * 6, 12, at: scope["frame"])
        pa = Linear(12, 8, at: scope["pa"])
        pv = Linear(12, 8, at: scope["pv"])
        stage = CrossModalStage(8, heads: 2, at: scope)
        head = TwoLayerHead(16, hidden: 8, outputs: 6, dropout: 0, at: scope["head"])
    }

    func callAsFunction(_ input: NetworkInput, _ context: Context) -> NetworkOutput {
        let frames = input.pictures!
        let heard = pa(audio(input.mel!, lengths: nil, context).pooled!, context).expandedAxis(1)
        let seen = pv(frame(frames.flattened(from: 2), activation: .relu, context), context)
        let mixed = stage(heard, seen, lengths: nil, context)
        let fused = Tensor.concatenated([mixed.audio.mean(axis: 1), mixed.video.mean(axis: 1)], axis: 1)
        return NetworkOutput(logits: head(fused, context), embeddings: ["fused": fused], attention: [:])
    }

    /// The learner that the trainer uses, with the reference's settings.
    static func learner() -> Learner {
        let store = ParameterStore(seed: 1)
        let network = TinyDann(at: store.root)
        let discriminator = DomainDiscriminator(16, hidden: 5, dropout: 0, at: store.root["disc"])
        let objective = TrainingObjective(
            alignment: AdversarialAlignment([("fused", 1, discriminator)]), weight: 0.5, smoothing: 0.1)
        var optimiser = OptimiserSettings()
        (optimiser.learningRate, optimiser.weightDecay, optimiser.clipNorm) = (3e-3, 2e-5, 1)
        return Learner(task: .four, store: store, network: network, objective: objective, optimiser: optimiser)
    }

    static func name(fromReference name: String) -> String {
        name.hasPrefix("audio.") ? "audio." + emoCatcherName(fromReference: String(name.dropFirst(6))) : name
    }
}
