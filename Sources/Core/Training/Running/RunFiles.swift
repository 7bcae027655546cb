// The names in a run's folder: the experiment as run, the best weights, and two checkpoints to resume from.
import Base
import Foundation
import Inputs
import TensorFiles

public enum RunFiles {
    public static let experiment = "experiment.toml"
    public static let best = "best.safetensors"
    public static let last = "last.ckpt"
    /// The checkpoint before the last one, in case the last one is damaged.
    public static let previous = "previous.ckpt"
    /// Weights that no epoch changes, which checkpoints leave out.
    public static let frozen = "frozen.safetensors"
    /// Best weights that no checkpoint in place names yet, and those that only `previous` names.
    static let newBest = "best.new.safetensors"
    static let previousBest = "best.previous.safetensors"
    /// A checkpoint before it takes its place.
    static let newLast = "new.ckpt"
    /// Metadata of both weight files: the experiment as TOML; of `best` also the labels, a JSON array of strings.
    package static let experimentKey = "emolab.experiment"
    package static let labelsKey = "emolab.labels"

    /// Metadata of both weight files: how the run's clips were prepared, as JSON.
    package static let preparationKey = "emolab.preparation"

    /// How the clips of a run were prepared, by the metadata of either of its weight files.
    /// - Throws: `NoPreparation`.
    package static func preparation(of stored: Safetensors) throws -> EffectivePreparation {
        guard let text = stored.metadata[preparationKey], let preparation = try? EffectivePreparation(json: text) else {
            throw NoPreparation()
        }
        return preparation
    }

    package struct NoPreparation: Error, CustomStringConvertible {
        package let description = "it does not say how its clips were prepared, so that nothing can be compared with them: train anew"
    }

    /// Labels as metadata.
    static func text(of labels: [String]) throws -> String { String(decoding: try JSONEncoder().encode(labels), as: UTF8.self) }

    /// The labels of such a text; nil where it is none.
    package static func labels(from text: String) -> [String]? { try? JSONDecoder().decode([String].self, from: Data(text.utf8)) }

    /// Whether a run's folder holds anything to go on from.
    public static func hasCheckpoint(_ folder: URL) -> Bool {
        [last, previous].contains { DurableFile.isThere(folder.appendingPathComponent($0)) }
    }
}
