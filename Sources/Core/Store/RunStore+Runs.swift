import Base
import Foundation
import GRDB
import Records

// Begins, resumes and deletes runs. What happens while a run goes on is RunRecorder's.

extension RunStore {
    /// Makes a run in this process' hands: its row and its folder `runs/0001-name-seed` with `experiment.toml`.
    /// - Parameters:
    ///   - system: the published system that it trains.
    ///   - provenance: of this process.
    public func createRun(
        name: String, experiment: String, seed: UInt64, parent: Int64? = nil, system: String = "", selection: Selection? = nil,
        provenance: Provenance? = nil
    ) throws -> RunSummary {
        let process = ProcessIdentity.current
        let id = try write { db in
            if let parent, try Int.fetchOne(db, sql: "SELECT 1 FROM runs WHERE id = ?", arguments: [parent]) == nil {
                throw StoreError.noSuchRun(parent)
            }
            let now = Date().timeIntervalSince1970
            try db.execute(
                sql: """
                    INSERT INTO runs (uuid, name, system, experiment, seed, parent, folder, state, created, started, pid, host, boot,
                        process_started, heartbeat, selection, provenance)
                    VALUES (?, ?, ?, ?, ?, ?, '', 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    UUID().uuidString.lowercased(), name, system, experiment, Int64(bitPattern: seed), parent, now, now, process.pid,
                    process.host, process.boot, process.started, now, selection?.rawValue,
                    RunProvenance(provenance.map { [$0] } ?? []).text,
                ])
            let id = db.lastInsertedRowID
            try db.execute(
                sql: "UPDATE runs SET folder = ? WHERE id = ?", arguments: ["runs/" + RunFolder.name(id: id, name: name, seed: seed), id])
            try noteRowChange(db, id)
            return id
        }
        guard let summary = try summary(of: id) else { throw StoreError.noSuchRun(id) }
        do {
            try RunFolder.make(runFolder(of: summary), experiment: experiment)
        } catch {
            try? write { db in try db.execute(sql: "DELETE FROM runs WHERE id = ?", arguments: [id]) }
            throw error
        }
        return summary
    }

    /// Where a run's files lie.
    public func runFolder(of run: RunSummary) -> URL { folder.appendingPathComponent(RunFolder.checked(run.folder), isDirectory: true) }

    /// Takes a run that no process holds into this process' hands, to go on after `step`: later steps, epochs and answers are
    /// forgotten. Changes that were ordered and never carried out wait again; a pause, its end or a stop lapses.
    /// - Parameters:
    ///   - experiment: TOML of the checkpoint that it goes on from; nil leaves the stored one.
    ///   - provenance: of this process.
    /// - Throws: `StoreError.runIsLive` where its process is alive, `.noSuchRun`.
    public func resumeRun(_ id: Int64, after step: Int, experiment: String? = nil, provenance: Provenance? = nil) throws -> RunSummary {
        let process = ProcessIdentity.current
        try write { db in
            guard let run = try summary(db, of: id) else { throw StoreError.noSuchRun(id) }
            if run.state.isLive { throw StoreError.runIsLive(id, pid: run.pid ?? 0) }
            try RunWriter.forget(db, run: id, after: step)
            try reopenOrders(run: id, db)
            try db.execute(
                sql: """
                    UPDATE runs SET state = 'running', reason = NULL, ended = NULL, attempt = attempt + 1, pid = ?, host = ?, boot = ?,
                        process_started = ?, heartbeat = ?, revision = revision + 1, experiment = coalesce(?, experiment), provenance = ?
                    WHERE id = ?
                    """,
                arguments: [
                    process.pid, process.host, process.boot, process.started, Date().timeIntervalSince1970, experiment,
                    provenance.map(run.provenance.adding)?.text ?? run.provenance.text, id,
                ])
            try noteRowChange(db, id)
        }
        guard let summary = try summary(of: id) else { throw StoreError.noSuchRun(id) }
        try RunFolder.make(runFolder(of: summary), experiment: nil)
        try rewriteTables(of: summary)
        return summary
    }

    /// Puts the tables of a run's folder as the store has them in place of the files; a run without a plan has none.
    func rewriteTables(of run: RunSummary) throws {
        guard let plan = try self.run(run.id)?.plan else { return }
        try RunTableLayout(plan).write(to: runFolder(of: run), steps: steps(run: run.id), epochs: epochs(run: run.id))
    }

    /// Deletes a run from the store; its folder only where asked.
    /// - Throws: `StoreError.runIsLive`, `.noSuchRun`; `.failed` where a folder stays.
    public func deleteRun(_ id: Int64, withFolder: Bool) throws { try deleteRuns([id], withFolders: withFolder) }

    /// Deletes runs from the store, all or none; their folders only where asked.
    /// - Throws: as `deleteRun`.
    public func deleteRuns(_ ids: [Int64], withFolders: Bool) throws {
        let runs = try write { db in
            let runs = try ids.map { id in
                guard let run = try summary(db, of: id) else { throw StoreError.noSuchRun(id) }
                if run.state.isLive { throw StoreError.runIsLive(id, pid: run.pid ?? 0) }
                return run
            }
            for id in ids {
                let children = try Int64.fetchAll(db, sql: "SELECT id FROM runs WHERE parent = ?", arguments: [id])
                try db.execute(sql: "DELETE FROM runs WHERE id = ?", arguments: [id])
                for child in children { try noteRowChange(db, child) }
            }
            try noteChange(db, .runs)
            return runs
        }
        guard withFolders else { return }
        for run in runs {
            // A store is a file from outside too: what it names must be a folder of `runs/`.
            let parts = run.folder.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == "runs", parts[1] != "..", parts[1] != ".", !parts[1].isEmpty else { continue }
            let folder = runFolder(of: run)
            guard FileManager.default.fileExists(atPath: folder.path) else { continue }
            do { try FileManager.default.removeItem(at: folder) } catch {
                throw StoreError.failed(
                    path: folder.path, reason: "run \(run.id) is deleted from the store, but its folder could not be: \(error.reason)")
            }
        }
    }

    // MARK: Reading

    /// Every run, newest first.
    public func runs() throws -> [RunSummary] { try read { try summaries($0, where: "1 ORDER BY runs.id DESC") } }

    /// One run with its experiment and plan, or nil.
    public func run(_ id: Int64) throws -> StoredRun? {
        try read { db in
            guard let summary = try summary(db, of: id),
                let row = try Row.fetchOne(db, sql: "SELECT experiment, plan, final FROM runs WHERE id = ?", arguments: [id])
            else { return nil }
            return StoredRun(
                summary, experiment: row["experiment"], plan: try (row["plan"] as String?).map(JSON.value),
                finalReport: try (row["final"] as String?).map(JSON.value))
        }
    }

    func summary(_ db: Database, of id: Int64) throws -> RunSummary? {
        try summaries(db, where: "runs.id = ?", arguments: [id]).first
    }

    /// - Parameter condition: what follows WHERE.
    func summaries(_ db: Database, where condition: String, arguments: StatementArguments = []) throws -> [RunSummary] {
        let now = Date()
        let rows = try RunRow.fetchAll(db, sql: RunRow.select + " WHERE " + condition, arguments: arguments)
        let scores = try db.cachedStatement(
            sql: """
                SELECT metrics.part, metrics.name, metrics.value
                FROM runs JOIN metrics ON run = runs.id AND metrics.epoch = best_epoch AND head = main_head
                WHERE runs.id = ? AND value IS NOT NULL
                """)
        // Many runs have the same main metric: its text is read once.
        var metrics: [String: Metric] = [:]
        return try rows.map { row in
            var byPart: [Part: [String: Double]] = [:]
            let cursor = try Row.fetchCursor(scores, arguments: [row.id])
            while let score = try cursor.next() {
                guard let part = Part(rawValue: score["part"]) else { continue }
                byPart[part, default: [:]][score["name"]] = score["value"]
            }
            if let text = row.mainMetric, metrics[text] == nil { metrics[text] = try? JSON.value(text) }
            return row.summary(byPart, row.mainMetric.flatMap { metrics[$0] }, now: now)
        }
    }

    /// Steps after the one given, in order. A reader that keeps what it has starts again where the run's `history` has changed.
    public func steps(run: Int64, after step: Int = 0, limit: Int = .max) throws -> [StepRecord] {
        try read { try StepReader.steps($0, run: run, after: step, limit: limit) }
    }

    /// Epochs after the one given, in order, with the scores of the parts that validate.
    public func epochs(run: Int64, after epoch: Int = 0) throws -> [EpochRecord] {
        try read { db in
            let scores = try ScoreRows.read(db, run: run, after: epoch)
            return try EpochRow.fetchAll(
                db, sql: "SELECT * FROM epochs WHERE run = ? AND epoch > ? ORDER BY epoch", arguments: [run, epoch]
            ).map { row in row.record((scores[row.epoch] ?? []).filter { $0.part.side != .test }) }
        }
    }

    /// The newest run that a process of this machine took into its hands since then.
    public func run(ofProcess pid: Int32, since: Date) throws -> Int64? {
        try read { db in
            try Int64.fetchOne(
                db, sql: "SELECT id FROM runs WHERE pid = ? AND host = ? AND heartbeat >= ? ORDER BY id DESC LIMIT 1",
                arguments: [pid, ProcessIdentity.current.host, since.timeIntervalSince1970])
        }
    }

    /// The newest events of all runs, at most `limit`, those with a greater number than the one given; in order.
    public func events(after id: Int64 = 0, limit: Int) throws -> [(run: Int64, event: StoredEvent)] {
        try read { db in
            try EventRow.fetchAll(
                db, sql: "SELECT * FROM events WHERE id > ? ORDER BY id DESC LIMIT ?", arguments: [id, limit]
            ).reversed().map { ($0.run, $0.event) }
        }
    }

    /// The newest events of one run, at most `limit`, in order.
    public func latestEvents(run: Int64, after id: Int64 = 0, limit: Int) throws -> [StoredEvent] {
        try read { db in
            try EventRow.fetchAll(
                db, sql: "SELECT * FROM events WHERE run = ? AND id > ? ORDER BY id DESC LIMIT ?", arguments: [run, id, limit]
            ).reversed().map(\.event)
        }
    }

    /// Events with a greater number than the one given, in order.
    public func events(run: Int64, after id: Int64 = 0, limit: Int = .max) throws -> [StoredEvent] {
        try read { db in
            try EventRow.fetchAll(
                db, sql: "SELECT * FROM events WHERE run = ? AND id > ? ORDER BY id LIMIT ?", arguments: [run, id, limit]
            ).map(\.event)
        }
    }
}

private struct EventRow: Decodable, FetchableRecord {
    var id: Int64
    var run: Int64
    var time: Double
    var step: Int?
    var kind: String
    var level: String
    var text: String

    var event: StoredEvent {
        StoredEvent(
            id: id, time: Date(timeIntervalSince1970: time), step: step, kind: .init(rawValue: kind) ?? .message,
            level: MessageLevel(rawValue: level) ?? .info, text: text)
    }
}
