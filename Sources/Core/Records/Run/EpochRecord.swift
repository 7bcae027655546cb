/// Scores of the validation after an epoch.
public struct EpochRecord: Sendable, Codable, Equatable {
    /// Counts from 1.
    public var epoch: Int
    public var step: Int
    /// One for each part that validates; the target's is missing where the run has none.
    public var scores: [PartScores]
    /// True where this is the best epoch so far by the run's selection.
    public var isBest: Bool
    /// Seconds that its validation took.
    public var seconds: Double
    /// Seconds that saving took after it; `nil` until the epoch is saved.
    public var savingSeconds: Double?

    public init(epoch: Int, step: Int, scores: [PartScores], isBest: Bool, seconds: Double, savingSeconds: Double? = nil) {
        (self.epoch, self.step, self.scores) = (epoch, step, scores)
        (self.isBest, self.seconds, self.savingSeconds) = (isBest, seconds, savingSeconds)
    }

    public subscript(part: Part) -> PartScores? { scores[part] }
}

/// The end of a run, with scores of the best epoch's weights.
public struct FinalReport: Sendable, Codable, Equatable {
    public var bestEpoch: Int
    public var epochs: Int
    public var steps: Int
    /// Scores of validation parts, which may have chosen the weights, and of test parts, which never did.
    public var scores: [PartScores]
    /// Seconds that the run was worked on, in all its processes: steps, validation and saving, no pauses.
    public var seconds: Double
    /// Samples a second while steps were taken.
    public var samplesPerSecond: Double
    /// What chose the best epoch.
    public var selection: Selection

    public init(
        bestEpoch: Int, epochs: Int, steps: Int, scores: [PartScores], seconds: Double, samplesPerSecond: Double,
        selection: Selection = .source
    ) {
        (self.bestEpoch, self.epochs, self.steps, self.scores) = (bestEpoch, epochs, steps, scores)
        (self.seconds, self.samplesPerSecond, self.selection) = (seconds, samplesPerSecond, selection)
    }

    public subscript(part: Part) -> PartScores? { scores[part] }
}
