import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing
import Training

@testable import Runs

@Suite("Stores of earlier programs")
struct OldStoreTests {
    static let versions = Array(1...Schema.migrator.migrations.count)

    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Makes the store that a program with this many steps left.
    private func restore(_ version: Int) throws {
        try FileManager.default.createDirectory(at: folder.store.deletingLastPathComponent(), withIntermediateDirectories: true)
        let queue = try DatabaseQueue(path: folder.store.path, configuration: Self.loading)
        try queue.writeWithoutTransaction { try $0.execute(sql: Self.fixture(version)) }
        try queue.close()
    }

    /// A dump turns foreign keys off while it is read; so does this.
    private static let loading: Configuration = {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        return configuration
    }()

    private static func fixture(_ version: Int) throws -> String {
        try String(contentsOf: Fixtures.url("stores/step-\(version).sql"), encoding: .utf8)
    }

    private static func schema(_ db: Database) throws -> [String] {
        try Row.fetchAll(db, sql: "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
            .map { row in
                // SQLite keeps the words as they were written; how they were indented is no part of the schema.
                let words = (row[3] as String? ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
                return "\(row[0] as String) \(row[1] as String) of \(row[2] as String): \(words)"
            }
    }

    @Test("A released step makes the tables that it always made", arguments: versions)
    func stepsNeverChange(version: Int) throws {
        let made = try DatabaseQueue(), stored = try DatabaseQueue(configuration: Self.loading)
        try Schema.migrator.migrate(made, upTo: Schema.migrator.migrations[version - 1])
        try stored.writeWithoutTransaction { try $0.execute(sql: Self.fixture(version)) }
        #expect(
            try made.read(Self.schema) == stored.read(Self.schema),
            "a released step must not change: put the change into a new one, with its fixture")
        #expect(
            try stored.read { try String.fetchAll($0, sql: "SELECT identifier FROM grdb_migrations ORDER BY rowid") }
                == Array(Schema.migrator.migrations.prefix(version)))
    }

    /// Every row of the tables and columns that a store has, but those that its migration is to change.
    private static func rows(_ db: Database, like old: [String: [String]]? = nil) throws -> (
        columns: [String: [String]], rows: [String: [String]]
    ) {
        let tables =
            try old.map { Array($0.keys) }
            ?? String.fetchAll(
                db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'grdb_migrations'")
        var columns: [String: [String]] = [:], rows: [String: [String]] = [:]
        for table in tables {
            columns[table] = try old?[table] ?? db.columns(in: table).map(\.name)
            let list = (columns[table] ?? []).map { "quote(\"\($0)\")" }.joined(separator: " || ',' || ")
            rows[table] = try String.fetchAll(db, sql: "SELECT \(list) AS line FROM \"\(table)\" ORDER BY line")
        }
        return (columns, rows)
    }

    @Test("A store of every earlier version is brought up to date and keeps every value of every row", arguments: versions)
    func keepsEverything(version: Int) throws {
        try restore(version)
        let (columns, before) = try DatabaseQueue(path: folder.store.path).read { try Self.rows($0) }
        let store = try RunStore(at: folder.store)
        let after = try store.read { try Self.rows($0, like: columns) }.rows
        #expect(before == after && before.values.contains { !$0.isEmpty })
        #expect(try store.read { try Schema.migrator.hasCompletedMigrations($0) })
        #expect(try store.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
    }

    @Test("What a store of every earlier version holds is shown as it was", arguments: versions)
    func isShown(version: Int) throws {
        try restore(version)
        let store = try RunStore(at: folder.store)
        #expect(try store.corpora().map { [$0.clips, $0.prepared, $0.damaged, $0.rejectedFiles] } == [[2, 1, 0, 1], [2, 1, 1, 0]])
        #expect(
            try store.corpora()[1].leftOut == ["songs": 1012] && store.corpora()[1].added == Date(timeIntervalSince1970: 1_725_000_000.25))
        #expect(try store.clip(corpus: "crowd", name: "1002_DFA_SAD_XX")?.columns == ["note": "l'été — naïve 語"])
        let piece = try #require(try store.clips(corpus: "crowd").first)
        #expect(piece.part == (version >= 4 ? "validation" : nil) && piece.end == (version >= 4 ? 3.75 : nil) && piece.faces == 66)

        let runs = try store.runs()
        #expect(runs.map(\.id) == (version >= 2 ? [5, 2, 1] : []))
        guard version >= 2 else { return }
        #expect(runs.map(\.state) == [.interrupted, .failed, .finished] && runs.map(\.parent) == [1, nil, nil])
        #expect(runs.map(\.seed) == [7, .max, 42] && runs[1].reason == "CUDA is not ours: \"out of memory\"\nsecond line")
        #expect(runs.map(\.selection) == [.source, .oracle, .source])
        // Earlier programs kept the seconds of steps and validations only.
        #expect(runs.map(\.worked).map { ($0 * 100).rounded() } == [153, 154, 306])
        let run = try #require(try store.run(1))
        #expect(
            run.plan?.steps == 6 && run.finalReport?.target?.accuracy == 0.5 && run.summary.bestEpoch == 2
                && run.summary.targetAccuracy == 0.5)
        #expect(try store.steps(run: 1).map(\.step) == Array(1...6) && store.steps(run: 1)[1].classLoss == nil)
        let epochs = try store.epochs(run: 1)
        #expect(
            epochs.map(\.source.accuracy) == [0.625, 0.75] && epochs.map(\.targetScores?.snd) == (version >= 7 ? [1, 2] : [nil, nil]))
        #expect(try store.bestPredictions(run: 1)?.predictions.map(\.probabilities) == [[0.625, 0.375], [0.625, 0.375]])
        #expect(try store.events(run: 1).map(\.kind) == [.started, .order, .message, .checkpoint, .finished])
        #expect(try store.orders(run: 1).map(\.state) == [.applied, .lapsed] && store.pendingOrders(run: 5).map(\.order) == [.stop])
        #expect(try store.splitMembers(run: 1).map(\.side) == (version >= 5 ? [.training, .validation, .test] : []))
        #expect(try store.analyses(run: 1).map(\.kind) == (version >= 6 ? [.explanation, .robustness] : []))
        #expect(try store.clipNotes().map(\.tags) == (version >= 8 ? [["label doubtful", "noise"]] : []))
        #expect(try store.openRuns().map(\.id) == [5])
        // And it goes on from there: numbers are not given again.
        #expect(try store.createRun(name: "next", experiment: Sample.experiment, seed: 1).id == 8)
    }

    @Test(
        "A migration that died between any two of its statements leaves the version before it, whole, and the next program ends it",
        arguments: versions.dropLast())
    func interruptedMigration(version: Int) throws {
        try restore(version)
        let before = try DatabaseQueue(path: folder.store.path).read { try Self.rows($0) }
        // What a kill leaves are the files as they were at that instant.
        let copies = folder.url.appendingPathComponent("copies", isDirectory: true)
        var count = 0
        do {
            var configuration = Configuration()
            configuration.prepareDatabase { db in
                // Nothing stays in memory: every page goes to the log at once, committed or not.
                try db.execute(sql: "PRAGMA cache_size = 1; PRAGMA cache_spill = 1")
            }
            let pool = try DatabasePool(path: folder.store.path, configuration: configuration)
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "BEGIN IMMEDIATE")
                for statement in try Self.statements(version + 1) + [
                    "INSERT INTO grdb_migrations VALUES ('\(Schema.migrator.migrations[version])')"
                ] {
                    try db.execute(sql: statement)
                    count += 1
                    let copy = copies.appendingPathComponent("\(count)", isDirectory: true)
                    try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
                    for suffix in ["", "-wal"] {
                        try Self.copy(folder.store.path + suffix, to: copy.appendingPathComponent("emolab.sqlite" + suffix).path)
                    }
                }
                try db.execute(sql: "ROLLBACK")
            }
            try pool.close()
        }
        try #require(count > 1)
        for copy in 1...count {
            let file = copies.appendingPathComponent("\(copy)/emolab.sqlite")
            let (applied, rows) = try DatabasePool(path: file.path).read { db in
                (try Schema.migrator.appliedIdentifiers(db).count, try Self.rows(db, like: before.columns).rows)
            }
            #expect(applied == version && rows == before.rows, "after statement \(copy)")
            #expect(try RunStore(at: file).read { try Self.rows($0, like: before.columns).rows } == before.rows)
        }
    }

    /// The statements of a step, as the fixtures show what they make: tables and indexes that the step before has not, and a column each.
    private static func statements(_ version: Int) throws -> [String] {
        let recorded = Recorded()
        var configuration = Configuration()
        configuration.prepareDatabase { db in db.trace { recorded.add($0) } }
        let queue = try DatabaseQueue(configuration: configuration)
        try Schema.migrator.migrate(queue, upTo: Schema.migrator.migrations[version - 2])
        recorded.clear()
        try Schema.migrator.migrate(queue, upTo: Schema.migrator.migrations[version - 1])
        return recorded.all.filter { sql in
            ["CREATE TABLE", "CREATE INDEX", "ALTER", "UPDATE", "INSERT INTO changes", "INSERT INTO new_", "DROP TABLE"].contains {
                sql.hasPrefix($0)
            } && !sql.contains("grdb_migrations")
        }
    }

    private final class Recorded: Sendable {
        private let list = Mutex<[String]>([])
        func add(_ event: Database.TraceEvent) { if case .statement(let statement) = event { list.withLock { $0.append(statement.sql) } } }
        func clear() { list.withLock { $0 = [] } }
        var all: [String] { list.withLock(\.self) }
    }

    /// By another process: closing the file in this one would drop the locks that SQLite holds on it.
    private static func copy(_ from: String, to: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/cp")
        process.arguments = [from, to]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    @Test("Eight that meet an old store at once all get it, migrated once")
    func migratedAtOnce() throws {
        try restore(1)
        let failures = FailureList()
        DispatchQueue.concurrentPerform(iterations: 8) { i in
            do {
                _ = try RunStore(at: folder.store).createRun(name: "run", experiment: "", seed: UInt64(i))
            } catch {
                failures.add("\(error)")
            }
        }
        #expect(failures.all == [])
        let store = try RunStore(at: folder.store)
        #expect(try store.runs().count == 8 && store.corpora().count == 2)
        #expect(try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM grdb_migrations") } == Schema.migrator.migrations.count)
    }
}
