import Foundation
import GRDB

// The list of runs for a screen that stays open: read once in pages, then only the rows that changed.

/// Runs whose rows changed since a reader last looked.
public struct RunChanges: Sendable, Equatable {
    /// In no order.
    public var runs: [RunSummary]
    /// Give this to the next look.
    public var counter: Int
    /// Runs in the store. Where a reader holds more after taking these in, some were deleted: `runIDs` says which are left.
    public var total: Int
}

/// What a run was asked, as it is stored.
public struct AskedRun: Sendable, Equatable {
    /// TOML.
    public var experiment: String
    /// How its clips were prepared, JSON; nil for a run that has not begun.
    public var preparation: String?

    public init(experiment: String, preparation: String?) { (self.experiment, self.preparation) = (experiment, preparation) }
}

extension RunStore {
    /// At most `limit` runs with numbers below the one given, newest first.
    public func runs(before id: Int64 = .max, limit: Int) throws -> [RunSummary] {
        try summaries(where: "runs.id < ? ORDER BY runs.id DESC LIMIT ?", arguments: [id, limit])
    }

    /// Runs that changed after the counter given, from an index; `nil` reads the counter alone.
    public func runChanges(after counter: Int?) throws -> RunChanges {
        try read { db in
            let newest = try Int.fetchOne(db.cachedStatement(sql: "SELECT runs FROM changes WHERE id = 1")) ?? 0
            let total = try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM runs")) ?? 0
            guard let counter, counter < newest else { return RunChanges(runs: [], counter: newest, total: total) }
            let rows = try summaries(db, where: "runs.changed > ?", arguments: [counter])
            return RunChanges(runs: rows, counter: newest, total: total)
        }
    }

    /// Runs that no process ended: those at work, and those whose process died without a word, which come as `interrupted`. A dead process
    /// changes no row, so this has to be asked again and again; it reads an index of these runs alone.
    public func openRuns() throws -> [RunSummary] {
        try summaries(where: "state IN ('running', 'paused') ORDER BY runs.id DESC", arguments: [])
    }

    /// The numbers of all runs.
    public func runIDs() throws -> Set<Int64> { try read { db in try Int64.fetchSet(db, sql: "SELECT id FROM runs") } }

    /// One run's row, without its experiment and plan; nil where there is none.
    public func summary(of id: Int64) throws -> RunSummary? { try read { db in try summary(db, of: id) } }

    /// What these runs were asked, for comparing them. A run that is gone is left out.
    public func asked(of ids: some Sequence<Int64>) throws -> [Int64: AskedRun] {
        try read { db in
            let statement = try db.cachedStatement(
                sql:
                    "SELECT experiment, CASE WHEN json_valid(plan) THEN json_extract(plan, '$.preparation') END AS preparation FROM runs WHERE id = ?"
            )
            var asked: [Int64: AskedRun] = [:]
            for id in ids {
                guard let row = try Row.fetchOne(statement, arguments: [id]) else { continue }
                asked[id] = AskedRun(experiment: row["experiment"], preparation: row["preparation"])
            }
            return asked
        }
    }

    private func summaries(where condition: String, arguments: StatementArguments) throws -> [RunSummary] {
        try read { try summaries($0, where: condition, arguments: arguments) }
    }
}
