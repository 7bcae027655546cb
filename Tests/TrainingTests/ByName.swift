// What these tests look at in records: values by the names that a classifier of emotions gives them.
import Records

extension StepValues {
    var classLoss: Double? { self[SeriesName.classTerm] }
    var domainLoss: Double? { self[SeriesName.domain] }
    var totalLoss: Double? { self[SeriesName.total] }
    var classAccuracy: Double? { self["metric.accuracy.emotion"] }
    var domainAccuracy: Double? { self[SeriesName.domainAccuracy] }
    var alpha: Double? { self[SeriesName.alpha] }
    var learningRate: Double { self[SeriesName.learningRate] ?? .nan }
    var gradientNorm: Double { self[SeriesName.gradientNorm] ?? .nan }
}

extension PartScores {
    var accuracy: Double? { self[MetricName.accuracy, of: "emotion"] }
    var loss: Double? { self[MetricName.loss, of: "emotion"] }
    var confusion: [[Int]] { confusions["emotion"] ?? [] }
    func score(_ score: TargetScore) -> Double? { self[score.rawValue, of: "emotion"] }
}

extension EpochRecord {
    var source: PartScores? { self[.sourceValidation] }
    var target: PartScores? { self[.targetValidation] }
}

extension FinalReport {
    var source: PartScores? { self[.sourceValidation] }
}

extension RunPlan {
    var plannedAlpha: [Double] { schedule(SeriesName.alpha)?.values ?? [] }
    var plannedLearningRate: [Double] { schedule(SeriesName.learningRate)?.values ?? [] }
}

extension Answer {
    var probabilities: [Float] { outputs["emotion"] ?? [] }
}

extension LearningTask {
    static let four = LearningTask(classes: ["a", "b", "c", "d"])
}
