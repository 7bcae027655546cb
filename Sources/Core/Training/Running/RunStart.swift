// From what a trainer starts: the first weights of a new run, or the newest whole checkpoint of one that goes on.
import Base
import Foundation
import Records

struct RunStart {
    struct Resumed {
        let checkpoint: Checkpoint
        /// Why the last checkpoint that was written is not the one; nil where it is.
        let damage: String?
    }

    let job: TrainingJob
    let learner: Learner
    /// As it counts now, with what was changed at a resume.
    let experiment: Experiment
    let progress: RunProgress
    /// What the sound is normalised by, where that is more than each clip.
    let statistics: SoundStatistics?
    /// Where the first weights came from, and what was found on the way.
    let messages: [(level: MessageLevel, text: String)]
    /// Nil for a new run.
    let resumed: Resumed?

    /// A new run.
    init(_ experiment: Experiment, systems: SystemLibrary, data: RunData) throws {
        job = try systems.job(for: experiment)
        let start = try StartingWeights(job, of: systems, experiment, task: data.task, preparation: data.preparation, start: data.start)
        learner = try Learner(job, experiment, task: data.task, source: start.value)
        messages = try start.finish().map { (.info, $0) } + start.warnings.map { (.warning, $0) }
        statistics = try SoundStatistics(experiment, data)
        self.experiment = experiment
        progress = RunProgress()
        resumed = nil
    }

    /// A run that goes on.
    /// - Parameters:
    ///   - experiment: the one that was asked for; what only a new run may change must be the checkpoint's.
    ///   - changes: overrides of what may change when a run goes on.
    init(resuming folder: URL, by files: DurableFile, changes: [String], _ experiment: Experiment, systems: SystemLibrary, data: RunData)
        throws
    {
        let (checkpoint, damage) = try Checkpoint.newest(of: folder, by: files)
        let changed = try checkpoint.experiment.resuming(with: changes), path = folder.appendingPathComponent(RunFiles.last).path
        // Another experiment's checkpoint would train another network than the one that was asked for.
        let others = try changed.differences(from: experiment).filter { Experiment.row(named: $0.key)?.effect == .newRun }
        if let first = others.first {
            throw CheckpointError.otherRun(path: path, detail: "its \(first.key) is \(first.to), not \(first.from)")
        }
        if let difference = checkpoint.preparation.difference(to: data.preparation) {
            throw CheckpointError.otherRun(path: path, detail: "the clips are prepared otherwise than it had them: \(difference)")
        }
        job = try systems.job(for: changed)
        learner = try Learner(job, changed, task: data.task)
        try checkpoint.restore(learner)
        var messages: [(level: MessageLevel, text: String)] = []
        if let damage {
            messages.append((.warning, "\(damage): the run goes on from the checkpoint before it, after step \(checkpoint.progress.step)"))
        }
        let words = try changed.differenceWords(from: checkpoint.experiment)
        if !words.isEmpty { messages.append((.info, "resumed with " + words)) }
        self.messages = messages
        self.experiment = changed
        progress = checkpoint.progress
        statistics = checkpoint.statistics
        resumed = Resumed(checkpoint: checkpoint, damage: damage)
    }

    /// Keys that were changed at the resume.
    var changedKeys: [String] {
        get throws { try resumed.map { try experiment.differences(from: $0.checkpoint.experiment).map(\.key) } ?? [] }
    }
}
