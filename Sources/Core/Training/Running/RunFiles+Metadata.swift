// What a run's weight files say of themselves, and files that are there for a moment only.
import Base
import Foundation
import Inputs
import Records
import TensorFiles

extension RunFiles {
    /// Best weights that no checkpoint in place names yet, and those that only `previous` names.
    static let newBest = "best.new.safetensors"
    static let previousBest = "best.previous.safetensors"
    /// A checkpoint before it takes its place.
    static let newLast = "new.ckpt"
    /// Metadata of both weight files: the experiment as TOML; of `best` also the run's task, as JSON.
    package static let experimentKey = "emolab.experiment"
    package static let taskKey = "emolab.task"

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

    /// The task of a run, by the metadata of its best weights; nil where they hold none, or one with heads of no target.
    package static func task(of stored: Safetensors) -> LearningTask? {
        guard let text = stored.metadata[taskKey], let task: LearningTask = try? JSON.value(text), task.isWhole else { return nil }
        return task
    }
}
