import Metrics

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

    public var prediction: Prediction { Prediction(clip: item.name, domain: domain, truth: item.label, probabilities: probabilities) }
}

extension MeasuredClip {
    /// Nil for a clip without a label: it cannot be measured.
    public init?(_ answer: ClipAnswer, columns: [String: String] = [:]) {
        guard let label = answer.item.label else { return nil }
        self.init(
            name: answer.item.name, speaker: answer.item.speaker, truth: label, probabilities: answer.probabilities, columns: columns)
    }
}
