import Base
import Foundation
import TensorFiles
import Tensors
import TestSupport
import Testing

@testable import Metrics

@Suite("Measures")
struct MeasureTests {
    private static func clips(_ golden: Safetensors) throws -> [MeasuredClip] {
        let probabilities = try golden.tensor("in.probabilities")
        let (values, width) = (probabilities.values, probabilities.shape[1])
        return try golden.integers("in.truth").enumerated().map { index, truth in
            MeasuredClip(
                name: "\(index)", speaker: "\(index % 10)", truth: truth, probabilities: Array(values[index * width..<(index + 1) * width]))
        }
    }

    @Test("Per-class scores, log loss, Brier score, calibration and temperature equal those of scikit-learn, numpy and SciPy")
    func goldens() throws {
        let golden = try Golden("measures").file
        let clips = try Self.clips(golden)
        func near(_ value: Double?, _ name: String, _ tolerance: Double = 1e-6) throws {
            let expected = try golden.doubles(name)[0]
            #expect(abs((value ?? .nan) - expected) < tolerance, "\(name): \(value ?? .nan), expected \(expected)")
        }
        let report = DomainEvaluation(
            corpus: "c", clips: clips, labels: ["a", "b", "c", "d", "e"], bootstrap: Bootstrap(resamples: 10), binning: .width, columns: [])
        for (ours, name) in [
            (report.classes.map(\.precision), "precision"), (report.classes.map(\.recall), "recall"), (report.classes.map(\.f1), "f1"),
        ] {
            for (a, b) in zip(ours, try golden.doubles(name)) { #expect(abs(a - b) < 1e-12, "\(name)") }
        }
        #expect(report.classes.map(\.clips) == (try golden.integers("support")))
        let temperature = try #require(Temperature.fitted(to: clips))
        try near(temperature, "temperature", 1e-5)
        let calibration = Calibration(clips, temperature: temperature)
        try near(calibration.negativeLogLikelihood, "log_loss")
        try near(calibration.brier, "brier")
        try near(calibration.expectedError, "ece")
        try near(calibration.maximumError, "mce")
        try near(calibration.scaledError, "ece_scaled", 1e-4)
        try near(Calibration(clips, binning: .adaptive).expectedError, "ece_adaptive")
        let filled = calibration.bins.filter { $0.clips > 0 }
        #expect(filled.map(\.clips) == (try golden.integers("bins.clips")))
        for (bin, accuracy) in zip(filled, try golden.doubles("bins.accuracy")) { #expect(abs(bin.accuracy - accuracy) < 1e-12) }
        for (bin, confidence) in zip(filled, try golden.doubles("bins.confidence")) { #expect(abs(bin.confidence - confidence) < 1e-12) }
    }

    @Test("Quantiles equal numpy's, and the variance of losses about their trend equals that of polyfit's rests")
    func quantilesAndLosses() throws {
        let golden = try Golden("measures").file
        let values = try golden.doubles("in.values")
        for (share, expected) in zip([0, 0.025, 0.5, 0.975, 1], try golden.doubles("quantiles")) {
            #expect(abs((quantile(values, share) ?? .nan) - expected) < 1e-12)
        }
        #expect(quantile([], 0.5) == nil)
        let stability = try #require(LossStability(try golden.doubles("in.losses")))
        #expect(stability.steps == 16)
        #expect(abs(stability.mean - (try golden.doubles("loss_mean")[0])) < 1e-12)
        #expect(abs(stability.variance - (try golden.doubles("loss_variance")[0])) < 1e-12)
        #expect(LossStability(Array(repeating: 1, count: 28)) == nil && LossStability(Array(repeating: 1, count: 32))?.variance == 0)
    }

    @Test("Calibration of nothing, of sure answers, and of ones on an edge")
    func calibrationEdges() {
        #expect(Calibration([]).expectedError == 0 && Temperature.fitted(to: []) == nil)
        func clip(_ p: Float, _ truth: Int) -> MeasuredClip {
            MeasuredClip(name: "", speaker: "", truth: truth, probabilities: [p, 1 - p])
        }
        let sure = Calibration([clip(1, 0), clip(1, 0)])
        #expect(sure.expectedError == 0 && sure.brier == 0 && sure.negativeLogLikelihood == 0 && sure.bins[14].clips == 2)
        let wrong = Calibration([clip(1, 1)])
        #expect(wrong.expectedError == 1 && wrong.brier == 2 && wrong.negativeLogLikelihood > 60)
        // 0.6 is the upper edge of the ninth of fifteen bins; as a Float it lies a hair above.
        #expect(Calibration([clip(0.5, 0)]).bins[7].clips == 1)
        #expect(Temperature.fitted(to: [clip(0.9, 0)]) == Temperature.range.lowerBound)
        #expect(Temperature.fitted(to: [clip(0.9, 1)]) == Temperature.range.upperBound)
    }

    private static func answered(_ count: Int, right share: Double, speakers: Int, name: String = "x") -> [MeasuredClip] {
        (0..<count).map { index in
            let isRight = Double(index % 20) < 20 * share
            return MeasuredClip(
                name: "\(name)\(index)", speaker: "\(index % speakers)", truth: index % 2,
                probabilities: isRight == (index % 2 == 0) ? [0.8, 0.2] : [0.2, 0.8])
        }
    }

    @Test("A bootstrap interval of accuracy is as wide as the binomial's, lies around it, and is the same for the same seed")
    func bootstrap() throws {
        let clips = Self.answered(400, right: 0.7, speakers: 10)
        let bootstrap = Bootstrap()
        let (accuracy, macroF1) = bootstrap.accuracyAndMacroF1(clips, classes: 2, name: "all")
        #expect(abs(accuracy.value - 0.7) < 1e-12)
        let (low, high) = (try #require(accuracy.low), try #require(accuracy.high))
        let expected = 2 * 1.96 * (0.7 * 0.3 / 400).squareRoot()
        #expect(low < 0.7 && high > 0.7 && abs((high - low) / expected - 1) < 0.1, "\(low) to \(high)")
        #expect(bootstrap.accuracyAndMacroF1(clips, classes: 2, name: "all") == (accuracy, macroF1))
        #expect(Bootstrap(seed: 7).accuracyAndMacroF1(clips, classes: 2, name: "all").accuracy != accuracy)
        #expect(Bootstrap(level: 0.5).accuracyAndMacroF1(clips, classes: 2, name: "all").accuracy.low! > low)
    }

    @Test("Clips of one speaker that are right or wrong together make the interval by speaker wider than the one by clip")
    func clustered() throws {
        let clips = (0..<200).map { index in
            MeasuredClip(
                name: "\(index)", speaker: "\(index / 20)", truth: 0, probabilities: index / 20 < 6 ? [0.9, 0.1] : [0.1, 0.9])
        }
        func width(_ unit: Bootstrap.Unit) throws -> Double {
            let interval = Bootstrap(unit: unit).accuracyAndMacroF1(clips, classes: 2, name: "all").accuracy
            return try #require(interval.high) - (try #require(interval.low))
        }
        #expect(try width(.speaker) > 3 * width(.clip))
        let one = Bootstrap(unit: .speaker).accuracyAndMacroF1(Array(clips.prefix(20)), classes: 2, name: "all").accuracy
        #expect(one.value == 1 && one.low == nil && one.high == nil)
    }

    @Test("Groups partition the clips, have their own scores, and ages come in order of age")
    func groups() throws {
        var clips = Self.answered(60, right: 0.75, speakers: 6)
        for index in clips.indices {
            clips[index].columns = ["sex": index < 20 ? "female" : "male"]
            if index < 50 { clips[index].columns["age"] = AgeBand([65, 22, 35, 44, 51][index % 5]).words }
        }
        let report = DomainEvaluation(
            corpus: "c", clips: clips, labels: ["a", "b"], bootstrap: Bootstrap(resamples: 50), binning: .width,
            columns: ["sex", "age", "race"])
        #expect(report.groups.map(\.column) == ["sex", "age"])
        for table in report.groups { #expect(table.groups.reduce(0) { $0 + $1.clips } == 60) }
        #expect(report.groups[1].groups.map(\.value) == ["(none)", "under 30", "30-39", "40-49", "50-59", "60 and over"])
        let women = report.groups[0].groups[0]
        #expect(women.value == "female" && women.clips == 20 && women.accuracy.value == 0.75)
        let weighted = report.groups[0].groups.reduce(0) { $0 + $1.accuracy.value * Double($1.clips) } / 60
        #expect(abs(weighted - report.accuracy.value) < 1e-12)
    }

    @Test("Age bands begin at their decades")
    func ageBands() {
        #expect([20, 29, 30, 39, 40, 49, 50, 59, 60, 74].map { AgeBand($0).rawValue } == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    }

    @Test("A discriminator that guesses, that tells the domains apart, and that says one thing only, are told apart")
    func discriminator() throws {
        let guessing = try #require(DiscriminatorHealth(source: [0.3, 0.7, 0.45, 0.55], target: [0.3, 0.7, 0.45, 0.55]))
        #expect(guessing.balancedAccuracy == 0.5 && guessing.domainConfusion == 1 && guessing.hint == .confused)
        let separating = try #require(DiscriminatorHealth(source: [0.1, 0.2], target: [0.9, 0.8]))
        #expect(separating.balancedAccuracy == 1 && separating.domainConfusion == 0 && separating.hint == .separates)
        #expect(abs(separating.loss + (log(0.9) + log(0.8)) / 2) < 1e-6)
        let constant = try #require(DiscriminatorHealth(source: [0.5001, 0.5001], target: [0.5002, 0.5002]))
        #expect(constant.hint == .collapsed && abs(constant.loss - log(2)) < 1e-3)
        let oneSided = try #require(DiscriminatorHealth(source: [0.9, 0.6, 0.8], target: [0.9, 0.7, 0.99]))
        #expect(oneSided.hint == .collapsed && oneSided.domainConfusion == 1)
        #expect(DiscriminatorHealth(source: [], target: [0.5]) == nil)
    }

    @Test("The proxy A-distance is near 0 for one cloud, 2 for two, does not hang on how many clips a domain has, and keeps to its seed")
    func proxyDistance() throws {
        var stream = RandomStream(seed: 5, name: "clouds")
        func cloud(_ count: Int, at mean: Float) -> [[Float]] {
            (0..<count).map { _ in (0..<6).map { $0 == 0 ? mean + stream.normal() : stream.normal() } }
        }
        let (a, b, far) = (cloud(300, at: 0), cloud(300, at: 0), cloud(300, at: 12))
        #expect(try #require(ProxyDistance(source: a, target: b)).distance < 0.35)
        #expect(try #require(ProxyDistance(source: a, target: far)).distance == 2)
        #expect(try #require(ProxyDistance(source: Array(a.prefix(40)), target: b)).distance < 0.6)
        let shifted = cloud(300, at: 1)
        let middle = try #require(ProxyDistance(source: a, target: shifted))
        // Two normal clouds one deviation apart: the best line errs in Φ(-1/2) = 30.9 % of cases.
        #expect(abs(middle.error - 0.309) < 0.06 && abs(middle.distance - 2 * (1 - 2 * middle.error)) < 1e-12)
        #expect(ProxyDistance(source: a, target: shifted) == middle)
        #expect(ProxyDistance(source: Array(a.prefix(3)), target: b) == nil)
    }
}
