import Corpora
import Foundation
import GRDB
import Metrics
import Training

@testable import Runs

// Helpers of the store's tests.

/// A folder of its own, gone when the test ends.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-runs-\(UUID().uuidString)", isDirectory: true)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    var store: URL { url.appendingPathComponent("store/emolab.sqlite") }

    deinit { try? FileManager.default.removeItem(at: url) }
}

enum Sample {
    static let experiment = "name = \"nano\"\nseed = 42\n"

    static let plan = RunPlan(
        stepsPerEpoch: 10, epochs: 3, batchSize: 4, labels: ["anger", "happy"], sourceTraining: 40, sourceValidation: 10,
        targetTraining: 40, targetValidation: 10, split: "by speaker", splitHash: "0123456789abcdef", plannedAlpha: [0, 0.1],
        plannedLearningRate: [1e-3, 1e-6], parameters: 1000, trainableParameters: 900)

    static func step(_ number: Int, epoch: Int = 1, domain: Domain = .source, loss: Double? = 0.5) -> StepRecord {
        StepRecord(
            step: number, epoch: epoch, domain: domain, classLoss: loss, domainLoss: 0.6931471805599453, classAccuracy: 0.25,
            domainAccuracy: 0.5, alpha: 1e-4, learningRate: 5e-5, gradientNorm: 1.25, clips: 4, seconds: 0.01, waitingSeconds: 0)
    }

    static func scores(_ accuracy: Double) -> DomainScores {
        DomainScores(loss: 0.7, accuracy: accuracy, macroF1: accuracy / 2, confusion: [[3, 2], [1, 4]], domainAccuracy: 0.5, clips: 10)
    }

    static func epoch(_ number: Int, accuracy: Double, isBest: Bool) -> EpochRecord {
        EpochRecord(
            epoch: number, step: number * 10, source: scores(accuracy), target: scores(accuracy - 0.1), isBest: isBest, seconds: 1.5,
            targetScores: TargetScores(entropy: 0.5, infomax: 0.25, snd: Double(number), dev: nil))
    }

    static func predictions(_ epoch: Int) -> [Prediction] {
        (0..<4).map {
            Prediction(
                clip: "studio/clip\($0)", domain: $0 < 2 ? .source : .target, truth: $0 % 2, probabilities: [0.25, 0.125 * Float(epoch)])
        }
    }

    static func clip(_ number: Int, corpus: String = "crowd") -> Clip {
        Clip(
            name: "10\(number)_ITS_FEA_HI", corpus: corpus, speaker: "10\(number % 90)", emotion: "fear", intensity: "high",
            sentence: "ITS",
            sex: "female", age: 30, columns: ["race": "Asian"], ratings: ["fear": 0.75, "sad": 0.25], video: "/media/\(number).flv",
            audio: "/media/\(number).wav")
    }
}
