// The trainer's side of saving: what goes into a checkpoint, what is done where it cannot be written, and what a run without its best weights does.
import Foundation

/// A run that was told to end without its files.
struct SavingGivenUp: Error, CustomStringConvertible {
    var description: String
}

extension Trainer {
    /// Where a file cannot be written, the run goes on and tries again later.
    /// - Parameter keeping: seconds that it took to put the best weights together.
    func save(after keeping: Double = 0) throws {
        let isBestNew = keeper.hasUnsavedBest
        let (isSaved, saving) = try clock.measure { try keeper.save(learner, progress, experiment, data.preparation, statistics: statistics) }
        guard isSaved else { return }
        if isBestNew, let best = progress.best {
            emit(.checkpoint(CheckpointRecord(kind: .best, epoch: best.epoch, step: best.step, file: RunFiles.best, seconds: keeping + saving)))
        }
        let epoch = progress.stepsInEpoch == 0 ? progress.epoch - 1 : progress.epoch
        emit(.checkpoint(CheckpointRecord(kind: .last, epoch: epoch, step: progress.step, file: RunFiles.last, seconds: keeping + saving)))
        tellWorked()
    }

    /// Saves what is not saved. Where a file cannot be written, waits until it can.
    /// - Throws: `SavingGivenUp` where a stop comes meanwhile.
    func saveOrWait() throws {
        if keeper.failure == nil, keeper.saved == progress { return }
        try save()
        guard let reason = keeper.failure else { return }
        tell(.warning, "the run cannot be saved and waits until it can: \(reason). It tries every \(Int(keeper.patience.waiting)) s; a stop gives it up")
        emit(.paused(step: progress.step))
        wait.isWaiting = true
        defer { wait.isWaiting = false }
        while true {
            let end = DispatchTime.now() + keeper.patience.waiting
            while DispatchTime.now() < end {
                for pending in orders.takeOrders() {
                    let isStop = pending.order == .stop
                    emit(.order(OrderRecord(
                        id: pending.id, step: progress.step, text: isStop ? "given up" : "refused: the run waits until it can be saved", isRefused: !isStop)))
                    if isStop { throw SavingGivenUp(description: "ended without being saved: \(lost)") }
                }
                Thread.sleep(forTimeInterval: 0.02)
            }
            try save()
            if keeper.failure == nil { return emit(.resumed(step: progress.step)) }
        }
    }

    private var lost: String {
        let steps = keeper.savedStep.map { $0 < progress.step ? "steps \($0 + 1) to \(progress.step) are lost, the last checkpoint is of step \($0)" : "the last checkpoint is of step \($0)" }
            ?? "there is no checkpoint"
        let best = keeper.hasUnsavedBest ? progress.best.map { "; the best weights, of epoch \($0.epoch), are lost" } ?? "" : ""
        return steps + best + ": " + (keeper.failure ?? "")
    }

    /// What a run that goes on has to say and to do first, beside what its checkpoint holds.
    func takeUp(_ checkpoint: Checkpoint) throws {
        for (key, _, _) in try experiment.differences(from: checkpoint.experiment) { givenWay += giveWay(key, to: "what was changed at the resume") }
        if progress.epoch > checkpoint.experiment.training.epochs, experiment.training.epochs > checkpoint.experiment.training.epochs {
            startMessages.append((.info, pastItsEnd(from: checkpoint.experiment)))
        }
        guard keeper.isBestLost, let best = progress.best else { return }
        mustSaveFirst = true
        if best.epoch == progress.epoch - 1, progress.stepsInEpoch == 0 {
            // The checkpoint's own weights are the best.
            keeper.keepBest(try Checkpoint.weights(of: learner, labels: data.labels, experiment: checkpoint.experiment, preparation: data.preparation, statistics: statistics))
            startMessages.append((.warning, "\(RunFiles.best) was missing or damaged; it is written again from the checkpoint"))
        } else {
            startMessages.append((.warning, lostBest(best)))
            progress.best = nil
            keeper.forgetBest()
        }
    }

    func forgetBest(_ best: EpochRecord) {
        tell(.warning, lostBest(best))
        progress.best = nil
        keeper.forgetBest()
    }

    private func lostBest(_ best: EpochRecord) -> String {
        "the weights of epoch \(best.epoch), the best so far, are lost: \(RunFiles.best) is missing or damaged. The best of the epochs from now on counts"
    }

    /// What it means that a run of so many epochs goes on to more, in words.
    private func pastItsEnd(from before: Experiment) -> String {
        func alpha(_ experiment: Experiment) -> Double {
            guard learner.objective.adapts else { return 0 }
            return experiment.alpha.value(at: Double(progress.step) / Double(max(planner.steps * experiment.training.epochs - 1, 1)))
        }
        let (was, now) = (before.training.epochs, experiment.training.epochs)
        return "the run had its \(was) epochs and goes on to \(now). Alpha is a share of the whole run: from here on it is that of \(now) epochs, "
            + "\(Self.short(alpha(before))) → \(Self.short(alpha(experiment))); the learning rate goes by the epoch and goes on as it stood"
    }

    private static func short(_ number: Double) -> String { "\((number * 1e5).rounded() / 1e5)" }
}
