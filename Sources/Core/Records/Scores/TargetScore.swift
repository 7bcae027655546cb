/// Scores of a model on target samples that need none of their labels: what a checkpoint can honestly be chosen by.
public enum TargetScore: String, Sendable, Codable, CaseIterable {
    case entropy, infomax, snd, dev

    public var direction: Metric.Direction {
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

/// The score that chooses the checkpoint, and ends a run that gets no better.
public enum Selection: String, Sendable, Codable, CaseIterable {
    /// The main metric on source validation samples.
    case source
    /// Label-free scores of target validation samples, see `TargetScore`.
    case entropy, infomax, snd, dev
    /// The main metric on target validation samples: looks at labels that nobody has when a model is used.
    case oracle

    public var targetScore: TargetScore? { TargetScore(rawValue: rawValue) }
    public var needsTarget: Bool { self != .source }

    /// Description: `source validation accuracy`.
    public var words: String {
        switch self {
        case .source: "source validation accuracy"
        case .oracle: "target validation labels (oracle)"
        default: "\(targetScore?.words ?? rawValue) of the target validation clips, without labels"
        }
    }
}
