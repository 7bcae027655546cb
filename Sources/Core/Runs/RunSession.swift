import Base
import Dispatch
import Foundation
import Inputs
import Records
import Store
import Synchronization
import Systems
import Training

/// One run with its store around it: made, trained, recorded. What `train`, `demo` and the workbench share.
public final class RunSession: Sendable {
    /// The trainer is the session's until `train()` takes it, which has it alone from then on.
    private enum Phase {
        case ready(Trainer)
        case training
        case ended(isPaused: Bool)
    }

    public let run: RunSummary
    public let store: RunStore
    private let recorder: RunRecorder
    private let phase: Mutex<Phase>
    private let wait: SavingWait
    private let orders: StoreOrders

    /// Makes the run's row and folder; the run is in this process' hands from here on. The first event of a child says how it differs from its
    /// parent. One that begins paused waits for an order.
    /// - Parameter observer: sees every event after the recorder, on the trainer's queue; must return at once.
    /// - Throws: `StoreError`, and what `Trainer.init` throws (the run is then recorded as failed).
    public convenience init(
        _ material: RunMaterial, store: RunStore, parent: Int64? = nil, isPaused: Bool = false,
        observer: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
    ) throws {
        let experiment = material.experiment
        let words = try parent.map { try store.childWords(of: $0, experiment, material.data.preparation) }
        let run = try store.createRun(
            name: experiment.name, experiment: experiment.toml(), seed: experiment.seed, parent: parent, system: experiment.system,
            selection: experiment.training.selection, provenance: .current)
        try self.init(
            material, run, store: store, isResuming: false, isPaused: isPaused, changes: [], first: words.map { [$0] } ?? [],
            observer: observer)
    }

    /// Takes a run that ended into this process' hands, to go on from its last checkpoint.
    /// - Parameters:
    ///   - material: of ``ResumePoint/experiment``.
    ///   - changes: the overrides that the point was read with.
    ///   - isPaused: it begins paused.
    /// - Throws: `StoreError.cannotResume` where its clips are no longer split or prepared as they were; else as for a new run.
    public convenience init(
        resuming id: Int64, from point: ResumePoint, _ material: RunMaterial, changes: [String] = [], isPaused: Bool = false,
        store: RunStore,
        observer: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
    ) throws {
        if let before = try store.run(id)?.plan?.splitHash, before != material.data.splitHash {
            throw StoreError.cannotResume(
                id,
                reason:
                    "its clips are split otherwise now (\(before), now \(material.data.splitHash)): the corpora changed. A child run begins anew"
            )
        }
        if let difference = point.preparation.difference(to: material.data.preparation) {
            throw StoreError.cannotResume(id, reason: "its clips are prepared otherwise now: \(difference). A child run begins anew")
        }
        let words = try store.wordsOnOpenOrders(run: id)
        let before = try store.summary(of: id)?.provenance.attempts.last
        let run = try store.resumeRun(id, after: point.step, experiment: point.experiment.toml(), provenance: .current)
        try self.init(
            material, run, store: store, isResuming: true, isPaused: isPaused, changes: changes,
            first: ["goes on from its checkpoint after step \(point.step)"] + words,
            warnings: Provenance.current.warning(after: before).map { [$0] } ?? [],
            observer: observer)
    }

    private init(
        _ material: RunMaterial, _ run: RunSummary, store: RunStore, isResuming: Bool, isPaused: Bool, changes: [String], first: [String],
        warnings: [String] = [], observer: @escaping @Sendable (TrainingEvent) -> Void
    ) throws {
        self.run = run
        self.store = store
        let recorder = RunRecorder(store: store, run: run) { observer(.message(level: $0, text: $1)) }
        let observers = Observers(recorder: recorder, observer: observer)
        self.recorder = recorder
        let orders = StoreOrders(store: store, run: run.id, attempt: run.attempt)
        self.orders = orders
        for words in first { observers.tell(.message(level: .info, text: words)) }
        do {
            try store.recordSamples(material.samples, run: run.id)
            let trainer = try Trainer(
                experiment: material.experiment, systems: Systems.all, data: material.data, orders: orders,
                folder: store.runFolder(of: run), resuming: isResuming,
                changes: changes, replaying: isResuming ? store.appliedOrders(run: run.id) : [],
                worked: run.worked, isPaused: isPaused, settle: { try recorder.settle() }
            ) { observers.tell($0) }
            wait = trainer.wait
            phase = Mutex(.ready(trainer))
        } catch {
            recorder.record(.failed(error is UnreadableFile ? "\(error)" : error.reason))
            try? recorder.close()
            throw error
        }
        for warning in warnings + material.warnings + material.trainingWarnings { observers.tell(.message(level: .warning, text: warning)) }
    }

    /// Asks the run to stop and save, through the store like everybody, or past it where it cannot be written.
    /// - Returns: why it was not through the store.
    @discardableResult
    public func stop(by issuer: String) -> (any Error)? {
        do {
            try store.issue(.stop, run: run.id, by: issuer)
            return nil
        } catch {
            orders.give(.stop)
            return error
        }
    }

    /// Ends a run that waits at its end for a file that can be written.
    /// - Returns: false where it does not wait.
    public func giveUpSaving() -> Bool {
        guard wait.isWaiting else { return false }
        orders.give(.stop)
        return true
    }

    /// Whether the run was paused when it ended. Ask when `train` has returned.
    public var endedPaused: Bool { phase.withLock { if case .ended(let isPaused) = $0 { isPaused } else { false } } }

    /// Trains to the end on the caller's queue, once. Returns when everything is written.
    /// - Throws: `StoreError` where the last records could not be written; the outcome is then in the run's folder only.
    public func train() throws -> RunOutcome {
        let ready = phase.withLock { phase -> sending Trainer? in
            guard case .ready(let trainer) = phase else { return nil }
            phase = .training
            return trainer
        }
        guard let trainer = ready else { preconditionFailure("a session trains its run once") }
        let outcome = trainer.run(), isPaused = trainer.isPaused
        phase.withLock { $0 = .ended(isPaused: isPaused) }
        try recorder.close()
        return outcome
    }
}

extension RunStore {
    /// `child of run 37: lora.rank 8 → 4, …`
    fileprivate func childWords(of parent: Int64, _ experiment: Experiment, _ preparation: EffectivePreparation) throws -> String {
        guard let stored = try run(parent) else { throw StoreError.noSuchRun(parent) }
        guard let before = try? Experiment.parse(stored.experiment) else { return "child of run \(parent)" }
        let recorded = try? stored.plan?.preparation.map { try EffectivePreparation($0) }
        let words = [try experiment.differenceWords(from: before), recorded?.difference(to: preparation) ?? ""]
            .filter { !$0.isEmpty }.joined(separator: ", ")
        return "child of run \(parent): " + (words.isEmpty ? "nothing differs" : words)
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
