// `[training]`: how long, how much at once, and which epoch's weights are kept.
import Records

/// zu-dann §5, adaptation column.
public struct TrainingSettings: Sendable, Codable, Equatable {
    /// What is done where a loss or a gradient is not a number.
    public enum NonFinite: String, Sendable, Codable, CaseIterable {
        case stop
        /// Leave the batch out.
        case skip
        /// Go back to the last checkpoint, with a lower learning rate.
        case back
    }
    public enum Sampling: String, Sendable, Codable, CaseIterable { case plain, balanced }

    /// What matrix products compute in. Weights, norms, losses and the optimiser are float32 either way.
    public enum Precision: String, Sendable, Codable, CaseIterable {
        case float32
        case bf16Mixed = "bf16-mixed"
    }

    public var epochs = 60
    public var batch = 4
    /// Epochs without a better one before the run ends; 0 never ends it early.
    public var patience = 20
    public var labelSmoothing = 0.1
    /// Which source clips an epoch sees: each once (the text), or as many of every class (ours; see `EpochPlanner`).
    public var sampling = Sampling.plain
    /// `oracle` looks at target labels and must be reported as such.
    public var selection = Selection.source
    public var seeds = [42, 123, 2024]
    /// zu-dann §5 trains in fp16 mixed; here bf16, which has float32's range and needs no loss scaling.
    public var precision = Precision.float32
    /// Weights to start from: `run:12`, `run:NAME` (the newest finished run of that experiment) or a weights file; empty: drawn.
    public var start = ""
    /// Where nothing below the video's projection learns, its encoder's output is computed once a clip and kept.
    public var cacheFeatures = true
    /// Minutes between two checkpoints in the middle of an epoch; 0 saves after epochs only.
    public var checkpointMinutes = 10.0
    public var nonFinite = NonFinite.stop
    /// Batches in a row that may be left out, and times that a run may go back, before it ends.
    public var nonFiniteLimit = 10
    /// What the learning rate is multiplied with each time that it goes back.
    public var nonFiniteRateFactor = 0.5

    public init() {}

    enum CodingKeys: String, CodingKey {
        case epochs, batch, patience, selection, sampling, seeds, precision, start
        case cacheFeatures = "cache_features"
        case checkpointMinutes = "checkpoint_minutes"
        case labelSmoothing = "label_smoothing"
        case nonFinite = "non_finite"
        case nonFiniteLimit = "non_finite_limit"
        case nonFiniteRateFactor = "non_finite_rate_factor"
    }
}
