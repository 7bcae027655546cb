// A run without a screen: a line an epoch for people, a JSON object an event for programs, signals become orders.
import ArgumentParser
import Corpora
import Dispatch
import Foundation
import Runs
import Synchronization
import Training

/// Trains `experiment` headless and prints how it goes; ends with the final scores.
struct Headless {
    var store: RunStore
    var json: Bool

    /// - Returns: the run's number and how it ended.
    /// - Throws: what preparing or beginning the run throws.
    @discardableResult
    func train(_ experiment: Experiment) throws -> (run: Int64, outcome: RunOutcome) {
        let material = try prepareWithProgress(experiment, store: store)
        let printer = EventPrinter(json: json)
        let session = try RunSession(material, store: store) { printer.print($0) }
        printer.begin(session.run)
        let stopper = SignalStopper(store: store, run: session.run.id)
        defer { stopper.remove() }
        let outcome = try TrainingQueue.run { try session.train() }
        return (session.run.id, outcome)
    }
}

/// Prepares an experiment's clips with a line of progress per corpus.
func prepareWithProgress(_ experiment: Experiment, store: RunStore) throws -> RunMaterial {
    let lines = Mutex<[String: ProgressLine]>([:])
    let material = try RunMaterial(experiment, store: store) { corpus, progress in
        let line = lines.withLock { lines in
            if let line = lines[corpus] { return line }
            let line = ProgressLine("preparing \(corpus.printable)")
            lines[corpus] = line
            return line
        }
        line.update(done: progress.done, of: progress.total)
        if progress.done == progress.total { line.finish() }
    }
    return material
}

/// The queue that training runs on: a thread of its own with room for deep graphs, away from the main thread.
enum TrainingQueue {
    static let queue = DispatchQueue(label: "emolab.training", qos: .userInitiated)

    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        try queue.sync { try body() }
    }
}

/// SIGINT, SIGTERM and SIGHUP ask the run to stop and save; a second one ends the process at once.
final class SignalStopper {
    private var sources: [any DispatchSourceSignal] = []

    init(store: RunStore, run: Int64) {
        let queue = DispatchQueue(label: "emolab.signals")
        let asked = Asked()
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if asked.again() { exit(128 + number) }
                standardError("emolab: stopping after this step and saving; once more ends at once")
                do {
                    try store.issue(.stop, run: run, by: "signal \(number)")
                } catch {
                    standardError("emolab: \(error)")
                    exit(1)
                }
            }
            source.resume()
            sources.append(source)
        }
    }

    func remove() {
        for source in sources { source.cancel() }
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
    }

    /// Used on the signal queue only.
    private final class Asked: @unchecked Sendable {
        private var asked = false
        func again() -> Bool {
            defer { asked = true }
            return asked
        }
    }
}

/// Prints events: JSON lines, or one line an epoch and whatever needs words. The last JSON line holds `source` and `target`.
final class EventPrinter: Sendable {
    private let json: Bool
    private let run = Mutex<Int64>(0)

    init(json: Bool) { self.json = json }

    func begin(_ summary: RunSummary) {
        run.withLock { $0 = summary.id }
        if !json { print("run \(summary.id)  \(summary.name.printable)  seed \(summary.seed)") }
    }

    func print(_ event: TrainingEvent) {
        if json { printLine(event) } else { printText(event) }
    }

    private struct Started: Encodable { var event = "started", run: Int64, plan: RunPlan }
    private struct Epoch: Encodable { var event = "epoch", run: Int64, epoch: EpochRecord }
    private struct Message: Encodable { var event = "message", level: MessageLevel, text: String }
    private struct Ended: Encodable { var event: String, run: Int64, step: Int?, reason: String? }
    private struct Finished: Encodable {
        var event = "finished", run: Int64, bestEpoch: Int, epochs: Int, steps: Int, seconds: Double, clipsPerSecond: Double
        var source: DomainScores
        var target: DomainScores?
    }

    private func printLine(_ event: TrainingEvent) {
        let run = run.withLock(\.self)
        switch event {
        case .started(let plan): try? printJSON(Started(run: run, plan: plan))
        case .epoch(let epoch): try? printJSON(Epoch(run: run, epoch: epoch))
        case .message(let level, let text): try? printJSON(Message(level: level, text: text))
        case .order(let order): try? printJSON(Message(level: .info, text: "order \(order.id) at step \(order.step): \(order.text)"))
        case .stopped(let step): try? printJSON(Ended(event: "stopped", run: run, step: step))
        case .failed(let reason): try? printJSON(Ended(event: "failed", run: run, reason: reason))
        case .finished(let report):
            try? printJSON(
                Finished(
                    run: run, bestEpoch: report.bestEpoch, epochs: report.epochs, steps: report.steps, seconds: report.seconds,
                    clipsPerSecond: report.clipsPerSecond, source: report.source, target: report.target))
        case .step, .predictions, .checkpoint, .paused, .resumed: break
        }
    }

    private func printText(_ event: TrainingEvent) {
        switch event {
        case .started(let plan):
            Swift.print(
                "source \(plan.sourceTraining) + \(plan.sourceValidation) clips, target \(plan.targetTraining) + \(plan.targetValidation), "
                    + "split \(plan.split), \(plan.steps) steps, \(plan.trainableParameters) parameters")
        case .epoch(let epoch):
            let target = epoch.target.map { "   target loss \(score($0.loss)) accuracy \(score($0.accuracy))" } ?? ""
            Swift.print(
                "epoch \(epoch.epoch)   source loss \(score(epoch.source.loss)) accuracy \(score(epoch.source.accuracy))\(target)"
                    + (epoch.isBest ? "   best" : ""))
        case .message(let level, let text): standardError("\(level.rawValue): \(text.printable)")
        case .order(let order): Swift.print("order \(order.id) at step \(order.step): \(order.text.printable)")
        case .stopped(let step): Swift.print("stopped after step \(step), saved")
        case .failed(let reason): standardError("emolab: the run failed: \(reason.printable)")
        case .finished(let report):
            let gap = report.target.map { "   target \(score($0.accuracy))   gap \(score(report.source.accuracy - $0.accuracy))" } ?? ""
            Swift.print(
                "done in \(Int(report.seconds)) s, \(String(format: "%.1f", report.clipsPerSecond)) clips/s; best epoch \(report.bestEpoch): "
                    + "source \(score(report.source.accuracy))\(gap)")
        case .step, .predictions, .checkpoint, .paused, .resumed: break
        }
        fflush(stdout)
    }
}
