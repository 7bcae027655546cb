import Dispatch
import Foundation
import Training

/// One run with its store around it: made, trained, recorded. What `train`, `demo` and the workbench share.
public final class RunSession: @unchecked Sendable {
    // @unchecked: everything is set in `init`; the trainer is touched by `train()` only, which a second caller cannot enter.
    public let run: RunSummary
    public let store: RunStore
    private let recorder: RunRecorder
    private let trainer: Trainer
    private let observers: Observers
    private let entry = NSLock()

    /// Makes the run's row and folder; the run is in this process' hands from here on.
    /// - Parameter observer: sees every event after the recorder, on the trainer's queue; must return at once.
    /// - Throws: `StoreError`, and what `Trainer.init` throws (the run is then recorded as failed).
    public init(
        _ material: RunMaterial, store: RunStore, parent: Int64? = nil, observer: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
    ) throws {
        let experiment = material.experiment
        run = try store.createRun(name: experiment.name, experiment: experiment.toml(), seed: experiment.seed, parent: parent)
        self.store = store
        let recorder = RunRecorder(store: store, run: run)
        let observers = Observers(recorder: recorder, observer: observer)
        self.recorder = recorder
        self.observers = observers
        do {
            for (domain, split) in material.splits { try store.recordSplit(split, of: domain, run: run.id) }
            trainer = try Trainer(
                experiment: experiment, data: material.data, orders: StoreOrders(store: store, run: run.id), folder: store.runFolder(of: run)
            ) { observers.tell($0) }
        } catch {
            recorder.record(.failed("\(error)"))
            try? recorder.close()
            throw error
        }
        for warning in material.warnings { observers.tell(.message(level: .warning, text: warning)) }
    }

    /// Trains to the end on the caller's queue. Returns when everything is written.
    /// - Throws: `StoreError` where the last records could not be written; the outcome is then in the run's folder only.
    public func train() throws -> RunOutcome {
        entry.lock()
        defer { entry.unlock() }
        let outcome = trainer.run()
        try recorder.close()
        return outcome
    }
}

/// Where events go: first to the store, then to whoever listens.
private final class Observers: Sendable {
    private let recorder: RunRecorder
    private let observer: @Sendable (TrainingEvent) -> Void

    init(recorder: RunRecorder, observer: @escaping @Sendable (TrainingEvent) -> Void) {
        self.recorder = recorder
        self.observer = observer
    }

    func tell(_ event: TrainingEvent) {
        recorder.record(event)
        observer(event)
    }
}
