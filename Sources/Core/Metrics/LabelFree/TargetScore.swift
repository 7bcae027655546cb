// Scores of a model on target clips that need none of their labels: what a checkpoint can honestly be chosen by.
import Foundation

/// One file a score says where it comes from.
public enum TargetScore: String, Sendable, Codable, CaseIterable {
    case entropy, infomax, snd, dev

    public enum Direction: Sendable { case higherIsBetter, lowerIsBetter }

    public var direction: Direction {
        switch self {
        case .entropy, .dev: .lowerIsBetter
        case .infomax, .snd: .higherIsBetter
        }
    }

    public var words: String {
        switch self {
        case .entropy: "mean entropy"
        case .infomax: "mutual information"
        case .snd: "soft neighbourhood density"
        case .dev: "deep embedded validation"
        }
    }

    public func isBetter(_ a: Double, than b: Double) -> Bool { direction == .higherIsBetter ? a > b : a < b }
}

/// Every label-free score of one epoch. What cannot be said, as a density of one clip, is nil.
public struct TargetScores: Sendable, Codable, Equatable {
    public var entropy, infomax, snd, dev: Double?

    public init(entropy: Double? = nil, infomax: Double? = nil, snd: Double? = nil, dev: Double? = nil) {
        (self.entropy, self.infomax, self.snd, self.dev) = (entropy, infomax, snd, dev)
    }

    public subscript(score: TargetScore) -> Double? {
        switch score {
        case .entropy: entropy
        case .infomax: infomax
        case .snd: snd
        case .dev: dev
        }
    }
}

/// `-Σ p ln p` of one distribution, in nats.
package func entropy(_ probabilities: some Sequence<Double>) -> Double {
    probabilities.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
}
