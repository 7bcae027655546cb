// Trains an experiment on prepared clips: steps, validation, checkpoints, orders. All it tells is `TrainingEvent`s.
import Base
import Dispatch
import Foundation
import Networks
import Synchronization
import TensorFiles
import Tensors

public enum RunOutcome: String, Sendable { case finished, stopped, failed }

/// One run. `run()` works on the caller's queue until the run is over; only batches are made on another.
public final class Trainer {
    var experiment: Experiment
    let data: RunData
    let orders: any OrderSource
    let folder: URL
    let emit: (TrainingEvent) -> Void
    let keeper: CheckpointKeeper

    let job: TrainingJob
    let learner: Learner
    let planner: EpochPlanner
    private let targetTraining: any ClipFeed
    /// What the sound of `data` is normalised by, where that is more than each clip.
    let statistics: SoundStatistics?
    /// Of a frozen video encoder.
    private let features: FeatureCache?
    var progress = RunProgress()
    public internal(set) var isPaused: Bool
    /// Where the first weights came from, and what was found on the way.
    var startMessages: [(level: MessageLevel, text: String)] = []
    /// Orders that the run carried out after the checkpoint that it goes on from, in order.
    var replays: [AppliedOrder] = []
    /// Every change that the run has carried out, in this process or an earlier one.
    var carriedOut: [AppliedOrder] = []
    /// The experiment or the best weights are not those of the checkpoint any more.
    var mustSaveFirst = false
    /// Of `replays`, those whose key was changed at the resume; told when the change is saved.
    var givenWay: [OrderRecord] = []
    let isWaiting = Mutex(false)
    private var hasToldOfFeatures = false
    let clock: RunClock
    /// What was told last of the seconds that the run was worked on.
    private var toldWorked: Double
    /// The step that is being taken; nil between two steps.
    private(set) var stepAtWork: Int?
    /// The next epoch's batches, which are made while this one is validated.
    private var upcoming: (epoch: Int, batches: BoundedPipeline<TrainingBatch>)?

    /// Builds the network. With `resuming`, weights, progress and experiment come from the folder's newest whole checkpoint.
    /// - Parameters:
    ///   - changes: overrides of what may change when a run goes on (`ExperimentKey.Effect`); only with `resuming`.
    ///   - replaying: every order that the run has carried out; those after the checkpoint are carried out again, each at its step.
    ///   - worked: seconds that earlier processes worked on the run.
    ///   - isPaused: begins paused, and waits for an order.
    ///   - settle: makes the events so far last; called before a checkpoint that is past them takes its place.
    /// - Throws: `ExperimentError`, `RunDataError`, `CheckpointError`, `FileFailure`, or what reading the checkpoint throws.
    public convenience init(
        experiment: Experiment, systems: SystemLibrary, data: RunData, orders: any OrderSource, folder: URL, resuming: Bool = false, changes: [String] = [],
        replaying: [AppliedOrder] = [], worked: Double = 0, isPaused: Bool = false, settle: @escaping () throws -> Void = {},
        emit: @escaping (TrainingEvent) -> Void
    ) throws {
        let keeper = CheckpointKeeper(folder: folder, settle: settle) { emit(.message(level: $0, text: $1)) }
        try self.init(
            experiment: experiment, systems: systems, data: data, orders: orders, folder: folder, resuming: resuming, changes: changes,
            replaying: replaying, keeper: keeper, clock: RunClock(worked: worked), isPaused: isPaused, emit: emit)
    }

    init(
        experiment: Experiment, systems: SystemLibrary, data: RunData, orders: any OrderSource, folder: URL, resuming: Bool, changes: [String], replaying: [AppliedOrder],
        keeper: CheckpointKeeper, clock: RunClock = RunClock(), isPaused: Bool = false, emit: @escaping (TrainingEvent) -> Void
    ) throws {
        try experiment.validate()
        try data.check(for: experiment)
        self.experiment = experiment
        self.orders = orders
        self.folder = folder
        self.keeper = keeper
        self.clock = clock
        toldWorked = clock.worked
        self.isPaused = isPaused
        self.emit = emit
        let adaptation = experiment.adaptation
        var resumedFrom: Checkpoint?
        if resuming {
            let (checkpoint, damage) = try Checkpoint.newest(of: folder, by: keeper.files)
            let resumed = try checkpoint.experiment.resuming(with: changes)
            // Another experiment's checkpoint would train another network than the one that was asked for.
            let others = try resumed.differences(from: experiment).filter { ExperimentKey.named($0.key)?.effect == .newRun }
            if let first = others.first {
                throw CheckpointError.otherRun(
                    path: folder.appendingPathComponent(RunFiles.last).path, detail: "its \(first.key) is \(first.to), not \(first.from)")
            }
            if let difference = checkpoint.preparation.difference(to: data.preparation) {
                throw CheckpointError.otherRun(
                    path: folder.appendingPathComponent(RunFiles.last).path, detail: "the clips are prepared otherwise than it had them: \(difference)")
            }
            job = try systems.job(for: resumed)
            learner = try Learner(job, resumed, classes: data.labels.count)
            try checkpoint.restore(learner)
            try keeper.resume(from: checkpoint, isPrevious: damage != nil)
            progress = checkpoint.progress
            self.experiment = resumed
            statistics = checkpoint.statistics
            if let damage { startMessages.append((.warning, "\(damage): the run goes on from the checkpoint before it, after step \(progress.step)")) }
            carriedOut = replaying.sorted { $0.id < $1.id }
            replays = carriedOut.filter { !checkpoint.progress.holds($0) }
            let words = try resumed.differenceWords(from: checkpoint.experiment)
            if !words.isEmpty {
                startMessages.append((.info, "resumed with " + words))
                mustSaveFirst = true
            }
            resumedFrom = checkpoint
        } else {
            job = try systems.job(for: experiment)
            let start = try StartingWeights(job, of: systems, experiment, labels: data.labels, preparation: data.preparation, start: data.start)
            learner = try Learner(job, experiment, classes: data.labels.count, source: start.value)
            startMessages = try start.finish().map { (.info, $0) } + start.warnings.map { (.warning, $0) }
            statistics = try SoundStatistics(experiment, data)
        }
        let data = data.normalised(by: statistics)
        self.data = data
        let hasFrozenStage = job.frozenStage?.isFrozen(in: learner.store) ?? false
        features = hasFrozenStage ? FeatureCache(keeps: experiment.training.cacheFeatures) : nil
        var chosen: [Int] = []
        if experiment.adapts, let names = progress.subset.map(Set.init) {
            chosen = data.targetTraining.items.indices.filter { names.contains(data.targetTraining.items[$0].name) }
        } else if experiment.adapts {
            chosen = try adaptation.subset.indices(
                of: data.targetTraining, share: adaptation.subsetShare, seed: experiment.seed, opinions: data.opinions, experiment: experiment,
                preparation: data.preparation)
            if adaptation.subset.asksModel { progress.subset = chosen.map { data.targetTraining.items[$0].name } }
        }
        // There is nothing to learn from a clip whose label is read where it has none.
        if learner.objective.labelAccess == .both { chosen = chosen.filter { data.targetTraining.items[$0].label != nil } }
        targetTraining = SubsetFeed(base: data.targetTraining, indices: chosen)
        planner = EpochPlanner(
            sourceLabels: data.sourceTraining.items.map { $0.label ?? -1 }, targetClips: chosen.count, batch: experiment.training.batch,
            batches: adaptation.batches, sampling: experiment.training.sampling, seed: experiment.seed)
        if let resumedFrom { try takeUp(resumedFrom) }
    }

    /// Trains until the last epoch, the end of patience, a stop order or a failure. The last event says which.
    public func run() -> RunOutcome {
        defer { upcoming?.batches.cancel() }
        do {
            try open()
            while true {
                guard try obeyOrders() else { return try stop() }
                guard progress.epoch <= experiment.training.epochs else { break }
                if progress.isPatienceSpent(experiment.training.patience) {
                    tell(.info, "no better epoch in \(experiment.training.patience): the run ends early")
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
            keeper.finish()
            tellWorked(atOnce: true)
            emit(.finished(report))
            return .finished
        } catch {
            tellWorked(atOnce: true)
            emit(.failed("step \(stepAtWork ?? progress.step): \(error is UnreadableFile ? "\(error)" : error.reason)"))
            return .failed
        }
    }

    // MARK: Plan

    /// What the run is about to do, before it does it.
    public var plan: RunPlan {
        let rate = experiment.learningRate, lastEpoch = Double(totalSteps - 1) / Double(planner.steps)
        return RunPlan(
            stepsPerEpoch: planner.steps, epochs: experiment.training.epochs, batchSize: experiment.training.batch, labels: data.labels,
            sourceTraining: data.sourceTraining.items.count, sourceValidation: data.sourceValidation.items.count,
            targetTraining: targetTraining.items.count, targetValidation: data.targetValidation.items.count, split: data.split,
            splitHash: data.splitHash, plannedAlpha: plannedAlpha.sampled(201),
            plannedLearningRate: (0...200).map { rate.value(atEpoch: Double($0) / 200 * lastEpoch) }, parameters: learner.store.count,
            trainableParameters: learner.store.trainableCount, targetLabelUse: experiment.targetLabelUse, preparation: data.preparation)
    }

    var plannedAlpha: AlphaSchedule { learner.objective.adapts ? experiment.alpha : AlphaSchedule(kind: .off) }
    private var totalSteps: Int { planner.steps * experiment.training.epochs }
    /// Share of the run that is done before the next step: 0 at the first, 1 at the last.
    private var runProgress: Double { Double(progress.step) / Double(max(totalSteps - 1, 1)) }
    private var fractionalEpoch: Double { Double(progress.epoch - 1) + Double(progress.stepsInEpoch) / Double(planner.steps) }

    private func open() throws {
        try keeper.open(experiment)
        emit(.started(plan))
        for message in startMessages { tell(message.level, message.text) }
        if mustSaveFirst { try save() }
        for record in givenWay { emit(.order(record)) }
        if let statistics { tell(.info, statistics.words) }
        for warning in job.warnings { tell(.warning, warning) }
        if experiment.training.precision == .bf16Mixed, !Libraries.hasBFloat16 {
            tell(.warning, "this processor does not multiply bfloat16 by itself: bf16-mixed saves memory here and costs time")
        }
        if experiment.adapts, experiment.adaptation.subset.usesLabels {
            tell(.warning, "the target subset is stratified by class: target labels were used to choose the clips, not to train on them")
        }
        if experiment.adapts, experiment.adaptation.subset.asksModel {
            tell(.info, "\(targetTraining.items.count) target clips are chosen by \(experiment.adaptation.subset.rawValue) of \(data.opinions?.path ?? experiment.adaptation.subsetModel)")
        }
        if learner.objective.labelAccess == .both {
            tell(.warning, "the run learns from target labels (oracle): its scores are an upper bound of what adaptation could reach")
        }
        let selection = experiment.training.selection
        if selection == .oracle {
            tell(.warning, "the checkpoint is chosen on target labels (oracle): its target score is no honest estimate")
        } else if selection.needsTarget {
            tell(.info, "the checkpoint is chosen by \(selection.words)")
        }
        // Where a number goes wrong before the first epoch is over, there must be something to go back to.
        if progress.step == 0, !keeper.hasCheckpoint { try save() }
        if isPaused {
            tell(.info, "the run begins paused: an order to resume lets it go on")
            emit(.paused(step: progress.step))
        }
    }

    // MARK: Steps

    func dropUpcoming() {
        upcoming?.batches.cancel()
        upcoming = nil
    }

    private enum EpochEnd { case done, stopped, wentBack }

    /// The rest of the current epoch, or what ended it before.
    private func trainEpoch() throws -> EpochEnd {
        let pipeline: BoundedPipeline<TrainingBatch>
        if let upcoming, upcoming.epoch == progress.epoch, progress.stepsInEpoch == 0 {
            pipeline = upcoming.batches
        } else {
            pipeline = try batches(ofEpoch: progress.epoch, after: progress.stepsInEpoch)
        }
        upcoming = nil
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
        if next <= experiment.training.epochs { upcoming = (next, try batches(ofEpoch: next, after: 0)) }
        return .done
    }

    /// False where a number went wrong and the run went back to its checkpoint.
    private func step(_ batch: TrainingBatch, waited: Double) throws -> Bool {
        stepAtWork = progress.step + 1
        let alpha = plannedAlpha.value(at: runProgress)
        let rate = experiment.learningRate.value(atEpoch: fractionalEpoch, cuts: progress.plateau?.cuts ?? 0) * (progress.goneBack?.rateFactor ?? 1)
        let dropout = RandomStream(seed: experiment.seed, name: "dropout.\(progress.step)")
        let result: StepResult, computing: Double
        do {
            (result, computing) = try clock.measure { () throws(NumberFailure) in try learner.step(batch, alpha: alpha, rate: rate, dropout: dropout) }
        } catch {
            let goesOn = try recover(from: error, batch)
            stepAtWork = nil
            return goesOn
        }
        stepAtWork = nil
        let seconds = waited + computing
        progress.step += 1
        progress.stepsInEpoch += 1
        progress.ordersSinceStep = []
        progress.skipped = nil
        progress.stepSeconds += seconds
        progress.clips += batch.count
        emit(
            .step(
                StepRecord(
                    step: progress.step, epoch: progress.epoch, domain: batch.domains[0], classLoss: result.classLoss,
                    domainLoss: result.domainLoss, classAccuracy: result.classAccuracy, domainAccuracy: result.domainAccuracy,
                    alpha: alpha, learningRate: rate, gradientNorm: result.gradientNorm, clips: batch.count, seconds: seconds,
                    waitingSeconds: waited)))
        watchDiscriminator(result)
        tellWorked()
        return true
    }

    /// Tells how long the run was worked on, once a second unless at once.
    func tellWorked(atOnce: Bool = false) {
        let worked = clock.worked
        guard worked - toldWorked >= (atOnce ? 1e-6 : 1) else { return }
        toldWorked = worked
        emit(.worked(seconds: worked))
    }

    /// A step's clips, each with how often the epoch had it before: a target that is smaller than the source is gone through again.
    private struct NumberedPlan: Sendable {
        var epoch: Int
        var source, target: [(clip: Int, pass: Int)]
    }

    private func batches(ofEpoch epoch: Int, after steps: Int) throws -> BoundedPipeline<TrainingBatch> {
        BoundedPipeline(Array(numbered(planner.plan(epoch: epoch), epoch: epoch).dropFirst(steps)), make: try trainingBatches())
    }

    private func numbered(_ plans: [BatchPlan], epoch: Int) -> [NumberedPlan] {
        var seen: [Domain: [Int: Int]] = [:]
        func numbered(_ clips: [Int], _ domain: Domain) -> [(clip: Int, pass: Int)] {
            clips.map { clip in
                let pass = seen[domain, default: [:]][clip, default: 0]
                seen[domain, default: [:]][clip] = pass + 1
                return (clip, pass)
            }
        }
        return plans.map {
            NumberedPlan(epoch: epoch, source: numbered($0.source, .source), target: numbered($0.target, .target))
        }
    }

    /// What is drawn for a clip hangs on seed, epoch and its name, not on the batch or thread that it is made in.
    private func trainingBatches() throws -> @Sendable (NumberedPlan) throws -> TrainingBatch {
        let (source, target, seed) = (data.sourceTraining, targetTraining, experiment.seed)
        let augmentation = try Augmentation(experiment.augmentation, inputs: experiment.inputs, modalities: experiment.model.modalities)
        let batcher = Batcher(
            inputs: experiment.inputs, model: experiment.model, preparation: data.preparation,
            features: experiment.augmentation.changesPictures ? nil : features)
        return { plan in
            let chosen = plan.source.map { (source, $0, Domain.source) } + plan.target.map { (target, $0, Domain.target) }
            return try batcher.assemble(
                chosen.map { feed, place, domain in
                    let item = feed.items[place.clip]
                    let stream = RandomStream(seed: seed, name: "augment.\(plan.epoch).\(domain.rawValue).\(item.name).\(place.pass)")
                    return (item, domain, try augmentation.apply(to: try feed.load(place.clip), stream))
                })
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
        let (validation, seconds) = try clock.measure { try validate() }
        let (source, target, targetScores) = validation
        var record = EpochRecord(
            epoch: progress.epoch, step: progress.step, source: source.scores, target: target?.scores, isBest: false, seconds: seconds,
            targetScores: targetScores)
        if let best = progress.best, !keeper.hasBest { forgetBest(best) }
        record.isBest = progress.isBetter(record, by: experiment.training.selection)
        progress.epochsSinceBest = record.isBest ? 0 : progress.epochsSinceBest + 1
        if record.isBest { progress.best = record }
        progress.observe(record, experiment.learningRate, by: experiment.training.selection)
        emit(.epoch(record))
        emit(.predictions(epoch: progress.epoch, source.predictions + (target?.predictions ?? [])))
        var keeping = 0.0
        if record.isBest {
            keeping = try clock.measure {
                keeper.keepBest(
                    try Checkpoint.weights(
                        of: learner, labels: data.labels, experiment: experiment, preparation: data.preparation, statistics: statistics))
            }.seconds
        }
        tellOfFeatures()
        progress.epoch += 1
        progress.stepsInEpoch = 0
        try save(after: keeping)
    }

    private func validate() throws -> (source: Evaluation, target: Evaluation?, scores: TargetScores?) {
        let source = try evaluate(data.sourceValidation, .source)
        let target = data.targetValidation.items.isEmpty ? nil : try evaluate(data.targetValidation, .target)
        return (source, target, target.map { TargetScores(source: source, target: $0) })
    }

    private func evaluate(_ feed: any ClipFeed, _ domain: Domain) throws -> Evaluation {
        var tally = EvaluationTally(domain: domain, classes: data.labels.count)
        try FeedBatches(feed, domain, for: experiment, data.preparation, features: features).forEach { batch in
            let context = learner.inference()
            let output = learner.network(learner.input(of: batch), context)
            tally.add(
                batch, logits: output.logits, features: output.embeddings[job.mainEmbedding], domainLogits: learner.objective.domainLogits(output, context))
            tellWorked()
        }
        return tally.result
    }

    /// Once, after the first epoch of this process.
    private func tellOfFeatures() {
        guard !hasToldOfFeatures, experiment.training.cacheFeatures, let features else { return }
        hasToldOfFeatures = true
        let part = experiment.augmentation.changesPictures ? " of validation; training pictures are augmented, so theirs are not kept" : ""
        tell(.info, "the video encoder is frozen: features of \(features.computed) clips are computed once and kept, \(features.bytes >> 10) KiB\(part)")
    }

    // MARK: Ends

    private func stop() throws -> RunOutcome {
        try saveOrWait()
        tellWorked(atOnce: true)
        emit(.stopped(step: progress.step))
        return .stopped
    }

    private func report() throws -> FinalReport {
        guard let best = progress.best else { throw LearningFailure(description: "no epoch was finished whose weights are there") }
        let test = try clock.measure { try testScores() }.value
        return FinalReport(
            bestEpoch: best.epoch, epochs: progress.epoch - 1, steps: progress.step, source: best.source, target: best.target,
            sourceTest: test.source, targetTest: test.target, seconds: clock.worked,
            clipsPerSecond: Double(progress.clips) / max(progress.stepSeconds, 1e-9), selection: experiment.training.selection)
    }

    /// Scores of the best weights on the test parts. The last weights are in the checkpoint by now and are not needed any more.
    private func testScores() throws -> (source: DomainScores?, target: DomainScores?) {
        guard !(data.sourceTest.items.isEmpty && data.targetTest.items.isEmpty) else { return (nil, nil) }
        let best = try Safetensors(contentsOf: folder.appendingPathComponent(RunFiles.best))
        try learner.store.load(best.weights)
        return (
            data.sourceTest.items.isEmpty ? nil : try evaluate(data.sourceTest, .source).scores,
            data.targetTest.items.isEmpty ? nil : try evaluate(data.targetTest, .target).scores
        )
    }

    func tell(_ level: MessageLevel, _ text: String) { emit(.message(level: level, text: text)) }
}
