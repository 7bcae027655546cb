// A store is a file from outside too: its rows may hold what no program of ours wrote.
import Base
import Corpora
import Foundation
import GRDB
import Records
import TestSupport
import Testing

@testable import Store

@Suite("Damaged rows") struct DamagedRowTests {
    private let folder: TemporaryFolder
    private let store: RunStore
    private let run: RunSummary

    init() throws {
        folder = try TemporaryFolder()
        store = try RunStore(at: folder.store)
        try store.addCorpus(
            name: "crowd", format: "crema-d", folder: "/media",
            scan: CorpusScan(
                clips: (1...3).map { Sample.clip($0) }, rejected: [RejectedFile(path: "x", reason: "y")], leftOut: ["songs": 3]))
        run = try store.createRun(name: "nano", experiment: Sample.experiment, seed: 42)
        let number = try store.issue(.pause, run: run.id)
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.started(Sample.plan))
        for i in 1...3 { recorder.record(.step(Sample.step(i))) }
        recorder.record(.answers(epoch: 1, Sample.answers(1)))
        recorder.record(.epoch(Sample.epoch(1, accuracy: 0.5, isBest: true)))
        recorder.record(
            .finished(
                Sample.report(bestEpoch: 1, epochs: 1, steps: 3)))
        try recorder.close()
        #expect(number > 0)
    }

    /// Everything that panes and commands ask of a store; what is damaged may throw, or be read as something.
    private func readEverything() {
        func read(_ body: () throws -> Void) { do { try body() } catch {} }
        read { _ = try store.corpora() }
        read { _ = try store.clips(corpus: "crowd") }
        read { _ = try store.fullClips(corpus: "crowd") }
        read { _ = try store.rejectedFiles(corpus: "crowd") }
        read { for run in try store.runs() { _ = (store.runFolder(of: run), run.worked) } }
        read { _ = try store.runs(limit: 10) }
        read { _ = try store.runChanges(after: 0) }
        read { _ = try store.openRuns() }
        read { _ = try store.run(run.id) }
        read { _ = try store.steps(run: run.id) }
        read { _ = try store.epochs(run: run.id) }
        read { _ = try store.events(run: run.id) }
        read { _ = try store.events(limit: 10) }
        read { _ = try store.latestAnswers(run: run.id) }
        read { _ = try store.bestAnswers(run: run.id) }
        read { _ = try store.orders(run: run.id) }
        read { _ = try store.takeOrders(run: run.id) }
        read { _ = try store.samples(run: run.id) }
        read { _ = try store.answeredClips(run: run.id, epoch: 1) }
        read { _ = try store.answeredEpochs(run: run.id) }
        read { _ = try store.analyses(run: run.id) }
        read { _ = try store.revision() }
    }

    private static let texts = [
        "", "{", "[]", "null", "{}", "[[1,2],[3]]", "[[-1]]", "{\"pause\":{}}", "\u{1B}[2J", "\u{0}", "../../etc", "running",
        String(repeating: "[", count: 100_000),
    ]
    private static let numbers: [Int64] = [0, -1, 1, 2, .max, .min, 1 << 31, 1 << 32, 1 << 53]
    private static let reals = [0, -1, .infinity, -.infinity, 1e308, -1e308]

    @Test("Each column of each table with each extreme value its type may hold: errors or odd values, and never the end of the program")
    func extremes() throws {
        // Another program's connection, which minds no references: what it deletes takes no other rows with it.
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let other = try DatabaseQueue(path: folder.store.path, configuration: configuration)
        var changes = 0
        for table in [
            "corpora", "clips", "rejected_files", "runs", "run_samples", "series", "steps", "step_values", "epochs", "scored_parts",
            "metrics",
            "confusions", "answers", "events", "orders", "changes",
        ] {
            let columns = try store.read {
                try Row.fetchAll($0, sql: "PRAGMA table_info(\(table))").map { (name: $0["name"] as String, type: $0["type"] as String) }
            }
            for column in columns where column.name != "id" && column.name != "run" && column.name != "corpus" {
                let values: [any DatabaseValueConvertible] =
                    switch column.type {
                    case "TEXT": Self.texts
                    case "INTEGER": Self.numbers
                    case "REAL": Self.reals
                    default: [Data(), Data([1, 2, 3]), Data(repeating: 0xFF, count: 64)]
                    }
                for value in values {
                    let before = try other.read { try Row.fetchAll($0, sql: "SELECT * FROM \(table)") }
                    do { try other.write { try $0.execute(sql: "UPDATE \(table) SET \(column.name) = ?", arguments: [value]) } } catch {
                        continue
                    }
                    changes += 1
                    readEverything()
                    try other.write { db in
                        try db.execute(sql: "DELETE FROM \(table)")
                        for row in before {
                            let names = Array(row.columnNames)
                            try db.execute(
                                sql:
                                    "INSERT INTO \(table) (\(names.joined(separator: ", "))) VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))",
                                arguments: StatementArguments(Array(row.databaseValues)))
                        }
                    }
                }
            }
        }
        #expect(changes > 300, "\(changes) columns were changed")
    }

    @Test("JSON in rows, damaged: orders, plans, reports, confusions, columns")
    func json() throws {
        let seeds = try store.read { db in
            try [
                "SELECT command FROM orders", "SELECT plan FROM runs", "SELECT final FROM runs", "SELECT counts FROM confusions",
                "SELECT truth FROM run_samples", "SELECT main_metric FROM runs",
                "SELECT columns FROM clips", "SELECT ratings FROM clips", "SELECT left_out FROM corpora",
            ]
            .compactMap { try String.fetchOne(db, sql: $0) }.map { Array($0.utf8) }
        }
        #expect(seeds.count == 9)
        Fuzz.run(
            "JSON in rows", quick: 2000, seeds: seeds,
            pieces: ["{", "}", "[", "]", ":", ",", "null", "\"pause\"", "1e999", "-1", "true", "\"\\u0000\"", "\"\\ud800\""]
        ) { input in
            let text = String(decoding: input, as: UTF8.self)
            var read = false
            func attempt<Value: Decodable>(_: Value.Type) { if (try? JSON.value(text) as Value) != nil { read = true } }
            attempt(Order.self)
            attempt(RunPlan.self)
            attempt(FinalReport.self)
            attempt(Metric.self)
            attempt([String: Truth].self)
            attempt([[Int]].self)
            attempt([String: String].self)
            attempt([String: Double].self)
            attempt([String: Int].self)
            return read
        }
    }

    @Test(
        "A run's folder is one of runs/, whatever its row says",
        arguments: ["", "..", "/etc", "runs", "runs/..", "runs/.", "runs/a/../../..", "runs/a/b", "../runs/x", "runs//etc", "runs/a\u{0}b"])
    func folders(name: String) throws {
        try store.write { try $0.execute(sql: "UPDATE runs SET folder = ?", arguments: [name]) }
        let summary = try #require(try store.runs().first)
        let path = store.runFolder(of: summary).standardizedFileURL.path,
            runs = store.folder.appendingPathComponent("runs").standardizedFileURL.path
        #expect(path.hasPrefix(runs + "/") && path.dropFirst(runs.count + 1).contains("/") == false, "\(path)")
        #expect(run.folder == "runs/0001-nano-42" && store.runFolder(of: run).path.hasSuffix("/runs/0001-nano-42"))
    }

    @Test("No name of a run makes a folder elsewhere, however it is written")
    func names() {
        let names = [
            "", ".", "..", "../../x", "/etc/passwd", "a\u{0}b", "a\nb", "\u{1B}[2J", "é漢", String(repeating: "x", count: 5000), "con",
            "a/b\\c", "-rf", "~", "$(x)", "`x`",
        ]
        for name in names {
            let folder = RunFolder.name(id: 7, name: name, seed: 42)
            #expect(
                folder.hasPrefix("0007-") && folder.utf8.count < 100
                    && folder.utf8.allSatisfy {
                        $0 == 0x2B || $0 == 0x2D || $0 == 0x5F || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0)
                    }, "\(folder)")
        }
    }
}
