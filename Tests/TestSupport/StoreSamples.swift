// A folder and a run as tests of the store's rooms make them.
import Corpora
import Foundation
import Records

/// A folder of its own, gone when the test ends.
package final class TemporaryFolder: Sendable {
    package let url: URL

    package init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-runs-\(UUID().uuidString)", isDirectory: true)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    package var store: URL { url.appendingPathComponent("store/emolab.sqlite") }

    deinit { try? FileManager.default.removeItem(at: url) }
}

/// A run of two classes over two domains.
package enum Sample {
    package static let experiment = "name = \"nano\"\nseed = 42\n"
    package static let task = LearningTask(classes: ["anger", "happy"])
    package static let classLoss = Series(.term, "class"), accuracy = Series(.metric, MetricName.accuracy, of: "emotion")

    package static let plan = RunPlan(
        stepsPerEpoch: 10, epochs: 3, batchSize: 4, task: task, source: "studio", target: "crowd",
        samples: [.sourceTraining: 40, .sourceValidation: 10, .targetTraining: 40, .targetValidation: 10], split: "by speaker",
        splitHash: "0123456789abcdef",
        series: [
            classLoss, SeriesName.domain, accuracy, SeriesName.domainAccuracy, SeriesName.alpha, SeriesName.learningRate,
            SeriesName.gradientNorm,
        ],
        metrics: [
            Metric(MetricName.accuracy, of: "emotion", .higherIsBetter, from: 0, to: 1, baseline: .init("chance", 0.5)),
            Metric(MetricName.macroF1, of: "emotion", title: "macro-F1", .higherIsBetter, from: 0, to: 1),
            Metric(MetricName.loss, of: "emotion", .lowerIsBetter, from: 0, unit: "nats"),
            Metric(MetricName.domainAccuracy, .neither, from: 0, to: 1),
            Metric("snd", of: "emotion", .higherIsBetter, isLabelFree: true),
        ],
        schedules: [
            PlannedSchedule(SeriesName.alpha, name: "linear", values: [0, 0.1]),
            PlannedSchedule(SeriesName.learningRate, name: "cosine", values: [1e-3, 1e-6]),
        ], parameters: 1000, trainableParameters: 900)

    package static func step(_ number: Int, epoch: Int = 1, domain: Domain = .source, loss: Double? = 0.5) -> StepRecord {
        var values: StepValues = [
            SeriesName.domain.id: 0.6931471805599453, accuracy.id: 0.25, SeriesName.domainAccuracy.id: 0.5, SeriesName.alpha.id: 1e-4,
            SeriesName.learningRate.id: 5e-5, SeriesName.gradientNorm.id: 1.25,
        ]
        values[classLoss] = loss
        return StepRecord(step: number, epoch: epoch, domain: domain, values: values, samples: 4, seconds: 0.01)
    }

    package static func scores(_ part: Part, _ accuracy: Double?, labelFree: [MetricValue] = []) -> PartScores {
        PartScores(
            part, samples: 10,
            values: [
                MetricValue(MetricName.accuracy, of: "emotion", accuracy),
                MetricValue(MetricName.macroF1, of: "emotion", accuracy.map { $0 / 2 }),
                MetricValue(MetricName.loss, of: "emotion", 0.7), MetricValue(MetricName.domainAccuracy, 0.5),
            ] + labelFree, confusions: ["emotion": [[3, 2], [1, 4]]])
    }

    package static func epoch(_ number: Int, accuracy: Double, isBest: Bool) -> EpochRecord {
        EpochRecord(
            epoch: number, step: number * 10,
            scores: [
                scores(.sourceValidation, accuracy),
                scores(.targetValidation, accuracy - 0.1, labelFree: [MetricValue("snd", of: "emotion", Double(number))]),
            ], isBest: isBest, seconds: 1.5)
    }

    package static func report(
        bestEpoch: Int, epochs: Int, steps: Int, _ scores: [PartScores] = [scores(.sourceValidation, 0.7), scores(.targetValidation, 0.6)]
    ) -> FinalReport {
        FinalReport(bestEpoch: bestEpoch, epochs: epochs, steps: steps, scores: scores, seconds: 5, samplesPerSecond: 24)
    }

    package static func answers(_ epoch: Int) -> [Answer] {
        (0..<4).map {
            Answer($0 < 2 ? .sourceValidation : .targetValidation, clip: "clip\($0)", outputs: ["emotion": [0.25, 0.125 * Float(epoch)]])
        }
    }

    package static func clip(_ number: Int, corpus: String = "crowd") -> Clip {
        Clip(
            name: "10\(number)_ITS_FEA_HI", corpus: corpus, speaker: "10\(number % 90)", emotion: "fear", intensity: "high",
            sentence: "ITS",
            sex: "female", age: 30, columns: ["race": "Asian"], ratings: ["fear": 0.75, "sad": 0.25], video: "/media/\(number).flv",
            audio: "/media/\(number).wav")
    }
}
