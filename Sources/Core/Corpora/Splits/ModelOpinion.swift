import Foundation

/// What a model makes of one clip: what subsets are chosen by that look at no label.
public struct ModelOpinion: Sendable {
    /// One a class; they add up to 1.
    public var probabilities: [Float]
    /// The fused embedding; as long in every clip.
    public var features: [Float]

    public init(probabilities: [Float], features: [Float]) {
        self.probabilities = probabilities
        self.features = features
    }

    /// Shannon entropy of the probabilities in nats: 0 where the model is sure, the logarithm of the number of classes where it guesses.
    public var entropy: Double {
        -probabilities.reduce(0) { $0 + ($1 > 0 ? Double($1) * log(Double($1)) : 0) }
    }
}
