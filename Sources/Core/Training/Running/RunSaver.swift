// Saves a run: it fills checkpoints, waits where they cannot be written, and mends or forgets lost best weights.
import Base
import Dispatch
import Foundation
import Inputs
import Records

/// A run that was told to end without its files.
struct SavingGivenUp: Error, CustomStringConvertible {
    var description: String
}

/// The trainer's side of saving. It has the keeper of the files; progress and experiment are the loop's, which hands them in.
final class RunSaver {
    /// What every checkpoint and every file of best weights of the run has in common.
    struct Contents {
        let learner: Learner
        let preparation: EffectivePreparation
        let statistics: SoundStatistics?
    }

    private let keeper: CheckpointKeeper
    private let contents: Contents
    private let clock: RunClock
    private let events: RunEvents
    /// The experiment or the best weights are not those of the checkpoint any more.
    private var mustSaveFirst = false
    let wait = SavingWait()

    init(_ keeper: CheckpointKeeper, _ contents: Contents, clock: RunClock, events: RunEvents) {
        self.keeper = keeper
        self.contents = contents
        self.clock = clock
        self.events = events
    }

    /// The file calls by which the folder is read.
    var files: DurableFile { keeper.files }

    /// Whether the folder holds a checkpoint, of this process or an earlier one.
    var hasCheckpoint: Bool { keeper.hasCheckpoint }

    // MARK: Begin and end

    /// Takes over the folder of a run that goes on.
    /// - Parameter isChanged: the experiment is not the checkpoint's any more.
    func resume(from start: RunStart.Resumed, isChanged: Bool) throws {
        try keeper.resume(from: start.checkpoint, isPrevious: start.damage != nil)
        mustSaveFirst = isChanged
    }

    /// Makes the folder, and says in it what is run.
    func open(_ experiment: Experiment) throws { try keeper.open(experiment) }

    /// Saves what a resume changed, before anything builds upon it.
    func saveFirst(_ progress: RunProgress, _ experiment: Experiment) throws {
        if mustSaveFirst { try save(progress, experiment) }
    }

    func goBack(to checkpoint: Checkpoint, isPrevious: Bool) throws { try keeper.goBack(to: checkpoint, isPrevious: isPrevious) }

    /// Tidies the folder of a finished run: only the last checkpoint stays.
    func finish() { keeper.finish() }

    // MARK: Checkpoints

    /// Where a file cannot be written, the run goes on and tries again later.
    /// - Parameter keeping: seconds that it took to put the best weights together.
    func save(_ progress: RunProgress, _ experiment: Experiment, after keeping: Double = 0) throws {
        let isBestNew = keeper.hasUnsavedBest
        let (isSaved, saving) = try clock.measure {
            try keeper.save(contents.learner, progress, experiment, contents.preparation, statistics: contents.statistics)
        }
        guard isSaved else { return }
        let seconds = keeping + saving
        if isBestNew, let best = progress.best {
            let record = CheckpointRecord(kind: .best, epoch: best.epoch, step: best.step, file: RunFiles.best, seconds: seconds)
            events.emit(.checkpoint(record))
        }
        let epoch = progress.stepsInEpoch == 0 ? progress.epoch - 1 : progress.epoch
        let record = CheckpointRecord(kind: .last, epoch: epoch, step: progress.step, file: RunFiles.last, seconds: seconds)
        events.emit(.checkpoint(record))
        events.tellWorked()
    }

    /// Saves in the middle of an epoch, where it is time or the last save failed.
    func saveWhereDue(_ progress: RunProgress, _ experiment: Experiment) throws {
        if keeper.isDue(after: experiment.training.checkpointMinutes, step: progress.step) { try save(progress, experiment) }
    }

    /// Saves what is not saved. Where a file cannot be written, waits until it can.
    /// - Parameter isGivenUp: answers the orders that came meanwhile; true where one of them was a stop.
    /// - Throws: `SavingGivenUp` where a stop comes.
    func saveOrWait(_ progress: RunProgress, _ experiment: Experiment, isGivenUp: () -> Bool) throws {
        if keeper.failure == nil, keeper.saved == progress { return }
        try save(progress, experiment)
        guard let reason = keeper.failure else { return }
        let pause = keeper.patience.waiting
        let words = "the run cannot be saved and waits until it can: \(reason). It tries every \(Int(pause)) s; a stop gives it up"
        events.tell(.warning, words)
        events.emit(.paused(step: progress.step))
        wait.isWaiting = true
        defer { wait.isWaiting = false }
        while true {
            let end = DispatchTime.now() + pause
            while DispatchTime.now() < end {
                if isGivenUp() { throw SavingGivenUp(description: "ended without being saved: \(lost(progress))") }
                Thread.sleep(forTimeInterval: 0.02)
            }
            try save(progress, experiment)
            if keeper.failure == nil { return events.emit(.resumed(step: progress.step)) }
        }
    }

    private func lost(_ progress: RunProgress) -> String {
        let steps: String
        switch keeper.savedStep {
        case let saved? where saved < progress.step:
            steps = "steps \(saved + 1) to \(progress.step) are lost, the last checkpoint is of step \(saved)"
        case let saved?: steps = "the last checkpoint is of step \(saved)"
        case nil: steps = "there is no checkpoint"
        }
        var best = ""
        if keeper.hasUnsavedBest, let epoch = progress.best?.epoch { best = "; the best weights, of epoch \(epoch), are lost" }
        return steps + best + ": " + (keeper.failure ?? "")
    }

    // MARK: Best weights

    /// Takes the present weights as the best, to be written with the next checkpoint.
    func keepBest(_ experiment: Experiment) throws {
        keeper.keepBest(
            try Checkpoint.weights(
                of: contents.learner, experiment: experiment, preparation: contents.preparation, statistics: contents.statistics))
    }

    /// Forgets a best epoch whose weights are gone.
    /// - Returns: what that means, for a person; nil where they are there.
    func checkBest(_ progress: inout RunProgress) -> String? {
        guard let best = progress.best, !keeper.hasBest else { return nil }
        return forget(best, &progress)
    }

    /// Mends what a resume found of the best weights: they are written again where the checkpoint has them, else forgotten.
    /// - Parameter experiment: the checkpoint's.
    /// - Returns: what was found, for a person; nil where nothing is wrong.
    func mendBest(_ progress: inout RunProgress, _ experiment: Experiment) throws -> String? {
        guard keeper.isBestLost, let best = progress.best else { return nil }
        mustSaveFirst = true
        guard best.epoch == progress.epoch - 1, progress.stepsInEpoch == 0 else { return forget(best, &progress) }
        // The checkpoint's own weights are the best.
        try keepBest(experiment)
        return "\(RunFiles.best) was missing or damaged; it is written again from the checkpoint"
    }

    private func forget(_ best: EpochRecord, _ progress: inout RunProgress) -> String {
        progress.best = nil
        keeper.forgetBest()
        return "the weights of epoch \(best.epoch), the best so far, are lost: \(RunFiles.best) is missing or damaged. "
            + "The best of the epochs from now on counts"
    }
}
