// From the store's rows to the run that all panes show: keeps what it has read and asks only for what came since.
import Foundation
import Records
import Store

struct RunReader {
    /// Which predictions the clips table shows.
    struct Shown: Equatable {
        var run: Int64
        /// As `RunSummary.history`: an epoch that was taken back and done again says other things.
        var history: Int
        var epoch: Int
        var task: LearningTask
    }

    private var chosen: Int64?
    private var list = RunListReader()
    private var trace: RunTrace?
    private var view = TrainView()
    private var isFirst = true
    /// The run that the screen was told of last.
    private var told: Int64?
    private static let noticedMemory = 64 << 20

    init(chosen: Int64?) { self.chosen = chosen }

    mutating func choose(_ run: Int64) { chosen = run }

    var shownRun: Int64? { view.run?.id }

    /// True where the last look left something unread: the next comes without waiting for a change.
    var isReading: Bool { list.isReading || trace?.isReading ?? false }

    var predictions: Shown? {
        guard let run = view.run, let trace, let plan = view.plan, let epoch = view.epochs.last?.epoch else { return nil }
        return Shown(
            run: run.id, history: trace.summary.history, epoch: epoch, task: plan.task)
    }

    /// The models that changed.
    /// - Parameter isListDue: look also at what no counter tells: whether processes live, and what memory they take.
    mutating func read(_ store: RunStore, changed: Bool, isListDue: Bool) throws -> [any PaneModel] {
        var models: [any PaneModel] = []
        var isChanged = isFirst
        isFirst = false
        if let runs = try list.read(store, changed: changed, isDue: isListDue) {
            models.append(runs)
            view.runs = runs.rows.map { TrainView.Run(id: $0.id, title: $0.title, state: $0.state) }
            isChanged = true
        }
        if let wanted = wanted() {
            if trace?.id != wanted { try begin(store, wanted) }
            var isNew = try trace?.update(store)
            if isNew == nil {
                // Begun again, or gone.
                try begin(store, wanted)
                isNew = try trace?.update(store) ?? true
            }
            if isNew == true { describe() }
            isChanged = isNew ?? false || isChanged
        } else if trace != nil || view.run != nil {
            trace = nil
            clear()
            isChanged = true
        }
        if isListDue, let summary = trace?.summary {
            let memory = ProcessMemory.resident(of: summary)
            // A process' memory breathes; the screen need not.
            if abs((memory ?? 0) - (view.memory ?? 0)) > Self.noticedMemory || (memory == nil) != (view.memory == nil) {
                view.memory = memory
                isChanged = true
            }
        }
        let isChosen = view.run != nil && chosen == view.run?.id
        if isChosen != view.isChosen {
            view.isChosen = isChosen
            isChanged = true
        }
        if isChanged { models.append(view) }
        if let notice = loss() { models.append(notice) }
        return models
    }

    /// Says that the shown run is gone, and what is shown in its place.
    private mutating func loss() -> Notice? {
        defer { told = view.run?.id ?? told }
        guard let told, told != view.run?.id, !list.isReading, list.row(told) == nil else { return nil }
        guard let run = view.run?.id else {
            self.told = nil
            return Notice(text: "run \(told) was deleted; there is no other run")
        }
        return Notice(text: "run \(told) was deleted; run \(run) is shown")
    }

    /// The store could not be read: everything is told anew once it can.
    mutating func forget() {
        isFirst = true
        list.forget()
    }

    /// The run that was asked for, else the newest that goes on, else the newest.
    private func wanted() -> Int64? {
        if let chosen, list.row(chosen) != nil || list.isReading { return chosen }
        return list.rows.first { $0.state.isLive }?.id ?? list.rows.first?.id
    }

    private mutating func begin(_ store: RunStore, _ id: Int64) throws {
        trace = try RunTrace(store, run: id)
        clear()
    }

    private mutating func clear() {
        let runs = view.runs
        view = TrainView()
        view.runs = runs
    }

    private mutating func describe() {
        guard let trace else { return }
        let summary = trace.summary
        view.run = TrainView.Run(id: summary.id, title: RunRow(summary).title, state: TrainView.State(summary))
        if let index = view.runs.firstIndex(where: { $0.id == summary.id }), let run = view.run, view.runs[index] != run {
            view.runs[index] = run
        }
        view.plan = trace.plan
        view.source = trace.plan?.source ?? ""
        view.target = trace.plan.flatMap { $0.adaptation == nil ? nil : $0.target } ?? ""
        view.curves = trace.curves
        view.steps = trace.recent
        view.epochs = trace.epochs
        // What is told without a step, such as a resume, came in the epoch of what was told before it.
        var epoch = 0
        view.events = trace.events.map { stored in
            if let step = stored.step, let plan = trace.plan, plan.stepsPerEpoch > 0 {
                epoch = step > 0 ? (step - 1) / plan.stepsPerEpoch + 1 : 0
            }
            return event(stored, epoch)
        }.reversed()
    }

    private func event(_ stored: StoredEvent, _ epoch: Int) -> TrainView.Event {
        let kind: TrainView.Event.Kind =
            switch (stored.kind, stored.level) {
            case (.anomaly, .warning): .anomaly
            case (_, .error): .error
            case (_, .warning): .warning
            case (.order, _): .order
            case (.started, _): .start
            case (.checkpoint, _): stored.text.hasPrefix(CheckpointRecord.Kind.best.rawValue) ? .best : .checkpoint
            default: .state
            }
        return TrainView.Event(epoch: epoch, step: stored.step, time: LocalTime.clock(stored.time), kind: kind, text: stored.text)
    }
}

/// Memory of a run's process, where it is one of this machine.
enum ProcessMemory {
    /// Bytes that are in memory now; nil for a run that is over or elsewhere.
    static func resident(of run: RunSummary) -> Int? {
        guard run.state.isLive, let pid = run.pid, run.host == ProcessIdentity.current.host else { return nil }
        // proc(5): size and resident pages.
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8) else { return nil }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? Int(fields[1]).map { $0 * Int(getpagesize()) } : nil
    }
}
