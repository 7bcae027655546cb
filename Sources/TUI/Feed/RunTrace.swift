// What is read of one run and kept: its curves, epochs and events. The next look adds what came since.
import Foundation
import Records
import Store

struct RunTrace {
    let id: Int64
    private(set) var summary: RunSummary
    private(set) var plan: RunPlan?
    private var experimentText: String
    /// Reads settings; nil where nobody asks for them.
    private let experiments: (any ExperimentReader)?
    /// As `RunSettings.all` has them: the experiment as it stands, and how its clips were prepared. Empty where the experiment cannot be read.
    private(set) var settings: [String: String] = [:]
    private(set) var curves: StepCurves
    /// The newest steps, for rates.
    private(set) var recent: [StepRecord] = []
    private(set) var epochs: [EpochRecord] = []
    /// Oldest first.
    private(set) var events: [StoredEvent] = []
    /// The run's revision up to which everything was read.
    private var revision = -1

    /// Steps read at once, and how long one look may read before the screen gets what there is, seconds.
    private static let page = 10_000, patience = 0.15
    static let recentSteps = 64
    /// A run of many months has more messages than anyone scrolls through.
    private static let mostEvents = 2000

    /// - Throws: `StoreError`. Nil where the run is gone.
    init?(_ store: RunStore, run id: Int64, experiments: (any ExperimentReader)? = nil) throws {
        guard let stored = try store.run(id) else { return nil }
        self.id = id
        summary = stored.summary
        plan = stored.plan
        experimentText = stored.experiment
        curves = StepCurves()
        self.experiments = experiments
        settings = readSettings()
    }

    /// True while there are steps left that this look had no time for.
    var isReading: Bool { revision != summary.revision }

    /// Adds what came since; true where anything did. Nil where the run is gone or was begun again, and has to be read anew.
    mutating func update(_ store: RunStore) throws -> Bool? {
        guard let now = try store.summary(of: id), now.history == summary.history else { return nil }
        let isChanged = now != summary
        summary = now
        guard revision != now.revision else { return isChanged }
        let start = DispatchTime.now().uptimeNanoseconds
        while true {
            let steps = try store.steps(run: id, after: curves.last?.step ?? 0, limit: Self.page)
            curves.take(steps)
            recent = Array((recent + steps.suffix(Self.recentSteps)).suffix(Self.recentSteps))
            if steps.count < Self.page { break }
            if Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 > Self.patience { return true }
        }
        // What saving took comes after the epoch itself.
        let known = epochs.last.map { $0.savingSeconds == nil ? $0.epoch - 1 : $0.epoch } ?? 0
        epochs = try epochs.filter { $0.epoch <= known } + store.epochs(run: id, after: known)
        let told = try store.events(run: id, after: events.last?.id ?? 0)
        events += told
        // The start, a resume and an order that change the plan are told.
        if plan == nil || !told.isEmpty { try readPlan(store) }
        if events.count > Self.mostEvents { events.removeFirst(events.count - Self.mostEvents) }
        revision = now.revision
        return true
    }

    private mutating func readPlan(_ store: RunStore) throws {
        guard let stored = try store.run(id) else { return }
        let isOtherPreparation = plan?.preparation != stored.plan?.preparation
        plan = stored.plan
        guard stored.experiment != experimentText || isOtherPreparation else { return }
        experimentText = stored.experiment
        settings = readSettings()
    }

    private func readSettings() -> [String: String] {
        (try? experiments?.read(experimentText)).map { RunSettings.all($0.settings, plan?.preparation) } ?? [:]
    }
}
