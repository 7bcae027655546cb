import Base
import Foundation
import GRDB
import Records
import TestSupport
import Testing

@testable import Store

@Suite("Runs and the processes that hold them")
struct RunLifeTests {
    let folder: TemporaryFolder
    let store: RunStore

    init() throws {
        folder = try TemporaryFolder()
        store = try RunStore(at: folder.store)
    }

    private func create() throws -> RunSummary { try store.createRun(name: "nano", experiment: Sample.experiment, seed: .max) }

    /// Makes the store believe that the run belongs to another process.
    private func hand(_ run: Int64, pid: Int32, host: String? = nil, boot: String? = nil, started: Int64, heartbeatAge: Double = 0) throws {
        let here = ProcessIdentity.current
        try store.write { db in
            try db.execute(
                sql: "UPDATE runs SET pid = ?, host = ?, boot = ?, process_started = ?, heartbeat = ? WHERE id = ?",
                arguments: [pid, host ?? here.host, boot ?? here.boot, started, Date().timeIntervalSince1970 - heartbeatAge, run])
        }
    }

    @Test("A run of this process is running, and its seed survives")
    func own() throws {
        let run = try create()
        #expect(run.state == .running && run.seed == .max && run.pid == getpid())
    }

    @Test("A run says where it uses target labels, from its plan on; one without a plan, or of an older plan, says nothing")
    func targetLabelUse() throws {
        let run = try create()
        #expect(try store.run(run.id)?.summary.targetLabelUse == nil)
        func plan(_ text: String) throws {
            try store.write { db in try db.execute(sql: "UPDATE runs SET plan = ? WHERE id = ?", arguments: [text, run.id]) }
        }
        var oracle = Sample.plan
        oracle.targetLabelUse = "oracle: learns from target labels"
        try plan(String(decoding: JSONEncoder().encode(oracle), as: UTF8.self))
        #expect(
            try store.run(run.id)?.summary.targetLabelUse == oracle.targetLabelUse
                && store.runs().first?.targetLabelUse == oracle.targetLabelUse)
        #expect(try store.run(run.id)?.plan == oracle)
        try plan(String(decoding: JSONEncoder().encode(Sample.plan), as: UTF8.self))
        #expect(try store.run(run.id)?.summary.targetLabelUse == nil && store.run(run.id)?.plan == Sample.plan)
        try plan("{damaged")
        #expect(try store.runs().first?.targetLabelUse == nil)
    }

    @Test("A run whose process was killed is seen as interrupted")
    func killed() throws {
        let run = try create()
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/bin/sleep")
        child.arguments = ["60"]
        try child.run()
        let pid = child.processIdentifier
        try hand(run.id, pid: pid, started: try #require(ProcessIdentity.startTime(of: pid)))
        #expect(try store.run(run.id)?.summary.state == .running)
        kill(pid, SIGKILL)
        child.waitUntilExit()
        #expect(try store.run(run.id)?.summary.state == .interrupted)
        #expect(try store.runs().first?.ended != nil)
    }

    @Test("A pid that another process got since, and a pid of an earlier boot, do not count as alive")
    func reused() throws {
        let run = try create()
        try hand(run.id, pid: getpid(), started: ProcessIdentity.current.started - 1)
        #expect(try store.run(run.id)?.summary.state == .interrupted)
        try hand(run.id, pid: getpid(), boot: "another-boot", started: ProcessIdentity.current.started)
        #expect(try store.run(run.id)?.summary.state == .interrupted)
    }

    @Test("A run on another host counts as alive while its heartbeat is fresh")
    func otherHost() throws {
        let run = try create()
        try hand(run.id, pid: 1, host: "lab3", started: 1, heartbeatAge: 10)
        #expect(try store.run(run.id)?.summary.state == .running)
        try hand(run.id, pid: 1, host: "lab3", started: 1, heartbeatAge: 120)
        #expect(try store.run(run.id)?.summary.state == .interrupted)
    }

    @Test("A live run can be neither resumed nor deleted; an interrupted one goes on from its checkpoint")
    func resume() throws {
        let run = try create()
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.started(Sample.plan))
        for i in 1...25 { recorder.record(.step(Sample.step(i))) }
        recorder.record(.epoch(Sample.epoch(1, accuracy: 0.5, isBest: true)))
        recorder.record(.epoch(Sample.epoch(2, accuracy: 0.6, isBest: true)))
        try recorder.close()
        let order = try store.issue(.set(key: "alpha.maximum", value: "0.05"), run: run.id)
        let pause = try store.issue(.pause, run: run.id)
        #expect(try store.takeOrders(run: run.id).map(\.id) == [order, pause])
        #expect(throws: StoreError.runIsLive(run.id, pid: getpid())) { try store.resumeRun(run.id, after: 10) }
        #expect(throws: StoreError.runIsLive(run.id, pid: getpid())) { try store.deleteRun(run.id, withFolder: true) }

        try hand(run.id, pid: getpid(), boot: "another-boot", started: 0)
        #expect(
            try store.wordsOnOpenOrders(run: run.id) == [
                "order \(order) (alpha.maximum = 0.05) was not carried out before the run ended, and is now",
                "order \(pause) (pause) was not carried out before the run ended, and lapses",
            ])
        let resumed = try store.resumeRun(run.id, after: 10)
        #expect(resumed.state == .running && resumed.attempt == 2 && resumed.step == 10 && resumed.epoch == 1 && resumed.bestEpoch == 1)
        #expect(try store.steps(run: run.id).map(\.step) == Array(1...10))
        #expect(try store.epochs(run: run.id).map(\.epoch) == [1])
        #expect(try store.orders(run: run.id).map(\.state) == [.pending, .lapsed])
        #expect(try store.takeOrders(run: run.id).map(\.id) == [order])
        let metrics = try String(contentsOf: store.runFolder(of: run).appendingPathComponent("metrics.csv"), encoding: .utf8)
        #expect(metrics.split(separator: "\n").count == 11)
    }

    @Test("The time of a run is what it was worked on, whatever lies between two processes; what saving took is kept with its epoch")
    func worked() throws {
        let run = try create()
        let recorder = RunRecorder(store: store, run: run)
        for seconds in [0.5, 1.5, 3] { recorder.record(.worked(seconds: seconds)) }
        recorder.record(.epoch(Sample.epoch(1, accuracy: 0.5, isBest: true)))
        recorder.record(.checkpoint(CheckpointRecord(kind: .best, epoch: 1, step: 10, file: "best", seconds: 9)))
        recorder.record(.checkpoint(CheckpointRecord(kind: .last, epoch: 1, step: 10, file: "last", seconds: 0.25)))
        // In the middle of the next epoch.
        recorder.record(.checkpoint(CheckpointRecord(kind: .last, epoch: 2, step: 12, file: "last", seconds: 7)))
        recorder.record(.stopped(step: 12))
        try recorder.close()
        #expect(try store.summary(of: run.id)?.worked == 3 && store.epochs(run: run.id).map(\.savingSeconds) == [0.25])
        // Days later.
        try store.write { db in try db.execute(sql: "UPDATE runs SET created = created - 1e6, started = started - 1e6, ended = ended - 9e5")
        }
        let resumed = try store.resumeRun(run.id, after: 10)
        #expect(resumed.worked == 3)
        let second = RunRecorder(store: store, run: resumed)
        second.record(.worked(seconds: 4.5))
        second.record(.stopped(step: 14))
        try second.close()
        #expect(try store.runs().first?.worked == 4.5)
    }

    @Test("Of several runs all are deleted or none, and a folder that is gone already is no reason to stop")
    func deletesSeveral() throws {
        let runs = try (0..<3).map { _ in try create() }
        #expect(throws: StoreError.runIsLive(runs[0].id, pid: getpid())) { try store.deleteRuns(runs.map(\.id), withFolders: true) }
        try store.write { try $0.execute(sql: "UPDATE runs SET state = 'stopped'") }
        #expect(throws: StoreError.noSuchRun(99)) { try store.deleteRuns([runs[0].id, 99], withFolders: true) }
        #expect(try store.runs().count == 3)
        try FileManager.default.removeItem(at: store.runFolder(of: runs[0]))
        try store.deleteRuns([runs[0].id, runs[2].id], withFolders: true)
        #expect(try store.runs().map(\.id) == [runs[1].id])
        #expect(!FileManager.default.fileExists(atPath: store.runFolder(of: runs[2]).path))
        #expect(FileManager.default.fileExists(atPath: store.runFolder(of: runs[1]).path))
    }

    @Test("Deleting a run with its folder leaves nothing, and its number is not given again")
    func delete() throws {
        let run = try create()
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.step(Sample.step(1)))
        recorder.record(.stopped(step: 1))
        try recorder.close()
        try store.deleteRun(run.id, withFolder: true)
        #expect(try store.runs().isEmpty)
        #expect(try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM steps") } == 0)
        #expect(!FileManager.default.fileExists(atPath: store.runFolder(of: run).path))
        #expect(try create().id == run.id + 1)
    }

    @Test("A store that names a folder outside runs/ cannot make deletion leave it")
    func deleteStaysInside() throws {
        let run = try create()
        let outside = folder.url.appendingPathComponent("precious")
        try FileManager.default.createDirectory(at: outside, withIntermediateDirectories: true)
        try store.write { try $0.execute(sql: "UPDATE runs SET folder = '../precious', state = 'stopped'") }
        try store.deleteRun(run.id, withFolder: true)
        #expect(FileManager.default.fileExists(atPath: outside.path))
    }

    @Test("What a list of runs takes grows with their number, not with its square")
    func listsQuickly() throws {
        func add(_ count: Int) throws {
            try store.write { db in
                for i in 0..<count {
                    try db.execute(
                        sql:
                            "INSERT INTO runs (uuid, name, system, experiment, seed, folder, state, created, best_epoch, main_head) VALUES (?, 'a', '', '', ?, 'runs/x', 'finished', 0, 1, 'emotion')",
                        arguments: [UUID().uuidString, i])
                    let id = db.lastInsertedRowID
                    try ScoreRows.write([Part.sourceValidation, .targetValidation].map { Sample.scores($0, 0.5) }, run: id, epoch: 1, db)
                }
            }
        }
        try add(500)
        let few = try leastTime { _ = try store.runs() }
        try add(9_500)
        var count = 0
        let many = try leastTime { count = try store.runs().count }
        #expect(count == 10_000)
        print("10,000 runs listed in \(many), 500 in \(few)")
        #expect(many < few * 250)
    }
}
