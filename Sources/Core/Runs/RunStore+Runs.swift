import Base
import Foundation
import GRDB
import Metrics
import Training

// Begins, resumes and deletes runs. What happens while a run goes on is RunRecorder's.

extension RunStore {
    /// Makes a run in this process' hands: its row and its folder `runs/0001-name-seed` with `experiment.toml`.
    public func createRun(name: String, experiment: String, seed: UInt64, parent: Int64? = nil) throws -> RunSummary {
        let process = ProcessIdentity.current
        let selection = (try? Experiment.parse(experiment))?.training.selection.rawValue
        let id = try write { db in
            if let parent, try Int.fetchOne(db, sql: "SELECT 1 FROM runs WHERE id = ?", arguments: [parent]) == nil {
                throw StoreError.noSuchRun(parent)
            }
            let now = Date().timeIntervalSince1970
            try db.execute(
                sql: """
                    INSERT INTO runs (name, experiment, seed, parent, folder, state, created, started, pid, host, boot, process_started, heartbeat,
                        selection, provenance)
                    VALUES (?, ?, ?, ?, '', 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    name, experiment, Int64(bitPattern: seed), parent, now, now, process.pid, process.host, process.boot,
                    process.started, now, selection, RunProvenance([.current]).text,
                ])
            let id = db.lastInsertedRowID
            try db.execute(
                sql: "UPDATE runs SET folder = ? WHERE id = ?", arguments: ["runs/" + RunFolder.name(id: id, name: name, seed: seed), id])
            try noteRowChange(db, id)
            return id
        }
        guard let summary = try run(id)?.summary else { throw StoreError.noSuchRun(id) }
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

    /// Takes a run that no process holds into this process' hands, to go on after `step`: later steps, epochs and predictions are
    /// forgotten. Changes that were ordered and never carried out wait again; a pause, its end or a stop lapses.
    /// - Parameters:
    ///   - experiment: TOML of the checkpoint that it goes on from; nil leaves the stored one.
    /// - Throws: `StoreError.runIsLive` where its process is alive, `.noSuchRun`.
    public func resumeRun(_ id: Int64, after step: Int, experiment: String? = nil) throws -> RunSummary {
        let process = ProcessIdentity.current
        try write { db in
            guard let run = try summary(db, of: id) else { throw StoreError.noSuchRun(id) }
            if run.state.isLive { throw StoreError.runIsLive(id, pid: run.pid ?? 0) }
            try db.execute(
                sql: "DELETE FROM predictions WHERE run = ? AND epoch IN (SELECT epoch FROM epochs WHERE run = ? AND step > ?)",
                arguments: [id, id, step])
            try db.execute(
                sql: "DELETE FROM scores WHERE run = ? AND epoch IN (SELECT epoch FROM epochs WHERE run = ? AND step > ?)",
                arguments: [id, id, step])
            try db.execute(sql: "DELETE FROM epochs WHERE run = ? AND step > ?", arguments: [id, step])
            try db.execute(sql: "DELETE FROM steps WHERE run = ? AND step > ?", arguments: [id, step])
            let now = Date().timeIntervalSince1970
            try reopenOrders(run: id, db)
            try db.execute(
                sql: """
                    UPDATE runs SET state = 'running', reason = NULL, ended = NULL, final = NULL, attempt = attempt + 1, pid = ?, host = ?,
                        boot = ?, process_started = ?, heartbeat = ?, step = ?, revision = revision + 1, experiment = coalesce(?, experiment), provenance = ?,
                        epoch = coalesce((SELECT max(epoch) FROM epochs WHERE run = runs.id), 0),
                        best_epoch = (SELECT max(epoch) FROM epochs WHERE run = runs.id AND is_best)
                    WHERE id = ?
                    """,
                arguments: [
                    process.pid, process.host, process.boot, process.started, now, step, experiment,
                    run.provenance.adding(.current).text, id,
                ])
            try noteRowChange(db, id)
        }
        guard let summary = try run(id)?.summary else { throw StoreError.noSuchRun(id) }
        let folder = runFolder(of: summary)
        try RunFolder.make(folder, experiment: nil)
        try RunFolder.rewriteTables(folder, steps: steps(run: id), epochs: epochs(run: id))
        return summary
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
    public func runs() throws -> [RunSummary] {
        let now = Date()
        return try read { db in
            let cursor = try Row.fetchCursor(db, sql: Self.summaries + " ORDER BY runs.id DESC")
            var runs: [RunSummary] = []
            while let row = try cursor.next() { runs.append(Self.summary(row, now: now)) }
            return runs
        }
    }

    /// One run with its experiment and plan, or nil.
    public func run(_ id: Int64) throws -> StoredRun? {
        try read { db in
            guard let summary = try summary(db, of: id),
                let more = try Row.fetchOne(db, sql: "SELECT experiment, plan, final FROM runs WHERE id = ?", arguments: [id])
            else { return nil }
            return StoredRun(
                summary: summary, experiment: more[0], plan: try (more[1] as String?).map(JSON.value),
                finalReport: try (more[2] as String?).map(JSON.value))
        }
    }

    func summary(_ db: Database, of id: Int64) throws -> RunSummary? {
        try Row.fetchOne(db, sql: Self.summaries + " WHERE runs.id = ?", arguments: [id]).map { Self.summary($0, now: Date()) }
    }

    static let summaries = """
        SELECT runs.id, name, seed, parent, state, reason, folder, created, started, ended, pid, host, boot, process_started, heartbeat,
            attempt, step, runs.epoch, best_epoch, revision, source.accuracy, source.macro_f1, target.accuracy, target.macro_f1,
            selection, \(finalNumber("sourceTest.accuracy")), \(finalNumber("targetTest.accuracy")),
            CASE WHEN json_valid(plan) THEN CAST(json_extract(plan, '$.targetLabelUse') AS TEXT) END, taken_back, provenance, worked
        FROM runs
        LEFT JOIN scores AS source ON source.run = runs.id AND source.epoch = best_epoch AND source.domain = 'source'
        LEFT JOIN scores AS target ON target.run = runs.id AND target.epoch = best_epoch AND target.domain = 'target'
        """

    /// A number of the final report, NULL where there is none; a store is a file from outside, and need not hold what we wrote.
    private static func finalNumber(_ path: String) -> String {
        "CASE WHEN json_valid(final) THEN CASE WHEN json_type(final, '$.\(path)') IN ('real', 'integer') "
            + "THEN CAST(json_extract(final, '$.\(path)') AS REAL) END END"
    }

    static func summary(_ row: Row, now: Date) -> RunSummary {
        func date(_ seconds: Double?) -> Date? { seconds.map(Date.init(timeIntervalSince1970:)) }
        var state = RunState(rawValue: row[4]) ?? .interrupted
        // GRDB ends the program at a number that does not fit.
        let pid = (row[10] as Int64?).flatMap { Int32(exactly: $0) }
        if state.isLive {
            let process = ProcessIdentity(pid: pid ?? 0, host: row[11] ?? "", boot: row[12] ?? "", started: row[13] ?? 0)
            switch process.life {
            case .alive: break
            case .dead: state = .interrupted
            case .unknown:
                if now.timeIntervalSince1970 - (row[14] ?? 0) > heartbeatLimit { state = .interrupted }
            }
        }
        // Of a killed run the last heartbeat is the best guess at its end.
        let ended: Double? = state == .interrupted ? row[14] : row[9]
        return RunSummary(
            id: row[0], name: row[1], seed: UInt64(bitPattern: row[2] as Int64), parent: row[3], state: state, reason: row[5],
            folder: row[6], created: Date(timeIntervalSince1970: row[7]), started: date(row[8]), ended: date(ended), pid: pid,
            host: row[11], attempt: row[15], step: row[16], epoch: row[17], bestEpoch: row[18], sourceAccuracy: row[20],
            sourceMacroF1: row[21], targetAccuracy: row[22], targetMacroF1: row[23],
            selection: (row[24] as String?).flatMap(TrainingSettings.Selection.init), sourceTestAccuracy: row[25],
            targetTestAccuracy: row[26], targetLabelUse: row[27], revision: row[19], takenBack: row[28],
            provenance: RunProvenance(text: row[29]), worked: row[30])
    }

    /// Steps after the one given, in order. A reader that keeps what it has starts again where the run's `history` has changed.
    public func steps(run: Int64, after step: Int = 0, limit: Int = .max) throws -> [StepRecord] {
        try read { db in
            let cursor = try Row.fetchCursor(
                db.cachedStatement(
                    sql: """
                        SELECT step, epoch, domain, class_loss, domain_loss, class_accuracy, domain_accuracy, alpha, learning_rate,
                            gradient_norm, clips, seconds, waiting_seconds
                        FROM steps WHERE run = ? AND step > ? ORDER BY step LIMIT ?
                        """), arguments: [run, step, limit])
            var steps: [StepRecord] = []
            while let row = try cursor.next() {
                steps.append(
                    StepRecord(
                        step: row[0], epoch: row[1], domain: Domain(rawValue: row[2]) ?? .source, classLoss: row[3], domainLoss: row[4],
                        classAccuracy: row[5], domainAccuracy: row[6], alpha: row[7] ?? .nan, learningRate: row[8] ?? .nan,
                        gradientNorm: row[9] ?? .nan, clips: row[10], seconds: row[11] ?? .nan, waitingSeconds: row[12] ?? .nan))
            }
            return steps
        }
    }

    /// Epochs after the one given, in order, with both domains' scores.
    public func epochs(run: Int64, after epoch: Int = 0) throws -> [EpochRecord] {
        try read { db in
            var scores: [Int: [Domain: DomainScores]] = [:]
            let cursor = try Row.fetchCursor(
                db,
                sql: """
                    SELECT epoch, domain, loss, accuracy, macro_f1, domain_accuracy, clips, confusion
                    FROM scores WHERE run = ? AND epoch > ?
                    """, arguments: [run, epoch])
            while let row = try cursor.next() {
                guard let domain = Domain(rawValue: row[1]) else { continue }
                scores[row[0], default: [:]][domain] = DomainScores(
                    loss: row[2], accuracy: row[3], macroF1: row[4], confusion: try JSON.value(row[7]),
                    domainAccuracy: row[5], clips: row[6])
            }
            return try Row.fetchAll(
                db,
                sql:
                    "SELECT epoch, step, is_best, seconds, entropy, infomax, snd, dev, saving_seconds FROM epochs WHERE run = ? AND epoch > ? ORDER BY epoch",
                arguments: [run, epoch]
            ).compactMap { row in
                guard let source = scores[row[0]]?[.source] else { return nil }
                let label = TargetScores(entropy: row[4], infomax: row[5], snd: row[6], dev: row[7])
                return EpochRecord(
                    epoch: row[0], step: row[1], source: source, target: scores[row[0]]?[.target], isBest: row[2], seconds: row[3] ?? .nan,
                    savingSeconds: row[8], targetScores: label == TargetScores() ? nil : label)
            }
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
            try Row.fetchAll(
                db, sql: "SELECT id, time, step, kind, level, text, run FROM events WHERE id > ? ORDER BY id DESC LIMIT ?",
                arguments: [id, limit]
            ).reversed().map { row in (row[6], Self.event(row)) }
        }
    }

    /// The newest events of one run, at most `limit`, in order.
    public func latestEvents(run: Int64, after id: Int64 = 0, limit: Int) throws -> [StoredEvent] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT id, time, step, kind, level, text FROM events WHERE run = ? AND id > ? ORDER BY id DESC LIMIT ?",
                arguments: [run, id, limit]
            ).reversed().map(Self.event)
        }
    }

    private static func event(_ row: Row) -> StoredEvent {
        StoredEvent(
            id: row[0], time: Date(timeIntervalSince1970: row[1]), step: row[2], kind: .init(rawValue: row[3]) ?? .message,
            level: MessageLevel(rawValue: row[4]) ?? .info, text: row[5])
    }

    /// Events with a greater number than the one given, in order.
    public func events(run: Int64, after id: Int64 = 0, limit: Int = .max) throws -> [StoredEvent] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT id, time, step, kind, level, text FROM events WHERE run = ? AND id > ? ORDER BY id LIMIT ?",
                arguments: [run, id, limit]
            ).map(Self.event)
        }
    }

    /// Predictions of the last epoch that has some, or nil.
    public func latestPredictions(run: Int64) throws -> PredictionSet? { try predictions(run: run, column: "epoch") }

    /// Predictions of the best epoch, or nil.
    public func bestPredictions(run: Int64) throws -> PredictionSet? { try predictions(run: run, column: "best_epoch") }

    private func predictions(run: Int64, column: String) throws -> PredictionSet? {
        try read { db in
            let wanted =
                column == "epoch"
                ? try Int.fetchOne(db, sql: "SELECT max(epoch) FROM predictions WHERE run = ?", arguments: [run])
                : try Int.fetchOne(db, sql: "SELECT best_epoch FROM runs WHERE id = ?", arguments: [run])
            guard let epoch = wanted else { return nil }
            let cursor = try Row.fetchCursor(
                db,
                sql: "SELECT clip, domain, truth, probabilities FROM predictions WHERE run = ? AND epoch = ? ORDER BY domain, clip",
                arguments: [run, epoch])
            var predictions: [Prediction] = []
            while let row = try cursor.next() {
                predictions.append(
                    Prediction(
                        clip: row[0], domain: Domain(rawValue: row[1]) ?? .source, truth: row[2],
                        probabilities: PackedFloats.unpack(row[3])))
            }
            return predictions.isEmpty ? nil : PredictionSet(epoch: epoch, predictions: predictions)
        }
    }
}

/// Probabilities as a blob: 32-bit floats, little-endian.
enum PackedFloats {
    static func pack(_ values: [Float]) -> Data {
        var data = Data(capacity: values.count * 4)
        for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
        return data
    }

    static func unpack(_ data: Data) -> [Float] {
        data.withUnsafeBytes { bytes in
            (0..<(bytes.count / 4)).map { i in
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: i * 4, as: UInt32.self)))
            }
        }
    }
}
