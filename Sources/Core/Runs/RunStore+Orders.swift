import Foundation
import GRDB
import Training

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

    private func orders(run id: Int64, condition: String) throws -> [StoredOrder] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT id, run, command, issued_by, issued, state, step, text FROM orders WHERE run = ? \(condition) ORDER BY id",
                arguments: [id]
            ).map { row in
                StoredOrder(
                    id: row[0], run: row[1], order: try JSON.value(row[2]), issuedBy: row[3],
                    issued: Date(timeIntervalSince1970: row[4]), state: OrderState(rawValue: row[5]) ?? .lapsed, step: row[6],
                    text: row[7])
            }
        }
    }

    /// Marks a run's pending orders as taken and returns them; no two callers ever get the same order.
    func takeOrders(run id: Int64) throws -> [PendingOrder] {
        let isWaiting = try read { db in
            try Bool.fetchOne(
                db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM orders WHERE run = ? AND state = 'pending')"), arguments: [id]) ?? false
        }
        guard isWaiting else { return [] }
        return try write { db in
            let orders = try Row.fetchAll(
                db, sql: "SELECT id, command FROM orders WHERE run = ? AND state = 'pending' ORDER BY id", arguments: [id]
            ).map { PendingOrder(id: $0[0], order: try JSON.value($0[1])) }
            try db.execute(
                sql: "UPDATE orders SET state = 'taken', taken = ? WHERE run = ? AND state = 'pending'",
                arguments: [Date().timeIntervalSince1970, id])
            try noteRunChange(db, id)
            return orders
        }
    }

    /// Orders that a process which ended never carried out: changes wait again, what was meant for that process lapses.
    func reopenOrders(run id: Int64, _ db: Database) throws {
        let open = try Row.fetchAll(db, sql: "SELECT id, command FROM orders WHERE run = ? AND state IN ('pending', 'taken')", arguments: [id])
        for row in open {
            let order: Order = try JSON.value(row[1])
            try db.execute(
                sql: "UPDATE orders SET state = ?, taken = NULL WHERE id = ?",
                arguments: [(order.outlivesItsProcess ? OrderState.pending : .lapsed).rawValue, row[0] as Int64])
        }
    }

    /// The changes that a run has carried out.
    func appliedOrders(run id: Int64) throws -> [AppliedOrder] {
        try orders(run: id, condition: "AND state = 'applied'").compactMap { order in
            guard case .set(let key, let value) = order.order, let step = order.step else { return nil }
            return AppliedOrder(id: order.id, step: step, key: key, value: value)
        }
    }

    /// What becomes of a dead process' orders when its run goes on, in words.
    func wordsOnOpenOrders(run id: Int64) throws -> [String] {
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
public final class StoreOrders: OrderSource, @unchecked Sendable {
    private let store: RunStore
    private let run: Int64
    private let lock = NSLock()
    /// Guarded by `lock`.
    private var waiting: [PendingOrder] = []
    private let timer: any DispatchSourceTimer

    /// - Parameter interval: seconds between looks at the store.
    public init(store: RunStore, run: Int64, interval: Double = 0.1) {
        self.store = store
        self.run = run
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "emolab.orders", qos: .utility))
        timer.schedule(deadline: .now(), repeating: interval, leeway: .milliseconds(20))
        timer.setEventHandler { [weak self] in self?.look() }
        timer.resume()
    }

    deinit { timer.cancel() }

    /// A store that cannot be read now is asked again at the next turn: the orders stay in it.
    private func look() {
        guard let orders = try? store.takeOrders(run: run), !orders.isEmpty else { return }
        lock.withLock { waiting += orders }
    }

    /// Gives an order of this process, which no store has a number for.
    func give(_ order: Order) { lock.withLock { waiting.append(PendingOrder(id: 0, order: order)) } }

    public func takeOrders() -> [PendingOrder] {
        lock.withLock {
            let orders = waiting
            waiting.removeAll()
            return orders
        }
    }
}
