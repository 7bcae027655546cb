// From the store's rows to the Train pane's model; keeps what it has read and asks only for what came since.
import Foundation
import Runs
import Training

struct RunReader {
    /// Which predictions the clips table shows.
    struct Shown: Equatable {
        var run: Int64
        var epoch: Int
        var labels: [String]
        var source: String
        var target: String
    }

    private var chosen: Int64?
    private var view = TrainView()
    private var attempt = 0
    private var revision = -1
    private var lastEvent: Int64 = 0

    init(chosen: Int64?) { self.chosen = chosen }

    mutating func choose(_ run: Int64) { chosen = run }

    var shownRun: Int64? { view.run?.id }

    var predictions: Shown? {
        guard let run = view.run, let plan = view.plan, let epoch = view.epochs.last?.epoch else { return nil }
        return Shown(run: run.id, epoch: epoch, labels: plan.labels, source: view.source, target: view.target)
    }

    /// The model where anything of it changed.
    /// - Parameter withList: read the list of runs too, not only the one that is shown.
    mutating func read(_ store: RunStore, withList: Bool) throws -> TrainView? {
        var changed = false
        if withList {
            let runs = try store.runs().map(RunReader.run)
            changed = runs != view.runs || view.failure != nil
            view.runs = runs
            view.failure = nil
        }
        let wanted = chosen.flatMap { id in view.runs.first { $0.id == id } } ?? view.runs.first { $0.state.isLive } ?? view.runs.first
        guard let wanted, let stored = try store.run(wanted.id) else {
            if view.run != nil {
                let runs = view.runs
                view = TrainView()
                view.runs = runs
                changed = true
            }
            return changed || withList && view.runs.isEmpty && revision == -1 ? view : nil
        }
        if view.run?.id != stored.id || attempt != stored.summary.attempt {
            let runs = view.runs
            view = TrainView()
            view.runs = runs
            attempt = stored.summary.attempt
            revision = -1
            lastEvent = 0
            describe(stored.experiment)
        }
        let run = RunReader.run(stored.summary)
        if run != view.run {
            view.run = run
            if let index = view.runs.firstIndex(where: { $0.id == run.id }) { view.runs[index] = run }
            changed = true
        }
        guard stored.summary.revision != revision else { return changed ? view : nil }
        revision = stored.summary.revision
        view.plan = stored.plan
        view.steps += try store.steps(run: run.id, after: view.step)
        view.epochs += try store.epochs(run: run.id, after: view.epochs.last?.epoch ?? 0)
        let events = try store.events(run: run.id, after: lastEvent)
        lastEvent = events.last?.id ?? lastEvent
        view.events = events.reversed().map(event) + view.events
        return view
    }

    private mutating func describe(_ experiment: String) {
        guard let experiment = try? Experiment.parse(experiment) else { return }
        view.source = experiment.data.source
        view.target = experiment.adapts ? experiment.data.target : ""
        view.alphaSchedule = experiment.alpha.kind.rawValue
        let rate = experiment.learningRate
        view.learningRateSchedule =
            rate.kind == .cosineWarmRestarts
            ? "cosine, restarts \(experiment.optimiser.restartEpochs) ×\(experiment.optimiser.restartFactor)" : rate.kind.rawValue
    }

    static func run(_ summary: RunSummary) -> TrainView.Run {
        let state: TrainView.State =
            switch summary.state {
            case .running: summary.step == 0 ? .waiting : .training
            case .paused: .paused
            case .stopped: .stopped
            case .finished: .finished
            case .failed: .failed(summary.reason ?? "no reason was stored")
            case .interrupted: .lost
            }
        return TrainView.Run(id: summary.id, title: "\(summary.name), seed \(summary.seed)", state: state)
    }

    private func event(_ stored: StoredEvent) -> TrainView.Event {
        let kind: TrainView.Event.Kind =
            switch (stored.kind, stored.level) {
            case (_, .error): .error
            case (_, .warning): .warning
            case (.order, _): .order
            case (.checkpoint, _): stored.text.hasPrefix(CheckpointRecord.Kind.best.rawValue) ? .best : .checkpoint
            default: .state
            }
        var epoch = 0
        if let step = stored.step, step > 0, let plan = view.plan, plan.stepsPerEpoch > 0 { epoch = (step - 1) / plan.stepsPerEpoch + 1 }
        return TrainView.Event(epoch: epoch, time: RunReader.clock(stored.time), kind: kind, text: stored.text)
    }

    /// The time of day where the user is.
    static func clock(_ date: Date) -> String { clock(date.timeIntervalSince1970) }

    /// - Parameter time: seconds since 1970.
    static func clock(_ time: Double) -> String {
        var seconds = time_t(max(0, min(time, 4e9)))
        var local = tm()
        localtime_r(&seconds, &local)
        return [local.tm_hour, local.tm_min, local.tm_sec].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}
