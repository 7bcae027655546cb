import Base
import Foundation
import Records
import Tensors
import TestSupport
import Testing

@testable import Metrics
@testable import Training

@Suite("Choosing a checkpoint")
struct SelectionTests {
    private static func rows(_ tensor: Tensor) -> [[Float]] {
        let (values, width) = (tensor.values, tensor.shape[1])
        return (0..<tensor.shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
    }

    @Test("Label-free scores equal numpy's and PyTorch's")
    func goldens() throws {
        let golden = try Golden("target_scores").file
        let rows = Self.rows(try golden.tensor("in.probabilities"))
        func near(_ value: Double?, _ name: String, _ tolerance: Double) throws {
            let expected = try golden.doubles(name)[0]
            #expect(abs((value ?? .nan) - expected) < tolerance, "\(name): \(value ?? .nan), expected \(expected)")
        }
        try near(MeanEntropy.score(rows), "entropy", 1e-12)
        try near(InformationMaximisation.score(rows), "infomax", 1e-12)
        try near(SoftNeighbourhoodDensity.score(rows), "snd", 1e-9)
        try near(
            DeepEmbeddedValidation.risk(weights: try golden.doubles("in.weights"), errors: try golden.doubles("in.errors")), "dev", 1e-12)
    }

    @Test("Logistic regression equals scikit-learn's", arguments: [("plain", false), ("balanced", true), ("free", false)])
    func logisticRegression(name: String, isBalanced: Bool) throws {
        let golden = try Golden("target_scores").file
        let rows = Self.rows(try golden.tensor("lr.in.features"))
        let model = LogisticRegression(
            rows, try golden.integers("lr.in.classes").map { $0 == 1 }, inversePenalty: try golden.doubles("lr.\(name).C")[0],
            isBalanced: isBalanced)
        for (ours, theirs) in zip(
            model.weights + [model.intercept], try golden.doubles("lr.\(name).weights") + golden.doubles("lr.\(name).intercept"))
        {
            #expect(abs(ours - theirs) < 1e-5 * max(1, abs(theirs)))
        }
        for (row, logit) in zip(rows, try golden.doubles("lr.\(name).logits")) {
            #expect(abs(model.logit(row) - logit) < 1e-4 * max(1, abs(logit)))
        }
    }

    @Test("A logistic regression of classes that a line parts, of one class, and of features that never change stays finite")
    func degenerateRegressions() {
        let parted = LogisticRegression([[0, 5], [1, 5], [10, 5], [11, 5]], [false, false, true, true], inversePenalty: 1e6)
        #expect(parted.logit([11, 5]) > 3 && parted.logit([0, 5]) < -3 && parted.logit([5.5, 99]).isFinite)
        let one = LogisticRegression([[1], [2]], [true, true], inversePenalty: 1, isBalanced: true)
        #expect(one.logit([1.5]).isFinite && one.logit([1.5]) > 0)
    }

    @Test("Certain and varied answers score best by mutual information; entropy alone also praises a model that always says the same")
    func meaning() throws {
        let sure: [[Float]] = (0..<12).map { clip in (0..<3).map { $0 == clip % 3 ? 1 : 0 } }
        let same: [[Float]] = (0..<12).map { _ in [1, 0, 0] }
        let unsure: [[Float]] = (0..<12).map { _ in [1 / 3, 1 / 3, 1 / 3] }
        #expect(MeanEntropy.score(sure) == 0 && MeanEntropy.score(same) == 0)
        #expect(abs((MeanEntropy.score(unsure) ?? 0) - log(3)) < 1e-6)
        #expect(abs((InformationMaximisation.score(sure) ?? 0) - log(3)) < 1e-12 && InformationMaximisation.score(same) == 0)
        // Four clips of one answer each: three equal neighbours for every clip.
        #expect(abs((SoftNeighbourhoodDensity.score(sure) ?? 0) - log(3)) < 1e-3)
        #expect(TargetScore.infomax.isBetter(2, than: 1) && TargetScore.snd.isBetter(2, than: 1))
        #expect(TargetScore.entropy.isBetter(1, than: 2) && TargetScore.dev.isBetter(1, than: 2))
    }

    @Test("DEV gives the target's error where the error hangs on what differs between the domains")
    func covariateShift() throws {
        var stream = RandomStream(seed: 3, name: "dev")
        // The model errs where the first feature is above 0.5; the target lies there more often.
        func features(_ count: Int, _ mean: Float) -> [[Float]] {
            (0..<count).map { _ in [mean + stream.normal(), stream.normal(), stream.normal()] }
        }
        let source = features(800, 0), target = features(800, 1)
        func errors(_ rows: [[Float]]) -> [Double] { rows.map { $0[0] > 0.5 ? 1 : 0 } }
        func mean(_ list: [Double]) -> Double { list.reduce(0, +) / Double(list.count) }
        let (ofSource, ofTarget) = (mean(errors(source)), mean(errors(target)))
        let risk = try #require(DeepEmbeddedValidation.risk(errors: errors(source), source: source, target: target))
        #expect(abs(risk - ofTarget) < 0.08 && abs(ofSource - ofTarget) > 0.3, "source \(ofSource), target \(ofTarget), DEV \(risk)")
        let weights = DeepEmbeddedValidation.densityRatios(of: source, to: target)
        #expect(abs(mean(weights) - 1) < 0.25)
        #expect(DeepEmbeddedValidation.risk(errors: errors(source), source: source, target: target) == risk)
        // No shift: the source's own error.
        let same = try #require(DeepEmbeddedValidation.risk(errors: errors(source), source: source, target: features(800, 0)))
        #expect(abs(same - ofSource) < 0.03)
    }

    @Test("Too few clips for a score give none, and many clips are bounded")
    func bounds() {
        #expect(
            MeanEntropy.score([]) == nil && InformationMaximisation.score([]) == nil && SoftNeighbourhoodDensity.score([[1, 0]]) == nil)
        let few: [[Float]] = Array(repeating: [0.5], count: 7)
        #expect(DeepEmbeddedValidation.risk(errors: Array(repeating: 0, count: 7), source: few, target: few) == nil)
        #expect(evenly(Array(0..<10), atMost: 4) == [0, 2, 5, 7] && evenly([1, 2], atMost: 4) == [1, 2])
        let start = ContinuousClock.now
        let rows: [[Float]] = (0..<40_000).map { [Float($0 % 7) / 7, 1 - Float($0 % 7) / 7] }
        #expect(SoftNeighbourhoodDensity.score(rows) != nil)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    private static let accuracy = Metric(MetricName.accuracy, of: "emotion", .higherIsBetter)

    private static func record(_ epoch: Int, source: Double, target: Double, _ scores: [TargetScore: Double?]) -> EpochRecord {
        func part(_ part: Part, _ accuracy: Double) -> PartScores {
            PartScores(
                part, samples: 1,
                values: [
                    MetricValue(MetricName.accuracy, of: "emotion", accuracy), MetricValue(MetricName.loss, of: "emotion", 1 - accuracy),
                ])
        }
        var target = part(.targetValidation, target)
        target.values += scores.map { MetricValue($0.rawValue, of: "emotion", $1) }
        return EpochRecord(epoch: epoch, step: epoch, scores: [part(.sourceValidation, source), target], isBest: false, seconds: 0)
    }

    @Test("Each rule chooses by its own figure and direction", arguments: Selection.allCases)
    func rules(selection: Selection) {
        let best: [Selection: Int] = [.source: 1, .entropy: 2, .infomax: 3, .snd: 4, .dev: 5, .oracle: 6]
        let epochs = (1...6).map { epoch in
            Self.record(
                epoch, source: epoch == 1 ? 0.9 : 0.5, target: epoch == 6 ? 0.9 : 0.5,
                [
                    .entropy: epoch == 2 ? 0.1 : 0.2, .infomax: epoch == 3 ? 0.2 : 0.1, .snd: epoch == 4 ? 0.2 : 0.1,
                    .dev: epoch == 5 ? 0.1 : 0.2,
                ])
        }
        var progress = RunProgress()
        for epoch in epochs where progress.isBetter(epoch, by: selection, Self.accuracy) { progress.best = epoch }
        #expect(progress.best?.epoch == best[selection])
    }

    @Test("An epoch without the score never beats one with it, and equal scores go to the lower source loss")
    func missingScores() {
        var progress = RunProgress()
        progress.best = Self.record(1, source: 0.5, target: 0.5, [.snd: 1])
        #expect(!progress.isBetter(Self.record(2, source: 0.9, target: 0.9, [:]), by: .snd, Self.accuracy))
        #expect(progress.isBetter(Self.record(2, source: 0.6, target: 0.1, [.snd: 1]), by: .snd, Self.accuracy))
        #expect(!progress.isBetter(Self.record(2, source: 0.4, target: 0.9, [.snd: 1]), by: .snd, Self.accuracy))
        #expect(!progress.isBetter(Self.record(2, source: 0.9, target: 0.9, [.snd: nil]), by: .snd, Self.accuracy))
        progress.best = Self.record(1, source: 0.9, target: 0.9, [.snd: nil])
        #expect(progress.isBetter(Self.record(2, source: 0.1, target: 0.1, [.snd: 1]), by: .snd, Self.accuracy))
        progress.best = Self.record(1, source: 0.9, target: 0.9, [:])
        #expect(progress.isBetter(Self.record(2, source: 0.1, target: 0.1, [.snd: 1]), by: .snd, Self.accuracy))
    }

    @Test("A run told to choose by a label-free score does, tells every score each epoch, and stops early by the same rule")
    func trainer() throws {
        var experiment = Synthetic.experiment()
        experiment.training.selection = .dev
        experiment.training.epochs = 6
        experiment.training.patience = 2
        let (outcome, events) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        #expect(outcome == .finished)
        let scores = try events.epochs.map { try #require($0.target) }
        #expect(scores.allSatisfy { scores in TargetScore.allCases.allSatisfy { scores.score($0) != nil } })
        let risks = scores.compactMap { $0.score(.dev) }
        #expect(Set(risks).count > 1)
        let report = try #require(events.report)
        #expect(report.selection == .dev)
        let bests = events.epochs.filter(\.isBest).compactMap { $0.target?.score(.dev) }
        #expect(bests == bests.sorted(by: >) && risks[report.bestEpoch - 1] == risks.min())
        #expect(report.epochs == min(6, report.bestEpoch + 2))
        #expect(events.messages.contains { $0.contains("deep embedded validation") })
    }

    @Test("The scores of an epoch are those of its answers; without a target there are none")
    func scoresFollowAnswers() throws {
        var experiment = Synthetic.experiment()
        experiment.training.epochs = 1
        let (_, events) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
        let answers = events.flatMap { event -> [Answer] in
            if case .answers(_, let list) = event { list } else { [] }
        }.filter { $0.part == .targetValidation }
        #expect(answers.count == 16 && events.epochs[0].target?.score(.entropy) == MeanEntropy.score(answers.map(\.probabilities)))
        experiment.data.target = ""
        experiment.adaptation.method = .none
        var data = Synthetic.data()
        (data.targetTraining, data.targetValidation) = (ClipsInMemory(), ClipsInMemory())
        #expect(try Synthetic.inFolder { try Synthetic.run(experiment, data: data, in: $0) }.events.epochs[0].target == nil)
    }

    @Test("A score of the target needs a target", arguments: Selection.allCases)
    func needsTarget(selection: Selection) throws {
        var experiment = Synthetic.experiment()
        experiment.training.selection = selection
        experiment.adaptation.method = .none
        var data = Synthetic.data()
        (data.targetTraining, data.targetValidation) = (ClipsInMemory(), ClipsInMemory())
        if selection == .source { return try data.check(for: experiment) }
        #expect(throws: RunDataError.empty(part: "target validation")) { try data.check(for: experiment) }
        experiment.data.target = ""
        #expect(throws: ExperimentError.self) { try experiment.validate() }
    }
}
