// What the trainer does about numbers that go wrong: a loss, a gradient or a weight that is none, and a discriminator that diverges.
import Base
import Foundation
import Records

extension Trainer {
    func watchDiscriminator(_ result: StepResult) {
        guard let loss = result.discriminatorLoss else { return }
        var watch = progress.discriminator ?? DiscriminatorWatch()
        if let news = watch.observe(loss) { events.tell(news.level, news.text) }
        progress.discriminator = watch
    }

    /// Does what `training.non_finite` says where a step could not be taken.
    /// - Returns: true where the run goes on with the next batch, false where it went back.
    /// - Throws: `LearningFailure` where the run has to end.
    @discardableResult
    func recover(from failure: NumberFailure, _ batch: TrainingBatch? = nil) throws -> Bool {
        let step = stepAtWork ?? progress.step
        let clips = batch.map { batch in batch.items.indices.map { "\(batch.domains[$0].rawValue)/\(batch.items[$0].name)" } } ?? []
        var record = AnomalyRecord(
            step: step, epoch: progress.epoch, reason: failure.description, clips: clips, culprits: failure.culprits.map { clips[$0] },
            file: nil, action: .stopped)
        if let batch {
            do {
                record.file = try BatchFile.write(
                    batch, labels: learner.objective.labelAccess.labels(of: batch), step: step, reason: failure.description, to: folder)
            } catch { events.tell(.warning, "the batch of step \(step) cannot be kept: \(error.reason)") }
        }
        func end(_ advice: String) -> LearningFailure {
            events.emit(.anomaly(record))
            return LearningFailure(
                description:
                    "\(failure)\(record.culprits.isEmpty ? "" : " because of " + record.culprits.joined(separator: ", ")). \(advice)")
        }
        let limit = experiment.training.nonFiniteLimit
        switch experiment.training.nonFinite {
        case .stop:
            throw end(
                "training.non_finite = \"skip\" leaves such batches out, \"back\" goes back to the last checkpoint with a lower learning rate"
            )
        case .skip:
            if case .weights = failure.place {
                throw end("Leaving a batch out does not mend weights; training.non_finite = \"back\" goes back to the last checkpoint")
            }
            let skipped = (progress.skipped ?? 0) + 1
            guard skipped <= limit else { throw end("\(limit) batches in a row were left out already (training.non_finite_limit)") }
            progress.skipped = skipped
            progress.advance()
            record.action = .skipped
            events.emit(.anomaly(record))
            return true
        case .back:
            var gone = progress.goneBack ?? RunProgress.GoneBack()
            guard gone.times < limit else { throw end("The run went back \(limit) times already (training.non_finite_limit)") }
            gone.times += 1
            gone.rateFactor *= experiment.training.nonFiniteRateFactor
            do { try goBack() } catch { throw end("There is no checkpoint to go back to: \(error)") }
            progress.goneBack = gone
            record.action = .wentBack(step: progress.step, rateFactor: gone.rateFactor)
            events.emit(.anomaly(record))
            return false
        }
    }

    /// Everything as the newest checkpoint has it, changes that were made since at their steps again, as after a resume. Only the policy stays.
    private func goBack() throws {
        let (checkpoint, damage) = try Checkpoint.newest(of: folder, by: saver.files)
        let policy = experiment.training
        try checkpoint.restore(learner)
        try saver.goBack(to: checkpoint, isPrevious: damage != nil)
        progress = checkpoint.progress
        experiment = checkpoint.experiment
        experiment.training.nonFinite = policy.nonFinite
        experiment.training.nonFiniteLimit = policy.nonFiniteLimit
        experiment.training.nonFiniteRateFactor = policy.nonFiniteRateFactor
        book.goBack(to: progress)
        batches.drop()
        if let damage { events.tell(.warning, damage) }
    }
}
