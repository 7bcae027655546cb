// A run without a screen: a line an epoch for people, a JSON object an event for programs, signals become orders.
import ArgumentParser
import Base
import Corpora
import Dispatch
import Foundation
import Inputs
import Records
import Runs
import Store
import Synchronization
import Training
import Viz

/// Trains `experiment` headless and prints how it goes; ends with the final scores.
struct Headless {
    var store: RunStore
    var json: Bool
    /// Bytes of prepared clips in memory; nil for a quarter of it.
    var clipMemory: Int? = nil

    /// - Returns: the run's number and how it ended.
    /// - Throws: what preparing or beginning the run throws.
    @discardableResult
    func train(_ experiment: Experiment, parent: Int64? = nil, isPaused: Bool = false) throws -> (run: Int64, outcome: RunOutcome) {
        outliveReaders()
        let material = try prepareWithProgress(experiment, like: nil, store: store, clipMemory: clipMemory)
        let printer = EventPrinter(json: json)
        return try train(RunSession(material, store: store, parent: parent, isPaused: isPaused) { printer.print($0) }, printer)
    }

    /// Goes on with a run that ended, from its last checkpoint.
    /// - Parameters:
    ///   - changes: overrides of keys that may change then.
    ///   - isPaused: it begins paused.
    /// - Throws: `StoreError.cannotResume` and others, before the run is touched.
    func resume(_ run: Int64, changes: [String], isPaused: Bool = false) throws -> (run: Int64, outcome: RunOutcome) {
        outliveReaders()
        let point: ResumePoint
        do { point = try store.resumePoint(run: run, changes: changes) } catch let error as ExperimentError where !changes.isEmpty {
            throw CommandFailure("\(error)".printable, code: 2)
        }
        let material = try refusing(run) {
            try prepareWithProgress(point.experiment, like: point.preparation, store: store, clipMemory: clipMemory)
        }
        let printer = EventPrinter(json: json)
        return try train(
            RunSession(resuming: run, from: point, material, changes: changes, isPaused: isPaused, store: store) { printer.print($0) },
            printer)
    }

    /// Whoever reads what is printed may go away; the run is for the store. Its first events are printed while it is made.
    private func outliveReaders() { signal(SIGPIPE, SIG_IGN) }

    /// A run whose clips cannot be prepared as they were does not go on.
    private func refusing<Value>(_ run: Int64, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as PreparationMismatch { throw StoreError.cannotResume(run, reason: "\(error)") }
    }

    private func train(_ session: RunSession, _ printer: EventPrinter) throws -> (run: Int64, outcome: RunOutcome) {
        printer.begin(session.run)
        let stopper = Interruption.stopping(session)
        defer { stopper.remove() }
        let outcome = try TrainingQueue.run { try session.train() }
        return (session.run.id, outcome)
    }
}

extension RunPlan {
    /// `source 40 + 10 clips, target 30 + 8`: those that train and those that validate.
    var clipWords: String {
        func count(_ part: Part) -> Int { samples[part] ?? 0 }
        let hasTarget = count(.targetTraining) + count(.targetValidation) > 0
        return "source \(count(.sourceTraining)) + \(count(.sourceValidation)) clips, "
            + (hasTarget ? "target \(count(.targetTraining)) + \(count(.targetValidation))" : "no target")
    }
}

/// Prepares an experiment's clips with a line of progress per corpus.
/// - Parameter run: how the clips of the run that they are for were prepared; nil for a run that begins.
func prepareWithProgress(
    _ experiment: Experiment, like run: EffectivePreparation?, store: RunStore, clipMemory: Int? = nil, withSound: Bool? = nil,
    shouldStop: @Sendable () -> Bool = { false }
) throws -> RunMaterial {
    let lines = Mutex<[String: ProgressLine]>([:])
    let cache = ClipCache(limit: try CacheOptions.parse([]).limit())
    let material = try RunMaterial(
        experiment, like: run, store: store, cache: cache, memoryLimit: clipMemory, withSound: withSound, shouldStop: shouldStop,
        progress: { corpus, progress in
            let line = lines.withLock { lines in
                if let line = lines[corpus] { return line }
                let line = ProgressLine("preparing \(corpus.printable)")
                lines[corpus] = line
                return line
            }
            line.update(done: progress.done, of: progress.total, rate: progress.rate, failed: progress.damaged)
            if progress.done == progress.total { line.finish() }
        })
    return material
}

/// The queue that training runs on: a thread of Dispatch's beside a screen, the caller's own where nothing is left to do on that.
enum TrainingQueue {
    static let queue = DispatchQueue(label: "emolab.training", qos: .userInitiated)

    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        try queue.sync { try body() }
    }
}

extension Interruption {
    /// Asks the run to stop and save, also where the store cannot be written. One that cannot be saved and waits gives that up at the next signal,
    /// and says what is lost.
    static func stopping(_ session: RunSession, signals: [Int32] = [SIGINT, SIGTERM, SIGHUP]) -> Interruption {
        Interruption("stopping after this step and saving; once more ends at once", signals: signals) { number in
            if let error = session.stop(by: "signal \(number)") { standardError("emolab: \(error)") }
        } onNext: { _ in
            session.giveUpSaving()
        }
    }
}

/// Prints events: JSON lines, or one line an epoch and whatever needs words. The last JSON line holds the final scores of each part.
final class EventPrinter: Sendable {
    private let json: Bool
    private let run = Mutex<Int64>(0)
    private let pace = Mutex(Pace())

    /// What the time left is estimated from.
    private struct Pace {
        var plan: RunPlan?
        var steps: [StepRecord] = []
        var epochs: [EpochRecord] = []

        var secondsLeft: Double? { plan.flatMap { TimeLeft.seconds($0, recent: steps, closed: epochs) } }

        mutating func take(_ event: TrainingEvent) {
            switch event {
            case .started(let plan), .replanned(_, let plan, _): self.plan = plan
            case .step(let step): steps = steps.suffix(TimeLeft.steps - 1) + [step]
            case .epoch(let epoch): epochs = epochs.suffix(TimeLeft.epochs - 1) + [epoch]
            case .checkpoint(let save):
                if save.kind == .last, let last = epochs.indices.last, epochs[last].step == save.step {
                    epochs[last].savingSeconds = save.seconds
                }
            default: break
            }
        }
    }

    init(json: Bool) { self.json = json }

    func begin(_ summary: RunSummary) {
        run.withLock { $0 = summary.id }
        if !json { emolab.print("run \(summary.id)  \(summary.name.printable)  seed \(summary.seed)") }
    }

    func print(_ event: TrainingEvent) {
        pace.withLock { $0.take(event) }
        if json { printLine(event) } else { printText(event) }
    }

    /// One line of JSON; what an event does not have is left out.
    private struct Line: Encodable {
        var event: String
        var run: Int64
        var plan: RunPlan?
        var epoch: EpochRecord?
        var anomaly: AnomalyRecord?
        var level: MessageLevel?
        var text: String?
        var step: Int?
        var bestEpoch, epochs, steps: Int?
        var seconds, samplesPerSecond, secondsLeft: Double?
        /// What chose the best epoch.
        var selection: Selection?
        /// Of the parts that validate, and of the test parts where the split has them.
        var scores: [PartScores]?
    }

    private func printLine(_ event: TrainingEvent) {
        let run = run.withLock(\.self)
        var line: Line
        switch event {
        case .started(let plan): line = Line(event: "started", run: run, plan: plan)
        case .epoch(let epoch):
            line = Line(event: "epoch", run: run, epoch: epoch)
            line.secondsLeft = pace.withLock(\.secondsLeft)
        case .message(let level, let text): line = Line(event: "message", run: run, level: level, text: text)
        case .anomaly(let anomaly): line = Line(event: "anomaly", run: run, anomaly: anomaly, text: anomaly.words, step: anomaly.step)
        case .order(let order): line = Line(event: "order", run: run, text: order.text, step: order.step)
        case .stopped(let step): line = Line(event: "stopped", run: run, step: step)
        case .failed(let reason): line = Line(event: "failed", run: run, text: reason)
        case .finished(let report):
            line = Line(
                event: "finished", run: run, bestEpoch: report.bestEpoch, epochs: report.epochs, steps: report.steps,
                seconds: report.seconds, samplesPerSecond: report.samplesPerSecond, selection: report.selection, scores: report.scores)
        case .step, .answers, .checkpoint, .replanned, .worked, .paused, .resumed: return
        }
        // Lost output is no reason to end a run, since the store has everything. The command says at its end that some was lost.
        try? printJSON(line)
    }

    private func printText(_ event: TrainingEvent) {
        switch event {
        case .started(let plan):
            emolab.print(
                "\(plan.clipWords), split \(plan.split), \(counted(plan.steps, "step")), \(counted(plan.trainableParameters, "parameter"))"
                    + (plan.targetLabelUse.map { "; \($0)" } ?? ""))
        case .epoch(let epoch):
            let plan = pace.withLock(\.plan)
            emolab.print(
                "epoch \(epoch.epoch)" + (plan.map { epoch.words($0) } ?? "")
                    + (pace.withLock(\.secondsLeft).map { "   \(Numbers.clock($0)) left" } ?? "") + (epoch.isBest ? "   best" : ""))
        case .message(let level, let text): standardError("\(level.rawValue): \(text.printable)")
        case .anomaly(let anomaly): standardError("warning: \(anomaly.words)")
        case .order(let order): emolab.print("order \(order.id) at step \(order.step): \(order.text.printable)")
        case .stopped(let step): emolab.print("stopped after step \(step), saved")
        case .failed(let reason): standardError("emolab: the run failed: \(reason.printable)")
        case .finished(let report):
            emolab.print("done in \(Int(report.seconds)) s, \(String(format: "%.1f", report.samplesPerSecond)) clips/s")
            if let plan = pace.withLock(\.plan) { for line in report.lines(plan) { emolab.print(line) } }
        case .step, .answers, .checkpoint, .replanned, .worked, .paused, .resumed: break
        }
        StandardOutput.flush()
    }
}
