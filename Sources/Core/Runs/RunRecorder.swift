import Foundation
import GRDB
import Logging
import Training

/// Writes what a trainer tells into the store and the run's folder. `record` costs the trainer a lock and an append; a queue of its own
/// writes at most five times a second, in one transaction. Where the store cannot be written, training goes on, the records wait in
/// memory and the recorder says so.
public final class RunRecorder: @unchecked Sendable {
    /// Seconds between two writes.
    static let interval = 0.2
    /// Seconds between two signs of life of a run that tells nothing.
    static let heartbeatInterval = 5.0
    /// A million steps are some hundred MB: beyond that the oldest steps go rather than the run.
    static let maximumWaiting = 1_000_000

    private let store: RunStore
    private let run: Int64
    private let folder: URL
    private let queue = DispatchQueue(label: "emolab.recorder", qos: .utility)
    private let timer: any DispatchSourceTimer
    private let logger = Logger(label: "emolab.store")

    private let lock = NSLock()
    /// Guarded by `lock`.
    private var waiting: [(time: Double, event: TrainingEvent)] = []
    private var lastFailure: (any Error)?
    private var dropped = 0

    /// Used on `queue` only.
    private var metrics: LineWriter?
    private var epochTable: LineWriter?
    private var metricsLines: [String] = []
    private var epochLines: [String] = []
    private var lastStep = 0
    private var lastHeartbeat = 0.0

    /// - Parameter run: as `RunStore.createRun` or `resumeRun` made it, in this process' hands.
    public init(store: RunStore, run: RunSummary) {
        self.store = store
        self.run = run.id
        folder = store.runFolder(of: run)
        lastStep = run.step
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval, leeway: .milliseconds(20))
        timer.setEventHandler { [weak self] in self?.write() }
        timer.resume()
    }

    deinit { timer.cancel() }

    /// Why the last write failed, or nil where everything told so far is being written.
    public var failure: (any Error)? { lock.withLock { lastFailure } }

    /// Takes an event from the trainer's thread; never throws and never waits for the disk.
    public func record(_ event: TrainingEvent) {
        let isUrgent = lock.withLock {
            waiting.append((Date().timeIntervalSince1970, event))
            if waiting.count > Self.maximumWaiting {
                let excess = waiting.count - Self.maximumWaiting
                waiting.removeFirst(excess)
                dropped += excess
            }
            return event.isUrgent
        }
        if isUrgent { queue.async { [weak self] in self?.write() } }
    }

    /// Writes everything told so far and waits until it is on its way to the disk.
    /// - Throws: `StoreError` where it could not be written; the records stay in memory.
    public func flush() throws {
        queue.sync { write() }
        if let failure { throw failure }
    }

    /// Writes what is left and ends. A run whose trainer told no end stays as it is and is seen as interrupted once the process has gone.
    public func close() throws {
        timer.cancel()
        try flush()
        store.checkpoint()
    }

    // MARK: On the queue

    private func write() {
        let events = lock.withLock {
            let events = waiting
            waiting.removeAll()
            return events
        }
        let now = Date().timeIntervalSince1970
        guard !events.isEmpty || now - lastHeartbeat >= Self.heartbeatInterval else { return }
        do {
            try store.write { db in
                try db.execute(sql: "UPDATE runs SET heartbeat = ? WHERE id = ?", arguments: [now, run])
                guard db.changesCount > 0 else { throw StoreError.noSuchRun(run) }
                if !events.isEmpty {
                    try RunWriter(db: db, run: run).write(events, lastStep: &lastStep)
                    try store.noteRunChange(db, run)
                }
            }
            lastHeartbeat = now
        } catch {
            // Put back in front of what came meanwhile.
            lock.withLock { waiting.insert(contentsOf: events, at: 0) }
            return fail(error)
        }
        do {
            try writeTables(events.map(\.event))
            succeed()
        } catch {
            fail(error)
        }
    }

    /// The tables follow the store, so that a row is in a file at most once; lines of a file that cannot be written wait.
    private func writeTables(_ events: [TrainingEvent]) throws {
        for event in events {
            switch event {
            case .anomaly(let anomaly):
                guard case .wentBack = anomaly.action else { continue }
                // The store has all of it by now, and no more than that: what follows in `events` too.
                try rewriteTables()
                return
            case .step(let step): metricsLines.append(RunFolder.line(step))
            case .epoch(let epoch): epochLines += RunFolder.lines(epoch)
            default: break
            }
        }
        if metrics == nil { metrics = try LineWriter(folder.appendingPathComponent(RunFolder.metricsFile), header: RunFolder.metricsHeader) }
        if epochTable == nil { epochTable = try LineWriter(folder.appendingPathComponent(RunFolder.epochsFile), header: RunFolder.epochsHeader) }
        try metrics?.append(metricsLines)
        metricsLines.removeAll(keepingCapacity: true)
        try epochTable?.append(epochLines)
        epochLines.removeAll(keepingCapacity: true)
    }

    private func rewriteTables() throws {
        (metrics, epochTable) = (nil, nil)
        try RunFolder.rewriteTables(folder, steps: store.steps(run: run), epochs: store.epochs(run: run))
        metricsLines.removeAll()
        epochLines.removeAll()
    }

    private func fail(_ error: any Error) {
        let isNew = lock.withLock {
            let isNew = lastFailure == nil
            lastFailure = error
            return isNew
        }
        if isNew { logger.error("run \(run): records wait in memory: \(error)") }
    }

    private func succeed() {
        let (wasFailing, lost) = lock.withLock {
            let state = (lastFailure != nil, dropped)
            lastFailure = nil
            dropped = 0
            return state
        }
        guard wasFailing else { return }
        logger.notice("run \(run): the store is written again\(lost > 0 ? "; \(lost) of the oldest records are lost" : "")")
    }
}

extension TrainingEvent {
    /// What must not wait for the next turn of the timer.
    fileprivate var isUrgent: Bool {
        switch self {
        case .started, .epoch, .finished, .stopped, .failed, .paused, .resumed, .order, .replanned, .anomaly: true
        case .step, .predictions, .checkpoint, .message: false
        }
    }
}
