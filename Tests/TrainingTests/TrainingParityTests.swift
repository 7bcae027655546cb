// The whole training step against PyTorch: twenty of them from the same weights on the same clips, for every fusion and method of adaptation.
import Base
import Foundation
import Networks
import Records
import TensorFiles
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("Training parity")
struct TrainingParityTests {
    static let cases = [
        "early_dann", "late_dann", "middle_dann", "middle_dann_joint", "middle_cdan", "middle_cdan_entropy", "middle_coral", "middle_mmd",
        "middle_supervised",
    ]

    /// Relative, of losses and gradients. Of weights, to their tensor's largest: twenty steps of Adam enlarge the rounding of gradients near 0, in
    /// single elements to 2.2e-4 at most.
    static let tolerance = 1e-4, weightTolerance = 5e-4

    @Test("Twenty steps have PyTorch's losses, gradients, alphas and rates, and end at its weights", arguments: cases)
    func training(name: String) throws {
        let golden = try Golden("training_\(name)").file, clips = try Clips()
        let experiment = try Experiment.parse(try #require(golden.metadata["experiment"]))
        let learner = try Learner(experiment, classes: 4)
        try learner.store.load(weights(golden, "w0."))
        let rows = try golden.doubles("emotion_domain_total_norm_alpha_rate"), chosen = try golden.integers("clips")
        let perEpoch = 20 / experiment.training.epochs
        for step in 0..<20 {
            let row = Array(rows[step * 6..<step * 6 + 6]), indices = Array(chosen[step * 8..<step * 8 + 8])
            // As the trainer computes both.
            let alpha = experiment.alpha.value(at: Double(step) / 19)
            let rate = experiment.learningRate.value(atEpoch: Double(step) / Double(perEpoch))
            #expect(!experiment.adaptation.method.aligns || abs(alpha - row[4]) < 1e-12, "alpha of step \(step)")
            #expect(abs(rate - row[5]) < 1e-12, "rate of step \(step)")
            let batch = clips.batch(source: indices[..<4].filter { $0 >= 0 }, target: indices[4...].filter { $0 >= 0 })
            let result = try learner.step(batch, alpha: alpha, rate: rate, dropout: RandomStream(seed: 0, name: ""))
            expectNear(result.values.classLoss, row[0], "emotion loss of step \(step)")
            expectNear(result.values.domainLoss, row[1], "domain loss of step \(step)")
            expectNear(result.values.totalLoss, row[2], "total of step \(step)")
            // PyTorch's is of all parameters together.
            expectNear(hypot(result.values.gradientNorm, result.discriminatorGradientNorm), row[3], "norm of step \(step)")
        }
        let final = learner.store.values()
        var moved = 0
        for (name, value) in try weights(golden, "w20.") {
            for (part, range) in determined(name, value.shape[0]) {
                let ours = final[name]!.sliced(axis: 0, from: range.lowerBound, to: range.upperBound)
                expectClose(
                    ours, value.sliced(axis: 0, from: range.lowerBound, to: range.upperBound), Float(Self.weightTolerance), name + part)
            }
            if try relativeError(value, golden.tensor("w0." + name)) > 1e-3 { moved += 1 }
        }
        #expect(moved == final.count, "every weight is trained")
    }

    /// A key's bias shifts all scores of a query alike, so its gradient is rounding noise, which Adam scales up: only queries and values count.
    private func determined(_ name: String, _ count: Int) -> [(part: String, range: Range<Int>)] {
        guard name.hasSuffix("in_proj_bias") || name.hasSuffix("qkv.bias") else { return [("", 0..<count)] }
        let third = count / 3
        return [(", queries", 0..<third), (", values", 2 * third..<count)]
    }

    private func expectNear(_ value: Double?, _ expected: Double, _ what: String) {
        guard !expected.isNaN else { return #expect(value == nil, "\(what)") }
        let error = value.map { abs($0 - expected) / abs(expected) } ?? .infinity
        #expect(error < Self.tolerance, "\(what): off by \(error)")
    }

    private func weights(_ golden: Safetensors, _ prefix: String) throws -> [String: Tensor] {
        var values: [String: Tensor] = [:]
        for name in golden.entries.keys where name.hasPrefix(prefix) {
            values[String(name.dropFirst(prefix.count))] = try golden.tensor(name)
        }
        return values
    }

    /// The clips that both sides train on.
    private struct Clips {
        private var mel: [Domain: Tensor] = [:], pictures: [Domain: Tensor] = [:]
        private var labels: [Domain: [Int]] = [:], lengths: [Domain: [Int]] = [:]

        init() throws {
            let file = try Golden("training_clips").file
            for domain in Domain.allCases {
                mel[domain] = try file.tensor("\(domain.rawValue).mel")
                pictures[domain] = try file.tensor("\(domain.rawValue).pictures")
                labels[domain] = try file.integers("\(domain.rawValue).labels")
                lengths[domain] = try file.integers("\(domain.rawValue).lengths")
            }
        }

        /// Sound as long as the longest, as `Batcher` cuts it.
        func batch(source: [Int], target: [Int]) -> TrainingBatch {
            let parts = [(Domain.source, source), (.target, target)].filter { !$0.1.isEmpty }
            func joined(_ values: [Domain: Tensor]) -> Tensor { Tensor.concatenated(parts.map { values[$0]!.gathered($1) }, axis: 0) }
            func joined(_ values: [Domain: [Int]]) -> [Int] { parts.flatMap { domain, indices in indices.map { values[domain]![$0] } } }
            let frames = joined(lengths)
            let input = NetworkInput(
                mel: joined(mel).sliced(axis: 2, from: 0, to: frames.max()!), melLengths: frames, pictures: joined(pictures))
            return TrainingBatch(
                input: input, items: joined(labels).map { ClipItem(name: "", speaker: "", label: $0) },
                domains: parts.flatMap { domain, indices in indices.map { _ in domain } })
        }
    }
}
