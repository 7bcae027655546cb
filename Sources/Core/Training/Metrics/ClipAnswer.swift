import Metrics
import Records

/// What a model says of one clip.
public struct ClipAnswer: Sendable {
    public var item: ClipItem
    public var domain: Domain
    /// One a class; they add up to 1.
    public var probabilities: [Float]
    /// Vectors by place, e.g. `fused`.
    public var embeddings: [String: [Float]]
    /// Probability of being a target clip, where the run has a discriminator.
    public var targetProbability: Float?

    package init(item: ClipItem, domain: Domain, probabilities: [Float], embeddings: [String: [Float]], targetProbability: Float? = nil) {
        self.item = item
        self.domain = domain
        self.probabilities = probabilities
        self.embeddings = embeddings
        self.targetProbability = targetProbability
    }
}

extension MeasuredClip {
    /// Nil for a clip without a label: it cannot be measured.
    public init?(_ answer: ClipAnswer, columns: [String: String] = [:]) {
        guard let label = answer.item.label else { return nil }
        self.init(
            name: answer.item.name, speaker: answer.item.speaker, truth: label, probabilities: answer.probabilities, columns: columns)
    }
}

extension EvaluationReport.Answers {
    /// - Parameters:
    ///   - columns: of each clip, by its name.
    ///   - embedding: the place whose vectors stand for the clips; probabilities do where there is none.
    public init(corpus: String, answers: [ClipAnswer], columns: [String: [String: String]], embedding: String) {
        self.init(
            corpus: corpus, clips: answers.compactMap { MeasuredClip($0, columns: columns[$0.item.name] ?? [:]) },
            features: answers.map { $0.embeddings[embedding] ?? $0.probabilities },
            targetProbabilities: answers.compactMap(\.targetProbability), unlabelled: answers.count { $0.item.label == nil })
    }
}
