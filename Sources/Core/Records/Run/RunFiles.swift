// The names in a run's folder: the experiment as run, the best weights, and two checkpoints to resume from.
import Base
import Foundation

public enum RunFiles {
    public static let experiment = "experiment.toml"
    public static let best = "best.safetensors"
    public static let last = "last.ckpt"
    /// The checkpoint before the last one, in case the last one is damaged.
    public static let previous = "previous.ckpt"
    /// Weights that no epoch changes, which checkpoints leave out.
    public static let frozen = "frozen.safetensors"

    /// Whether a run's folder holds anything to go on from.
    public static func hasCheckpoint(_ folder: URL) -> Bool {
        [last, previous].contains { DurableFile.isThere(folder.appendingPathComponent($0)) }
    }
}
