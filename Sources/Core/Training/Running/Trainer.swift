// Trains an experiment on prepared clips: the loop of steps, orders, validation and checkpoints. All it tells is `TrainingEvent`s.
//
// The loop owns the run's progress and experiment. `OrderBook` decides about orders, `RunSaver` saves, `EpochBatches` makes the batches.
import Base
import Foundation
import Metrics
import Networks
import Records
import Tensors

public enum RunOutcome: String, Sendable { case finished, stopped, failed }

/// One run. `run()` works on the caller's queue until the run is over; only batches are made on another.
public final class Trainer {
    var experiment: Experiment
    var progress: RunProgress
    var book: OrderBook
    /// What is told at the start of where the run begins, and of orders that gave way to changes at the resume.
    private(set) var opening: (messages: [(level: MessageLevel, text: String)], records: [OrderRecord])
    /// The step that is being taken; nil between two steps.
    private(set) var stepAtWork: Int?
    private var hasToldOfFeatures = false

    let data: RunData
    let job: TrainingJob
    let learner: Learner
    /// What epochs tell.
    let metrics: [Metric]
    let folder: URL
    /// What the sound of `data` is normalised by, where that is more than each clip.
    let statistics: SoundStatistics?
    let batches: EpochBatches
    let saver: RunSaver
    let events: RunEvents
    /// Data without classes come through no check.
    private var mainMetric: Metric { metrics[0] }
    private let evaluator: RunEvaluator
    private let orders: any OrderSource
    private let clock: RunClock

    /// Builds the network. With `resuming`, weights, progress and experiment come from the folder's newest whole checkpoint.
    /// - Parameters:
    ///   - changes: overrides of what may change when a run goes on (`KeyRow.Effect`); only with `resuming`.
    ///   - replaying: every order that the run has carried out; those after the checkpoint are carried out again, each at its step.
    ///   - worked: seconds that earlier processes worked on the run.
    ///   - isPaused: begins paused, and waits for an order.
    ///   - settle: makes the events so far last; called before a checkpoint that is past them takes its place.
    /// - Throws: `ExperimentError`, `RunDataError`, `CheckpointError`, `FileFailure`, or what reading the checkpoint throws.
    public convenience init(
        experiment: Experiment, systems: SystemLibrary, data: RunData, orders: any OrderSource, folder: URL, resuming: Bool = false,
        changes: [String] = [], replaying: [AppliedOrder] = [], worked: Double = 0, isPaused: Bool = false,
        settle: @escaping () throws -> Void = {}, emit: @escaping (TrainingEvent) -> Void
    ) throws {
        let keeper = CheckpointKeeper(folder: folder, settle: settle) { emit(.message(level: $0, text: $1)) }
        try self.init(
            experiment: experiment, systems: systems, data: data, orders: orders, folder: folder, resuming: resuming, changes: changes,
            replaying: replaying, keeper: keeper, clock: RunClock(worked: worked), isPaused: isPaused, emit: emit)
    }

    init(
        experiment: Experiment, systems: SystemLibrary, data: RunData, orders: any OrderSource, folder: URL, resuming: Bool,
        changes: [String], replaying: [AppliedOrder], keeper: CheckpointKeeper, clock: RunClock = RunClock(), isPaused: Bool = false,
        emit: @escaping (TrainingEvent) -> Void
    ) throws {
        try experiment.validate()
        try data.check(for: experiment)
        let start =
            resuming
            ? try RunStart(resuming: folder, by: keeper.files, changes: changes, experiment, systems: systems, data: data)
            : try RunStart(experiment, systems: systems, data: data)
        let data = data.normalised(by: start.statistics), changedKeys = try start.changedKeys
        self.data = data
        self.orders = orders
        self.folder = folder
        self.clock = clock
        self.experiment = start.experiment
        job = start.job
        learner = start.learner
        metrics = start.learner.metrics(hasTarget: !data.targetValidation.items.isEmpty)
        statistics = start.statistics
        progress = start.progress
        opening = (start.messages, [])
        events = RunEvents(clock: clock, emit: emit)
        let contents = RunSaver.Contents(learner: learner, preparation: data.preparation, statistics: statistics)
        saver = RunSaver(keeper, contents, clock: clock, events: events)
        if let resumed = start.resumed {
            try saver.resume(from: resumed, isChanged: !changedKeys.isEmpty)
            book = OrderBook(carriedOut: replaying, goingOnFrom: progress, isPaused: isPaused)
        } else {
            book = OrderBook(isPaused: isPaused)
        }
        let hasFrozenStage = job.frozenStage?.isFrozen(in: learner.store) ?? false
        let features = hasFrozenStage ? FeatureCache(keeps: start.experiment.training.cacheFeatures) : nil
        let chosen = try data.chosenTargetClips(start.experiment, learner.objective.labelAccess, &progress)
        batches = EpochBatches(data, start.experiment, chosen: chosen, features: features)
        evaluator = RunEvaluator(data: data, learner: learner, embedding: job.mainEmbedding, features: features, events: events)
        if let before = start.resumed?.checkpoint.experiment { try takeUp(from: before, changedKeys) }
    }

    /// What a run that goes on has to say and to do first, beside what its checkpoint holds.
    /// - Parameter before: the experiment as the checkpoint has it.
    private func takeUp(from before: Experiment, _ changedKeys: [String]) throws {
        opening.records = changedKeys.flatMap { book.giveWay($0, to: "what was changed at the resume", after: progress.step) }
        progress.note(orders: opening.records.map(\.id))
        if let words = pastItsEnd(from: before) { opening.messages.append((.info, words)) }
        if let words = try saver.mendBest(&progress, before) { opening.messages.append((.warning, words)) }
    }

    /// Whether the run waits for an order to go on.
    public var isPaused: Bool { book.isPaused }

    /// Whether the run has come to its end and waits for a file that can be written. May be asked on any thread.
    public var wait: SavingWait { saver.wait }

    /// Trains until the last epoch, the end of patience, a stop order or a failure. The last event says which.
    public func run() -> RunOutcome {
        defer { batches.drop() }
        do {
            try open()
            while true {
                guard try obeyOrders() else { return try stop() }
                guard progress.epoch <= experiment.training.epochs else { break }
                if progress.isPatienceSpent(experiment.training.patience) {
                    events.tell(.info, "no better epoch in \(experiment.training.patience): the run ends early")
                    break
                }
                switch try trainEpoch() {
                case .stopped: return try stop()
                case .wentBack: continue
                case .done: try closeEpoch()
                }
            }
            try saveOrWait()
            let report = try report()
            saver.finish()
            events.tellWorked(atOnce: true)
            events.emit(.finished(report))
            return .finished
        } catch {
            events.tellWorked(atOnce: true)
            events.emit(.failed("step \(stepAtWork ?? progress.step): \(error is UnreadableFile ? "\(error)" : error.reason)"))
            return .failed
        }
    }

    // MARK: Steps

    private enum EpochEnd { case done, stopped, wentBack }

    /// The rest of the current epoch, or what ended it before.
    private func trainEpoch() throws -> EpochEnd {
        let pipeline = try batches.take(epoch: progress.epoch, after: progress.stepsInEpoch, experiment)
        defer { pipeline.cancel() }
        var isFirst = true
        while true {
            stepAtWork = progress.step + 1
            let (next, waited) = try clock.measure { try pipeline.next() }
            stepAtWork = nil
            guard let batch = next else { break }
            // Orders count between two steps of an epoch, and between two epochs when all of the first is over.
            if !isFirst, try !obeyOrders() { return .stopped }
            isFirst = false
            guard try step(batch, waited: waited) else { return .wentBack }
        }
        let next = progress.epoch + 1
        if next <= experiment.training.epochs { try batches.begin(epoch: next, experiment) }
        return .done
    }

    /// False where a number went wrong and the run went back to its checkpoint.
    private func step(_ batch: TrainingBatch, waited: Double) throws -> Bool {
        stepAtWork = progress.step + 1
        let alpha = plannedAlpha.value(at: runProgress)
        let planned = experiment.learningRate.value(atEpoch: fractionalEpoch, cuts: progress.plateau?.cuts ?? 0)
        let rate = planned * (progress.goneBack?.rateFactor ?? 1)
        let dropout = RandomStream(seed: experiment.seed, name: "dropout.\(progress.step)")
        let result: StepResult, computing: Double
        do {
            (result, computing) = try clock.measure { () throws(NumberFailure) in
                try learner.step(batch, alpha: alpha, rate: rate, dropout: dropout)
            }
        } catch {
            let goesOn = try recover(from: error, batch)
            stepAtWork = nil
            return goesOn
        }
        stepAtWork = nil
        let seconds = waited + computing
        progress.advance()
        progress.skipped = nil
        progress.stepSeconds += seconds
        progress.samples += batch.count
        events.emit(
            .step(
                StepRecord(
                    step: progress.step, epoch: progress.epoch, domain: batch.domains[0], values: result.values, samples: batch.count,
                    seconds: seconds, waitingSeconds: waited)))
        watchDiscriminator(result)
        events.tellWorked()
        return true
    }

    // MARK: Orders

    /// Carries out what was ordered since the last step and waits while paused. False where the run is to stop.
    private func obeyOrders() throws -> Bool {
        repeat {
            book.take(orders.takeOrders())
            while let decision = book.next(after: progress.step, in: experiment) {
                carryOut(decision)
                if decision.effect == .stop { return false }
            }
            try saver.saveWhereDue(progress, experiment)
            if isPaused { Thread.sleep(forTimeInterval: 0.05) }
        } while isPaused
        return true
    }

    private func carryOut(_ decision: OrderBook.Decision) {
        for record in decision.givenWay { events.emit(.order(record)) }
        switch decision.effect {
        case .nothing, .stop: break
        case .change(let changed): experiment = changed
        case .pause:
            events.tellWorked(atOnce: true)
            events.emit(.paused(step: progress.step))
        case .resume: events.emit(.resumed(step: progress.step))
        }
        progress.note(orders: decision.numbers)
        events.emit(decision.answer)
        if case .change = decision.effect, let text = try? experiment.toml() {
            events.emit(.replanned(step: progress.step, plan, experiment: text))
        }
    }

    /// Saves what is not saved; where that cannot be done, waits until it can or a stop comes.
    private func saveOrWait() throws {
        try saver.saveOrWait(progress, experiment) { [self] in
            book.take(orders.takeOrders())
            while let decision = book.nextWhileSaving(after: progress.step) {
                events.emit(decision.answer)
                if decision.effect == .stop { return true }
            }
            return false
        }
    }

    // MARK: Epochs

    /// Validation on both domains, the best and the last checkpoint; or the way back where the weights are no numbers.
    private func closeEpoch() throws {
        // Such weights would be validated, saved, and take the place of good ones.
        if let name = NumberFailure.brokenWeight(of: learner.store) {
            try recover(from: NumberFailure(place: .weights(parameter: name)))
            return
        }
        let (validation, seconds) = try clock.measure { try evaluator.validation(experiment) }
        var record = EpochRecord(
            epoch: progress.epoch, step: progress.step, scores: validation.map(\.scores), isBest: false, seconds: seconds)
        if let words = saver.checkBest(&progress) { events.tell(.warning, words) }
        record.isBest = progress.isBetter(record, by: experiment.training.selection, mainMetric)
        progress.epochsSinceBest = record.isBest ? 0 : progress.epochsSinceBest + 1
        if record.isBest { progress.best = record }
        progress.observe(record, experiment.learningRate, by: experiment.training.selection, mainMetric)
        events.emit(.epoch(record))
        events.emit(.answers(epoch: progress.epoch, validation.flatMap(\.answers)))
        var keeping = 0.0
        if record.isBest { keeping = try clock.measure { try saver.keepBest(experiment) }.seconds }
        tellOfFeatures()
        progress.epoch += 1
        progress.stepsInEpoch = 0
        try saver.save(progress, experiment, after: keeping)
    }

    /// Once, after the first epoch of this process.
    private func tellOfFeatures() {
        guard !hasToldOfFeatures, experiment.training.cacheFeatures, let features = evaluator.features else { return }
        hasToldOfFeatures = true
        let part = experiment.augmentation.changesPictures ? " of validation; training pictures are augmented, so theirs are not kept" : ""
        let size = "features of \(features.computed) clips are computed once and kept, \(features.bytes >> 10) KiB"
        events.tell(.info, "the video encoder is frozen: \(size)\(part)")
    }

    // MARK: Ends

    private func stop() throws -> RunOutcome {
        try saveOrWait()
        events.tellWorked(atOnce: true)
        events.emit(.stopped(step: progress.step))
        return .stopped
    }

    private func report() throws -> FinalReport {
        guard let best = progress.best else { throw LearningFailure(description: "no epoch was finished whose weights are there") }
        let test = try clock.measure { try evaluator.testScores(ofBest: folder.appendingPathComponent(RunFiles.best), experiment) }.value
        return FinalReport(
            bestEpoch: best.epoch, epochs: progress.epoch - 1, steps: progress.step, scores: best.scores + test, seconds: clock.worked,
            samplesPerSecond: Double(progress.samples) / max(progress.stepSeconds, 1e-9), selection: experiment.training.selection)
    }
}
