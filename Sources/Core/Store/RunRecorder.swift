import Base
import Foundation
import GRDB
import Logging
import Synchronization
import Records

/// Writes what a trainer tells into the store and the run's folder. `record` costs the trainer a lock and an append; a queue of its own
/// writes at most five times a second, in one transaction. Where the store cannot be written, training goes on, the records wait in
/// memory and the recorder says so; what still waits at the end goes into `unwritten.jsonl`.
public final class RunRecorder: Sendable {
    /// What everybody sees.
    private struct Shared {
        var waiting: Backlog
        var lastFailure: (any Error)?
    }

    /// What the queue alone works on.
    private struct Writing {
        /// The columns of its plan; nil until it has one.
        var layout: RunTableLayout?
        var tables: RunTables?
        /// The files lack something that the store has.
        var tablesLack = false
        var tablesFailed = false
        var lastStep: Int
        var lastHeartbeat = 0.0
        var nextWrite = 0.0
        var failingSince: Double?
        var toldFailures: Set<String> = []
        /// A write failed: nobody knows whether its records came to the disk before.
        var mayRepeat = false
        var nextCopy = 0.0
        var hasCopy = false
    }

    /// Seconds between two writes.
    static let interval = 0.2
    /// Seconds between two signs of life of a run that tells nothing.
    static let heartbeatInterval = 5.0
    /// Records of one transaction, so that other writers never wait for a backlog of hours.
    static let recordsAtOnce = RunStore.recordsAtOnce
    /// Records that wait in memory, some hundred MB; see `Backlog` for what goes beyond that.
    static let maximumWaiting = 400_000
    /// Seconds between two attempts while the store cannot be written, more where each waits long, and between two copies of what waits in the run's folder.
    static let retryInterval = 1.0, copyInterval = 5.0
    /// Bytes of the write-ahead log from which it is emptied, and from which records go to the store in fewer, larger transactions because
    /// someone who reads for long keeps it from being emptied.
    static let fullLog = 32 << 20, swollenLog = 128 << 20
    /// Seconds between two writes then.
    static let swollenInterval = 5.0

    private let store: RunStore
    private let run: Int64
    private let header: UnwrittenRecords.Header
    private let experiment: String?
    private let folder: URL
    private let notice: @Sendable (MessageLevel, String) -> Void
    private let queue = DispatchQueue(label: "emolab.recorder", qos: .utility)
    private let timer = RepeatingTimer()
    private let logger = Logger(label: "emolab.store")
    private let shared: Mutex<Shared>
    private let writing: Exclusive<Writing>

    /// - Parameters:
    ///   - run: as `RunStore.createRun` or `resumeRun` made it, in this process' hands.
    ///   - notice: told when the store cannot be written and when it can again, on a queue of the recorder; also logged.
    public convenience init(store: RunStore, run: RunSummary, notice: @escaping @Sendable (MessageLevel, String) -> Void = { _, _ in }) {
        self.init(store: store, run: run, maximumWaiting: RunRecorder.maximumWaiting, notice: notice)
    }

    init(store: RunStore, run: RunSummary, maximumWaiting: Int, notice: @escaping @Sendable (MessageLevel, String) -> Void = { _, _ in }) {
        self.store = store
        self.run = run.id
        self.notice = notice
        header = UnwrittenRecords.Header(run)
        folder = store.runFolder(of: run)
        let stored = try? store.run(run.id)
        experiment = stored?.experiment
        shared = Mutex(Shared(waiting: Backlog(maximum: maximumWaiting)))
        writing = Exclusive(Writing(layout: stored?.plan.map(RunTableLayout.init), lastStep: run.step))
        timer.start(every: Self.interval, after: Self.interval, on: queue) { [weak self] in self?.writeInTurn() }
    }

    /// Why the last write to the store failed, or nil where everything told so far is being written.
    public var failure: (any Error)? { shared.withLock(\.lastFailure) }

    /// Takes an event from the trainer's thread; never throws and never waits for the disk.
    public func record(_ event: TrainingEvent) {
        shared.withLock { $0.waiting.append(TimedEvent(time: Date().timeIntervalSince1970, event: event)) }
        if event.isUrgent { queue.async { [weak self] in self?.writeInTurn(isUrgent: true) } }
    }

    /// Writes everything told so far and waits until it is on the disk.
    /// - Throws: `StoreError` where it could not be written; the records stay in memory.
    public func flush() throws {
        onQueue { write(&$0) }
        if let failure { throw failure }
    }

    /// Makes everything told so far last: in the store, or where that cannot be written, in `unwritten.jsonl`, which resuming the run takes in.
    /// - Throws: `StoreError.takenOver`: the run's folder is another process' then, too; `FileFailure` where neither can be written.
    public func settle() throws {
        try onQueue { own in
            // A store that is locked is waited for: not at every checkpoint.
            if own.failingSince == nil || Self.uptime >= own.nextWrite { write(&own) }
            if let failure = failure as? StoreError, case .takenOver = failure { throw failure }
            if failure != nil { try copyWaiting(&own) }
        }
    }

    /// Writes what is left and ends. A run whose trainer told no end stays as it is and is seen as interrupted once the process has gone.
    /// - Throws: `StoreError.unwritten` where the store could not be written: it names the file that has the records.
    public func close() throws {
        timer.stop()
        do {
            try flush()
            // What the recorder itself has to say of a store that came back just now.
            try flush()
        } catch {
            throw onQueue { setAside(error, &$0) } ?? error
        }
        store.checkpoint()
    }

    // MARK: On the queue

    private static var uptime: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

    /// Works on the queue, and waits for it.
    private func onQueue<Value: Sendable>(_ body: (inout Writing) throws -> Value) rethrows -> Value {
        try queue.sync { try writing.use { try body(&$0) } }
    }

    private func writeInTurn(isUrgent: Bool = false) {
        writing.use { own in
            let now = Self.uptime
            guard now >= own.nextWrite || (isUrgent && own.failingSince == nil) else { return }
            write(&own)
            guard own.failingSince == nil else { return }
            let log = (try? store.logSize()) ?? 0
            if log > Self.fullLog { store.emptyLog() }
            own.nextWrite = log > Self.swollenLog ? now + Self.swollenInterval : 0
        }
    }

    private func write(_ own: inout Writing) {
        let records = shared.withLock { $0.waiting.takeAll() }
        let now = Date().timeIntervalSince1970, start = Self.uptime
        guard !records.isEmpty || start - own.lastHeartbeat >= Self.heartbeatInterval else { return }
        var done = 0
        do {
            repeat {
                if records[done...].first?.event.isEnd == true { flushTables(&own) }
                // A run's end is a transaction of its own, so that the tables are whole before the store says that it is over.
                let end = records[done...].dropFirst().firstIndex { $0.event.isEnd } ?? records.count
                let batch = records[done..<min(done + Self.recordsAtOnce, end)]
                let mayRepeat = own.mayRepeat
                var step = own.lastStep
                try store.write { db in
                    try db.execute(
                        sql: "UPDATE runs SET heartbeat = ? WHERE id = ? AND attempt = ?", arguments: [now, run, header.attempt])
                    if db.changesCount == 0 {
                        throw try store.summary(db, of: run) == nil ? StoreError.noSuchRun(run) : StoreError.takenOver(run)
                    }
                    if batch.isEmpty { return }
                    try RunWriter(db: db, run: run, mayRepeat: mayRepeat).write(batch, lastStep: &step)
                    try store.noteRunChange(db, run)
                }
                (own.lastStep, own.lastHeartbeat, own.mayRepeat, done) = (step, Self.uptime, false, batch.endIndex)
                writeTables(batch, &own)
            } while done < records.count
        } catch {
            let left = done == 0 ? records : Array(records[done...])
            shared.withLock { $0.waiting.putBack(left) }
            return fail(error, after: Self.uptime - start, &own)
        }
        succeed(&own)
    }

    private func flushTables(_ own: inout Writing) {
        do { try own.tables?.synchronise() } catch {
            (own.tables, own.tablesFailed) = (nil, true)
        }
    }

    /// The tables follow the store, so that a row is in a file at most once. Where they cannot be written, or somebody deleted them, they are
    /// made anew from the store later, and so they are where the plan has other columns: nothing is lost.
    private func writeTables(_ records: ArraySlice<TimedEvent>, _ own: inout Writing) {
        let before = own.layout
        if let plan = records.last(where: { $0.event.plan != nil })?.event.plan { own.layout = RunTableLayout(plan) }
        guard let layout = own.layout else {
            own.tablesLack = own.tablesLack || records.contains { $0.event.isRow }
            return
        }
        do {
            // Steps that were taken back are in the tables and not in the store any more.
            let isOutdated =
                own.tablesLack || own.tablesFailed || (before != nil && before != layout) || records.contains { $0.event.takesBack }
            let isMissing = !FileManager.default.fileExists(atPath: folder.path)
            if let tables = own.tables, tables.areInPlace, !isOutdated {
                try tables.append(records)
            } else if own.tables != nil || isMissing || isOutdated {
                own.tables = nil
                try RunFolder.make(folder, experiment: isMissing ? experiment : nil)
                try layout.write(to: folder, steps: store.steps(run: run), epochs: store.epochs(run: run))
                own.tables = try RunTables(folder, layout)
                if isMissing { say(.warning, "the folder of run \(run) was gone: its tables were made anew in \(folder.path)") }
            } else {
                own.tables = try RunTables(folder, layout)
                try own.tables?.append(records)
            }
            (own.tablesLack, own.tablesFailed) = (false, false)
        } catch {
            own.tables = nil
            if !own.tablesFailed {
                say(.warning, "the tables in \(folder.path) cannot be written and are made anew when that is possible: \(error.reason)")
            }
            own.tablesFailed = true
        }
    }

    private func fail(_ error: any Error, after seconds: Double, _ own: inout Writing) {
        shared.withLock { $0.lastFailure = error }
        own.mayRepeat = true
        let now = Self.uptime
        own.nextWrite = now + max(Self.retryInterval, 4 * seconds)
        if own.failingSince == nil { own.failingSince = now }
        if own.toldFailures.insert(error.reason).inserted {
            say(.error, "run \(run) goes on, and its records wait in memory: \(error.reason)")
        }
        // Whoever kills the process while it waits must not take the records with it.
        guard now >= own.nextCopy else { return }
        try? copyWaiting(&own)
        own.nextCopy = now + max(Self.copyInterval, 20 * (Self.uptime - now))
    }

    private func succeed(_ own: inout Writing) {
        shared.withLock { $0.lastFailure = nil }
        guard let since = own.failingSince else { return }
        (own.failingSince, own.nextWrite) = (nil, 0)
        own.toldFailures = []
        if own.hasCopy { try? DurableFile.remove(copy) }
        (own.hasCopy, own.nextCopy) = (false, 0)
        let dropped = shared.withLock { $0.waiting.takeDropped() }
        let words =
            "the store was not written for \(Int((Self.uptime - since).rounded(.up))) s and is again; "
            + (dropped.isEmpty ? "no record is lost" : "lost for want of memory: \(dropped.words)")
        say(dropped.isEmpty ? .info : .warning, words)
        record(.message(level: dropped.isEmpty ? .info : .warning, text: words))
    }

    /// In the log, and to whoever follows the trainer.
    private func say(_ level: MessageLevel, _ text: String) {
        switch level {
        case .error: logger.error("\(text)")
        case .warning: logger.warning("\(text)")
        case .info, .debug: logger.notice("\(text)")
        }
        notice(level, text)
    }

    // MARK: What the store does not take

    private var copy: URL { folder.appendingPathComponent(UnwrittenRecords.fileName) }

    private func copyWaiting(_ own: inout Writing) throws {
        let records = shared.withLock(\.waiting.records)
        guard !records.isEmpty else { return }
        try save(records, over: own.hasCopy)
        own.hasCopy = true
    }

    /// - Parameter isOurs: whether the file that is there is this recorder's.
    private func save(_ records: [TimedEvent], over isOurs: Bool) throws {
        // What an earlier attempt left and nobody took in is not ours to write over, nor what cannot be read.
        if !isOurs, DurableFile.isThere(copy) {
            let other = try? UnwrittenRecords.Reader(copy).header
            if other != header { try DurableFile.setAside(copy, as: other.map { "attempt-\($0.attempt)" } ?? "other") }
        }
        try UnwrittenRecords.write(records, of: header, to: copy)
    }

    /// Puts everything that waits into a file, in the run's folder or else the temporary one.
    /// - Returns: the error that says where, nil where nothing waits or no file could be written either.
    private func setAside(_ failure: any Error, _ own: inout Writing) -> StoreError? {
        let (records, dropped) = shared.withLock { ($0.waiting.records, $0.waiting.takeDropped()) }
        guard !records.isEmpty else { return nil }
        var reason = "\(failure)"
        if !dropped.isEmpty { reason += "; lost for want of memory: \(dropped.words)" }
        var file = copy
        do {
            try save(records, over: own.hasCopy)
        } catch {
            file = UnwrittenRecords.temporaryFile(for: header)
            do {
                try UnwrittenRecords.write(records, of: header, to: file)
            } catch {
                say(
                    .error,
                    "the last \(records.count) records of run \(run) are lost: \(failure); nor can they be put aside: \(error.reason)")
                return nil
            }
        }
        _ = shared.withLock { $0.waiting.takeAll() }
        return .unwritten(run, records: records.count, file: file.path, reason: reason)
    }
}

extension TrainingEvent {
    fileprivate var isEnd: Bool {
        switch self {
        case .finished, .stopped, .failed: true
        default: false
        }
    }

    /// The plan that it brings.
    fileprivate var plan: RunPlan? {
        switch self {
        case .started(let plan), .replanned(_, let plan, _): plan
        default: nil
        }
    }

    /// Whether the tables have a row of it.
    fileprivate var isRow: Bool {
        switch self {
        case .step, .epoch: true
        default: false
        }
    }

    /// The run went back to an earlier step.
    fileprivate var takesBack: Bool {
        if case .anomaly(let record) = self, case .wentBack = record.action { true } else { false }
    }

    /// What must not wait for the next turn of the timer.
    fileprivate var isUrgent: Bool {
        switch self {
        case .started, .epoch, .finished, .stopped, .failed, .paused, .resumed, .order, .replanned, .anomaly: true
        case .step, .answers, .checkpoint, .message, .worked: false
        }
    }
}
