import Base
import Dispatch
import Foundation
import GRDB
import Synchronization
import Records

extension RunStore {
    /// Asks a run that goes on for something; its trainer reads it between two steps, in whichever process it is.
    /// - Returns: the order's number. - Throws: `StoreError.runNotLive`, `.noSuchRun`.
    @discardableResult
    public func issue(_ order: Order, run id: Int64, by issuer: String? = nil) throws -> Int64 {
        let here = ProcessIdentity.current
        return try write { db in
            guard let run = try summary(db, of: id) else { throw StoreError.noSuchRun(id) }
            guard run.state.isLive else { throw StoreError.runNotLive(id, state: run.state) }
            try db.execute(
                sql: "INSERT INTO orders (run, command, issued_by, issued) VALUES (?, ?, ?, ?)",
                arguments: [
                    id, try JSON.text(order), issuer ?? "pid \(here.pid) on \(here.host)", Date().timeIntervalSince1970,
                ])
            let number = db.lastInsertedRowID
            try noteRunChange(db, id)
            return number
        }
    }

    /// Orders not yet applied, oldest first.
    public func pendingOrders(run id: Int64) throws -> [StoredOrder] {
        try orders(run: id, condition: "AND state IN ('pending', 'taken')")
    }

    /// Every order ever given to a run, oldest first.
    public func orders(run id: Int64) throws -> [StoredOrder] { try orders(run: id, condition: "") }

    /// Waits until an order is applied, refused or lapsed.
    /// - Returns: nil where none of it happened within `seconds`. - Throws: `StoreError`.
    public func answer(to order: Int64, run id: Int64, within seconds: Double) throws -> StoredOrder? {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let isLive = try summary(of: id)?.state.isLive == true
            let found = try orders(run: id, condition: "AND id = \(order)").first
            if let found, found.state != .pending, found.state != .taken { return found }
            // Of a run that died without a word nobody answers any more.
            if !isLive {
                guard var found else { return nil }
                found.state = .lapsed
                return found
            }
            guard ContinuousClock.now < deadline else { return nil }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    private func orders(run id: Int64, condition: String) throws -> [StoredOrder] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT id, run, command, issued_by, issued, state, step, text FROM orders WHERE run = ? \(condition) ORDER BY id",
                arguments: [id]
            ).map { row in
                StoredOrder(
                    id: row["id"], run: row["run"], order: try JSON.value(row["command"]), issuedBy: row["issued_by"],
                    issued: Date(timeIntervalSince1970: row["issued"]), state: OrderState(rawValue: row["state"]) ?? .lapsed,
                    step: row["step"], text: row["text"])
            }
        }
    }

    /// Marks a run's pending orders as taken and returns them, oldest first; no two callers ever get the same order.
    /// - Parameters:
    ///   - attempt: of the run that the caller trains; where another process resumed it since, its orders are not the caller's.
    ///   - last: also those taken with greater numbers, for a caller that took them and was told of an error: they never came to it.
    func takeOrders(run id: Int64, attempt: Int? = nil, lostAfter last: Int64? = nil) throws -> [PendingOrder] {
        let isWaiting =
            try last != nil
            || read { db in
                try Bool.fetchOne(
                    db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM orders WHERE run = ? AND state = 'pending')"), arguments: [id])
                    ?? false
            }
        guard isWaiting else { return [] }
        return try write { db in
            if let attempt, try Int.fetchOne(db, sql: "SELECT attempt FROM runs WHERE id = ?", arguments: [id]) != attempt { return [] }
            let orders = try Row.fetchAll(
                db, sql: "SELECT id, command FROM orders WHERE run = ? AND (state = 'pending' OR (state = 'taken' AND id > ?)) ORDER BY id",
                arguments: [id, last ?? .max]
            ).map { PendingOrder(id: $0["id"], order: try JSON.value($0["command"])) }
            try db.execute(
                sql: "UPDATE orders SET state = 'taken', taken = ? WHERE run = ? AND state = 'pending'",
                arguments: [Date().timeIntervalSince1970, id])
            try noteRunChange(db, id)
            return orders
        }
    }

    /// Orders that a process which ended never carried out: changes wait again, what was meant for that process lapses.
    func reopenOrders(run id: Int64, _ db: Database) throws {
        let open = try Row.fetchAll(
            db, sql: "SELECT id, command FROM orders WHERE run = ? AND state IN ('pending', 'taken')", arguments: [id])
        for row in open {
            let order: Order = try JSON.value(row["command"])
            try db.execute(
                sql: "UPDATE orders SET state = ?, taken = NULL WHERE id = ?",
                arguments: [(order.outlivesItsProcess ? OrderState.pending : .lapsed).rawValue, row["id"] as Int64])
        }
    }

    /// The changes that a run has carried out.
    package func appliedOrders(run id: Int64) throws -> [AppliedOrder] {
        try orders(run: id, condition: "AND state = 'applied'").compactMap { order in
            guard case .set(let key, let value) = order.order, let step = order.step else { return nil }
            return AppliedOrder(id: order.id, step: step, key: key, value: value)
        }
    }

    /// What becomes of a dead process' orders when its run goes on, in words.
    package func wordsOnOpenOrders(run id: Int64) throws -> [String] {
        try pendingOrders(run: id).map { order in
            order.order.outlivesItsProcess
                ? "order \(order.id) (\(order.order.words)) was not carried out before the run ended, and is now"
                : "order \(order.id) (\(order.order.words)) was not carried out before the run ended, and lapses"
        }
    }

    func noteRunChange(_ db: Database, _ id: Int64) throws {
        try db.execute(sql: "UPDATE runs SET revision = revision + 1 WHERE id = ?", arguments: [id])
        try noteRowChange(db, id)
    }

    /// Marks the run's row with the value that the counter of changes gets now, by which the list of runs finds it.
    func noteRowChange(_ db: Database, _ id: Int64) throws {
        try noteChange(db, .runs)
        try db.execute(sql: "UPDATE runs SET changed = (SELECT runs FROM changes WHERE id = 1) WHERE id = ?", arguments: [id])
    }
}

extension Order {
    /// A change is for the run; pause, resume and stop were for the process that had it.
    fileprivate var outlivesItsProcess: Bool { if case .set = self { true } else { false } }

    fileprivate var words: String {
        switch self {
        case .pause: "pause"
        case .resume: "resume"
        case .stop: "stop"
        case .set(let key, let value): "\(key) = \(value)"
        }
    }
}

/// The store as a trainer's source of orders: a queue of its own asks the store ten times a second, the trainer only takes what is there.
public final class StoreOrders: OrderSource {
    /// What is known of the orders that came.
    private struct Asked {
        /// The last one.
        var last: Int64 = 0
        /// Some may have been taken since that did not come.
        var mayHaveLost = false
    }

    private let store: RunStore
    private let run: Int64
    private let attempt: Int?
    private let waiting = Mutex<[PendingOrder]>([])
    /// Works from the question to the store to the end of the list: orders come in the order of their numbers, whoever asks meanwhile.
    private let queue = DispatchQueue(label: "emolab.orders", qos: .utility)
    /// Of the queue.
    private let asked = Exclusive(Asked())
    private let timer = RepeatingTimer()

    /// - Parameters:
    ///   - attempt: the run's, where another process might resume it.
    ///   - interval: seconds between looks at the store.
    public init(store: RunStore, run: Int64, attempt: Int? = nil, interval: Double = 0.1) {
        self.store = store
        self.run = run
        self.attempt = attempt
        timer.start(every: interval, on: queue) { [weak self] in self?.lookInTurn() }
    }

    /// Looks now, and waits for it. A store that cannot be read is asked again at the next turn: the orders stay in it.
    func look() { queue.sync { lookInTurn() } }

    /// On the queue.
    private func lookInTurn() {
        asked.use { asked in
            do {
                let orders = try store.takeOrders(run: run, attempt: attempt, lostAfter: asked.mayHaveLost ? asked.last : nil)
                asked.mayHaveLost = false
                guard let newest = orders.last else { return }
                asked.last = newest.id
                waiting.withLock { $0 += orders }
            } catch {
                asked.mayHaveLost = true
            }
        }
    }

    /// An order of this process itself, for when the store cannot be written. It has no number and is not in the list of orders; that it was
    /// obeyed is among the run's events.
    package func give(_ order: Order) { waiting.withLock { $0.append(PendingOrder(id: 0, order: order)) } }

    public func takeOrders() -> [PendingOrder] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}
