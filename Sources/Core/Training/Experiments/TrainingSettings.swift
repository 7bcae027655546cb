// `[training]`: how long, how much at once, and which epoch's weights are kept.

/// zu-dann §5, adaptation column.
public struct TrainingSettings: Sendable, Codable, Equatable {
    public enum Selection: String, Sendable, Codable, CaseIterable { case source, oracle }
    public enum Sampling: String, Sendable, Codable, CaseIterable { case plain, balanced }

    public var epochs = 60
    public var batch = 4
    /// Epochs without a better one before the run ends; 0 never ends it early.
    public var patience = 20
    public var labelSmoothing = 0.1
    /// Which source clips an epoch sees: each once (the text), or as many of every class (ours; see `EpochPlanner`).
    public var sampling = Sampling.plain
    /// Whose validation accuracy chooses the checkpoint. `oracle` looks at target labels and must be reported as such.
    public var selection = Selection.source
    public var seeds = [42, 123, 2024]

    public init() {}

    enum CodingKeys: String, CodingKey {
        case epochs, batch, patience, selection, sampling, seeds
        case labelSmoothing = "label_smoothing"
    }
}
