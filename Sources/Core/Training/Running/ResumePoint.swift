// From where a run can go on, read without changing anything.
import Base
import Foundation
import Inputs

public struct ResumePoint: Sendable {
    /// Steps done, and the experiment as it stands with the changes that were asked for.
    public let step: Int
    public let experiment: Experiment
    /// How the run's clips are prepared, and must be again.
    public let preparation: EffectivePreparation
    /// Epochs that are closed.
    public let epochs: Int
    /// Epochs without a better one have used up the run's patience.
    public let isPatienceSpent: Bool

    /// Reads a run's newest whole checkpoint.
    /// - Parameter changes: overrides of keys that may change when a run goes on.
    /// - Throws: `CheckpointError`, `ExperimentError`, or why the file cannot be read.
    public init(of folder: URL, changes: [String] = []) throws {
        let checkpoint = try Checkpoint.newest(of: folder).checkpoint
        step = checkpoint.progress.step
        epochs = checkpoint.progress.epoch - 1
        preparation = checkpoint.preparation
        experiment = try checkpoint.experiment.resuming(with: changes)
        isPatienceSpent = checkpoint.progress.isPatienceSpent(experiment.training.patience)
    }

    /// Whether there is anything left to train.
    public var isAtItsEnd: Bool { epochs >= experiment.training.epochs || isPatienceSpent }
}
