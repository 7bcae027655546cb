// What a trainer says before its first step: the plan, how the run begins, and what its results will be worth.
import Records
import Tensors

extension Trainer {
    /// What the run is about to do, before it does it.
    public var plan: RunPlan {
        RunPlan(
            stepsPerEpoch: batches.planner.steps, epochs: experiment.training.epochs, batchSize: experiment.training.batch, task: data.task,
            source: experiment.data.source, target: experiment.adapts ? experiment.data.target : nil, samples: samples, split: data.split,
            splitHash: data.splitHash, series: learner.series, metrics: metrics, schedules: schedules, adaptation: adaptation,
            selection: experiment.training.selection, parameters: learner.store.count, trainableParameters: learner.store.trainableCount,
            targetLabelUse: experiment.targetLabelUse, preparation: data.preparation.record)
    }

    /// Clips of each part that has some; of the target's training part those that the run's subset chose.
    private var samples: [Part: Int] {
        let feeds: [(Part, any ClipFeed)] = [
            (.sourceTraining, data.sourceTraining), (.sourceValidation, data.sourceValidation), (.sourceTest, data.sourceTest),
            (.targetTraining, batches.target), (.targetValidation, data.targetValidation), (.targetTest, data.targetTest),
        ]
        return Dictionary(uniqueKeysWithValues: feeds.map { ($0, $1.items.count) }.filter { $0.1 > 0 })
    }

    private var schedules: [PlannedSchedule] {
        let rate = experiment.learningRate, lastEpoch = Double(totalSteps - 1) / Double(batches.planner.steps)
        let planned = PlannedSchedule(
            SeriesName.learningRate, name: rate.words, values: (0...200).map { rate.value(atEpoch: Double($0) / 200 * lastEpoch) })
        guard learner.objective.adapts else { return [planned] }
        let alpha = plannedAlpha
        return [
            PlannedSchedule(
                SeriesName.alpha, name: alpha.kind.rawValue, values: alpha.sampled(201), rampStart: alpha.rampStart(steps: totalSteps)),
            planned,
        ]
    }

    private var adaptation: PlannedAdaptation? {
        guard experiment.adapts else { return nil }
        let objective = learner.objective
        return PlannedAdaptation(
            method: experiment.adaptation.method.rawValue, aligns: objective.adapts, hasDiscriminator: objective.hasDiscriminator,
            learnsFromTargetLabels: objective.labelAccess == .both, alternates: experiment.adaptation.batches == .alternating)
    }

    var plannedAlpha: AlphaSchedule { learner.objective.adapts ? experiment.alpha : AlphaSchedule(kind: .off) }
    private var totalSteps: Int { batches.planner.steps * experiment.training.epochs }
    /// Share of the run that is done before the next step: 0 at the first, 1 at the last.
    var runProgress: Double { Double(progress.step) / Double(max(totalSteps - 1, 1)) }
    var fractionalEpoch: Double { Double(progress.epoch - 1) + Double(progress.stepsInEpoch) / Double(batches.planner.steps) }

    func open() throws {
        try saver.open(experiment)
        events.emit(.started(plan))
        for message in opening.messages { events.tell(message.level, message.text) }
        try saver.saveFirst(progress, experiment)
        for record in opening.records { events.emit(.order(record)) }
        if let statistics { events.tell(.info, statistics.words) }
        for warning in job.warnings { events.tell(.warning, warning) }
        tellOfChoices()
        // Where a number goes wrong before the first epoch is over, there must be something to go back to.
        if progress.step == 0, !saver.hasCheckpoint { try saver.save(progress, experiment) }
        if isPaused {
            events.tell(.info, "the run begins paused: an order to resume lets it go on")
            events.emit(.paused(step: progress.step))
        }
    }

    /// Says what of the experiment costs time, or makes its scores mean something else.
    private func tellOfChoices() {
        if experiment.training.precision == .bf16Mixed, !Libraries.hasBFloat16 {
            events.tell(.warning, "this processor does not multiply bfloat16 by itself: bf16-mixed saves memory here and costs time")
        }
        let subset = experiment.adaptation.subset
        if experiment.adapts, subset.usesLabels {
            let words = "the target subset is stratified by class: target labels were used to choose the clips, not to train on them"
            events.tell(.warning, words)
        }
        if experiment.adapts, subset.asksModel {
            let model = data.opinions?.path ?? experiment.adaptation.subsetModel
            events.tell(.info, "\(batches.target.items.count) target clips are chosen by \(subset.rawValue) of \(model)")
        }
        if learner.objective.labelAccess == .both {
            let words = "the run learns from target labels (oracle): its scores are an upper bound of what adaptation could reach"
            events.tell(.warning, words)
        }
        let selection = experiment.training.selection
        if selection == .oracle {
            events.tell(.warning, "the checkpoint is chosen on target labels (oracle): its target score is no honest estimate")
        } else if selection.needsTarget {
            events.tell(.info, "the checkpoint is chosen by \(selection.words)")
        }
    }

    /// What it means that a run that had come to its end goes on to more epochs, in words; nil where it had not.
    func pastItsEnd(from before: Experiment) -> String? {
        let (was, now) = (before.training.epochs, experiment.training.epochs)
        guard progress.epoch > was, now > was else { return nil }
        func alpha(_ experiment: Experiment) -> String {
            let share = Double(progress.step) / Double(max(batches.planner.steps * experiment.training.epochs - 1, 1))
            let alpha = learner.objective.adapts ? experiment.alpha.value(at: share) : 0
            return "\((alpha * 1e5).rounded() / 1e5)"
        }
        return "the run had its \(was) epochs and goes on to \(now). "
            + "Alpha is a share of the whole run: from here on it is that of \(now) epochs, "
            + "\(alpha(before)) → \(alpha(experiment)); the learning rate goes by the epoch and goes on as it stood"
    }
}
