import Base
import Foundation
import GRDB
import Records
import Synchronization
import TestSupport
import Testing

@testable import Base
@testable import Store

@Suite("A store that goes away under a run")
struct StoreLossTests {
    let folder: TemporaryFolder
    let store: RunStore
    let run: RunSummary

    init() throws {
        folder = try TemporaryFolder()
        store = try RunStore(at: folder.store)
        run = try store.createRun(name: "nano", experiment: Sample.experiment, seed: 42)
    }

    private var runFolder: URL { store.runFolder(of: run) }
    private var copy: URL { runFolder.appendingPathComponent("unwritten.jsonl") }
    private func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
    private func move(_ from: URL, _ to: URL) throws { try FileManager.default.moveItem(at: from, to: to) }

    /// Says that the run's process died, as another process would see it.
    private func orphan() throws {
        try store.write { try $0.execute(sql: "UPDATE runs SET boot = 'another-boot' WHERE id = ?", arguments: [run.id]) }
    }

    /// What the recorder told, once `condition` holds or ten seconds have passed.
    private final class Notices: Sendable {
        private let list = Mutex<[String]>([])
        func add(_ level: MessageLevel, _ text: String) { list.withLock { $0.append("\(level.rawValue): \(text)") } }
        var all: [String] { list.withLock(\.self) }
        func wait(for text: String) -> Bool {
            for _ in 0..<1000 {
                if all.contains(where: { $0.contains(text) }) { return true }
                usleep(10_000)
            }
            return false
        }
    }

    @Test("A store that is moved away is noticed at the next read and write; put back, it goes on, and no record is lost or doubled")
    func movedAndBack() throws {
        let notices = Notices()
        let recorder = RunRecorder(store: store, run: run) { notices.add($0, $1) }
        recorder.record(.started(Sample.plan))
        recorder.record(.step(Sample.step(1)))
        recorder.record(.message(level: .info, text: "before"))
        try recorder.flush()
        let elsewhere = folder.url.appendingPathComponent("elsewhere")
        try move(folder.store.deletingLastPathComponent(), elsewhere)
        #expect(throws: StoreError.gone(path: folder.store.path)) { try store.runs() }
        #expect(throws: StoreError.gone(path: folder.store.path)) { try store.issue(.pause, run: run.id) }
        recorder.record(.step(Sample.step(2)))
        recorder.record(.message(level: .info, text: "meanwhile"))
        #expect(throws: StoreError.gone(path: folder.store.path)) { try recorder.flush() }
        #expect(throws: StoreError.self) { try recorder.flush() }
        #expect(
            notices.all == ["error: run 1 goes on, and its records wait in memory: \(StoreError.gone(path: folder.store.path))"],
            "told once")
        #expect(!exists(folder.store) && !exists(runFolder), "nothing is made where the store was")

        try move(elsewhere, folder.store.deletingLastPathComponent())
        recorder.record(.step(Sample.step(3)))
        #expect(notices.wait(for: "is again; no record is lost"))
        try recorder.close()
        #expect(try store.steps(run: run.id).map(\.step) == [1, 2, 3])
        let texts = try store.events(run: run.id).filter { $0.kind == .message }.map(\.text)
        #expect(texts.count == 3 && texts.prefix(2) == ["before", "meanwhile"] && texts[2].contains("the store was not written for"))
        let rows = try String(contentsOf: runFolder.appendingPathComponent("metrics.csv"), encoding: .utf8).split(separator: "\n")
        #expect(rows.count == 4)
    }

    @Test("Records committed in the instant in which the store goes are not written twice when it is back")
    func commitInDoubt() throws {
        let recorder = RunRecorder(store: store, run: run)
        let records = [
            TimedEvent(time: 5, event: .message(level: .warning, text: "twice?")), TimedEvent(time: 6, event: .step(Sample.step(1))),
        ]
        var step = 0
        for _ in 0..<2 { try store.write { try RunWriter(db: $0, run: run.id, mayRepeat: true).write(records, lastStep: &step) } }
        #expect(try store.events(run: run.id).count == 1 && store.steps(run: run.id).count == 1)
        try recorder.close()
    }

    @Test("A new file in the store's place is not written, and not read as if it were the store")
    func replaced() throws {
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.step(Sample.step(1)))
        try recorder.flush()
        for suffix in ["", "-wal", "-shm"] { try FileManager.default.removeItem(atPath: folder.store.path + suffix) }
        let other = folder.url.appendingPathComponent("other.sqlite")
        _ = try RunStore(at: other).createRun(name: "stranger", experiment: "", seed: 1)
        try FileManager.default.copyItem(at: other, to: folder.store)
        let before = try Data(contentsOf: folder.store)
        recorder.record(.step(Sample.step(2)))
        recorder.record(.stopped(step: 2))
        #expect(throws: StoreError.replaced(path: folder.store.path)) { try recorder.flush() }
        #expect(throws: StoreError.replaced(path: folder.store.path)) { try store.runs() }
        let error = #expect(throws: StoreError.self) { try recorder.close() }
        #expect(error == .unwritten(run.id, records: 2, file: copy.path, reason: "\(StoreError.replaced(path: folder.store.path))"))
        #expect("\(try #require(error))".contains("emolab runs recover 1 \(copy.path)"))
        #expect(try Data(contentsOf: folder.store) == before)
        #expect(try UnwrittenRecords.Reader(copy).header == UnwrittenRecords.Header(run))
    }

    @Test("A store whose write-ahead log was deleted is not written into a log that nobody would read")
    func logDeleted() throws {
        try FileManager.default.removeItem(atPath: folder.store.path + "-wal")
        #expect(throws: StoreError.gone(path: folder.store.path + "-wal")) { try store.createRun(name: "a", experiment: "", seed: 1) }
    }

    @Test("Where the store was deleted and the run's folder too, what is left goes into the temporary folder, and the error names the file")
    func everythingDeleted() throws {
        let recorder = RunRecorder(store: store, run: run)
        try FileManager.default.removeItem(at: folder.store.deletingLastPathComponent())
        recorder.record(.step(Sample.step(1)))
        let error = #expect(throws: StoreError.self) { try recorder.close() }
        guard case .unwritten(run.id, records: 1, let file, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        defer { unlink(file) }
        #expect(file.hasPrefix(FileManager.default.temporaryDirectory.path) && !exists(folder.store.deletingLastPathComponent()))
        var reader = try UnwrittenRecords.Reader(URL(fileURLWithPath: file))
        #expect(reader.next(10).map(\.event) == [.step(Sample.step(1))])
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
    }

    @Test("A deleted run folder comes back with the whole of its tables, from the store")
    func folderDeleted() throws {
        let notices = Notices()
        let recorder = RunRecorder(store: store, run: run) { notices.add($0, $1) }
        recorder.record(.started(Sample.plan))
        for i in 1...5 { recorder.record(.step(Sample.step(i))) }
        try recorder.flush()
        try FileManager.default.removeItem(at: runFolder)
        recorder.record(.step(Sample.step(6)))
        recorder.record(.epoch(Sample.epoch(1, accuracy: 0.5, isBest: true)))
        try recorder.flush()
        func rows(_ name: String) throws -> Int {
            try String(contentsOf: runFolder.appendingPathComponent(name), encoding: .utf8).split(separator: "\n").count
        }
        #expect(try rows("metrics.csv") == 7 && rows("epochs.csv") == 3)
        #expect(try String(contentsOf: runFolder.appendingPathComponent("experiment.toml"), encoding: .utf8) == Sample.experiment)
        #expect(notices.all.count == 1 && notices.all[0].contains("made anew"))
        // One of them alone, and one that is a folder now: told, and made anew when that is possible.
        let metrics = runFolder.appendingPathComponent("metrics.csv")
        try FileManager.default.removeItem(at: metrics)
        try FileManager.default.createDirectory(at: metrics, withIntermediateDirectories: false)
        recorder.record(.step(Sample.step(7)))
        try recorder.flush()
        #expect(notices.all.count == 2 && notices.all[1].contains("cannot be written"))
        try FileManager.default.removeItem(at: metrics)
        recorder.record(.step(Sample.step(8)))
        try recorder.close()
        #expect(try rows("metrics.csv") == 9 && rows("epochs.csv") == 3)
    }

    @Test("A full disk: training goes on, says so once, and everything is written when there is room again")
    func full() throws {
        let notices = Notices()
        let recorder = RunRecorder(store: store, run: run) { notices.add($0, $1) }
        let pool = try #require(store.pool)
        let pages = try pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA max_page_count = 1") }
        recorder.record(.message(level: .info, text: String(repeating: "x", count: 100_000)))
        recorder.record(.step(Sample.step(1)))
        #expect(throws: StoreError.full(path: folder.store.path)) { try recorder.flush() }
        #expect(notices.all.count == 1 && notices.all[0].contains("no space left"))
        #expect(exists(copy), "whoever kills the process now does not take the records along")
        recorder.record(.step(Sample.step(2)))
        #expect(throws: StoreError.full(path: folder.store.path)) { try recorder.flush() }
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = \((pages ?? 0) + 1000)") }
        try recorder.close()
        #expect(try store.steps(run: run.id).map(\.step) == [1, 2] && store.events(run: run.id).count == 2)
        #expect(!exists(copy))
    }

    @Test("Before a checkpoint everything told is in the store or in the run's folder, and resuming takes it in once")
    func settles() throws {
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.step(Sample.step(1)))
        try recorder.settle()
        #expect(try store.steps(run: run.id).map(\.step) == [1] && !exists(copy))
        let change = try store.issue(.set(key: "alpha.maximum", value: "0.05"), run: run.id)
        _ = try store.takeOrders(run: run.id)

        let aside = folder.url.appendingPathComponent("aside")
        try move(folder.store, aside)
        let meanwhile: [TrainingEvent] =
            (2...10).map { .step(Sample.step($0)) } + [
                .order(OrderRecord(id: change, step: 6, text: "alpha.maximum 0.1 → 0.05")),
                .epoch(Sample.epoch(1, accuracy: 0.5, isBest: true)),
                .message(level: .warning, text: "meanwhile"),
            ]
        for event in meanwhile { recorder.record(event) }
        try recorder.settle()
        #expect(try UnwrittenRecords.Reader(copy).header == UnwrittenRecords.Header(run))
        // Neither the one nor the other: then there must be no checkpoint.
        recorder.record(.step(Sample.step(11)))
        try FileManager.default.removeItem(at: runFolder)
        try Data("no folder".utf8).write(to: runFolder)
        #expect(throws: FileFailure.self) { try recorder.settle() }
        try FileManager.default.removeItem(at: runFolder)
        try FileManager.default.createDirectory(at: runFolder, withIntermediateDirectories: false)
        try recorder.settle()

        // The process is killed here.
        let text = try Data(contentsOf: copy)
        #expect(throws: StoreError.self) { try recorder.close() }
        try text.write(to: copy)
        try move(aside, folder.store)
        try orphan()
        try store.recoverBeforeResuming(run.id)
        let resumed = try store.resumeRun(run.id, after: 10)
        #expect(resumed.step == 10 && resumed.epoch == 1 && resumed.bestEpoch == 1 && !exists(copy))
        #expect(try store.steps(run: run.id).map(\.step) == Array(1...10))
        #expect(try store.appliedOrders(run: run.id) == [AppliedOrder(id: change, step: 6, key: "alpha.maximum", value: "0.05")])
        #expect(try store.events(run: run.id).filter { $0.text == "meanwhile" }.count == 1)
    }

    @Test("A run that another process resumed is not written by the one before, and its orders are not taken by it")
    func takenOver() throws {
        let recorder = RunRecorder(store: store, run: run)
        recorder.record(.step(Sample.step(1)))
        try recorder.flush()
        let mine = StoreOrders(store: store, run: run.id, attempt: run.attempt, interval: 60)
        try orphan()
        let resumed = try store.resumeRun(run.id, after: 0)
        try store.issue(.pause, run: run.id)
        recorder.record(.step(Sample.step(2)))
        #expect(throws: StoreError.takenOver(run.id)) { try recorder.flush() }
        #expect(throws: StoreError.takenOver(run.id)) { try recorder.settle() }
        mine.look()
        #expect(mine.takeOrders().isEmpty)
        let theirs = StoreOrders(store: store, run: run.id, attempt: resumed.attempt, interval: 60)
        theirs.look()
        #expect(theirs.takeOrders().map(\.order) == [.pause])
        #expect(try store.steps(run: run.id).isEmpty)
        #expect(throws: StoreError.self) { try recorder.close() }
        try orphan()
        #expect(throws: StoreError.cannotRecover(path: copy.path, reason: "run 1 was resumed since: its steps were trained again")) {
            try store.recoverRecords(run: run.id)
        }
        try store.recoverBeforeResuming(run.id)
        #expect(exists(copy), "it is of no use, and not ours to delete")
        let told = try #require(try store.events(run: run.id).last)
        #expect(told.level == .warning && told.text.hasPrefix(copy.path) && told.text.contains("was resumed since"))
    }

    // MARK: Taking in what was not written

    private var told: [TrainingEvent] {
        var nan = Sample.step(3)
        (nan[Sample.classLoss], nan[SeriesName.alpha]) = (.infinity, .nan)
        return [
            .started(Sample.plan), .step(Sample.step(1)), .step(Sample.step(2)), .step(nan),
            .message(level: .warning, text: "slow \u{1B}[2J disk\n"),
            .answers(epoch: 1, Sample.answers(1)), .epoch(Sample.epoch(1, accuracy: 0.7, isBest: true)),
            .checkpoint(CheckpointRecord(kind: .last, epoch: 1, step: 3, file: "last.ckpt")), .stopped(step: 3),
        ]
    }

    /// A run that told `told` while its store was away.
    private func leaveUnwritten() throws {
        let recorder = RunRecorder(store: store, run: run)
        let elsewhere = folder.url.appendingPathComponent("elsewhere.sqlite")
        try move(folder.store, elsewhere)
        told.forEach(recorder.record)
        #expect(throws: StoreError.self) { try recorder.close() }
        try move(elsewhere, folder.store)
    }

    private func expectTaken() throws {
        let stored = try #require(try store.run(run.id))
        #expect(stored.plan == Sample.plan && stored.summary.state == .stopped && stored.summary.step == 3 && stored.summary.bestEpoch == 1)
        let steps = try store.steps(run: run.id)
        #expect(steps.map(\.step) == [1, 2, 3] && steps[2][Sample.classLoss] == .infinity && steps[2][SeriesName.alpha]?.isNaN == true)
        #expect(try store.epochs(run: run.id) == [Sample.epoch(1, accuracy: 0.7, isBest: true)])
        #expect(try store.bestAnswers(run: run.id)?.answers.map(\.outputs) == Sample.answers(1).map(\.outputs))
        let events = try store.events(run: run.id)
        #expect(events.map(\.kind) == [.started, .message, .checkpoint, .stopped, .message])
        #expect(abs(events[0].time.timeIntervalSinceNow) < 60)
        let rows = try String(contentsOf: runFolder.appendingPathComponent("metrics.csv"), encoding: .utf8).split(separator: "\n")
        #expect(rows.count == 4)
    }

    @Test("Unwritten records are taken in once, as they were told, and the file goes")
    func recovers() throws {
        try leaveUnwritten()
        #expect(throws: StoreError.runIsLive(run.id, pid: getpid())) { try store.recoverRecords(run: run.id) }
        try orphan()
        let text = try Data(contentsOf: copy)
        let taken = try #require(try store.recoverRecords(run: run.id))
        #expect(taken == RecoveredRecords(run: run.id, file: copy.path, records: told.count, damaged: 0, kept: nil))
        try expectTaken()
        #expect(!exists(copy))
        #expect(try store.recoverRecords(run: run.id) == nil)
        // The program died after the transaction and before it removed the file.
        try text.write(to: copy)
        let again = try store.recoverRecords(run: run.id)
        #expect(again?.records == told.count)
        let events = try store.events(run: run.id)
        #expect(events.dropLast().map(\.kind) == [.started, .message, .checkpoint, .stopped, .message] && !exists(copy))
    }

    @Test("Unwritten records that cannot be read just now stay as they are, and the run is not resumed past them")
    func unreadable() throws {
        try leaveUnwritten()
        try orphan()
        let bytes = try Data(contentsOf: copy)
        for code in [EIO, EMFILE, ESTALE] {
            #expect(throws: FileFailure(action: "read", path: copy.path, code: code)) {
                try store.recoverBeforeResuming(
                    run.id, by: .failing { [copy] action, path in action == "read" && path == copy.path ? code : nil })
            }
            #expect(try Data(contentsOf: copy) == bytes)
        }
        #expect(try store.recoverRecords(run: run.id)?.records == told.count)
    }

    @Test("Damaged lines are counted and passed over, the others are taken in, and the file is kept")
    func damagedLines() throws {
        try leaveUnwritten()
        try orphan()
        var lines = try String(contentsOf: copy, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines.count == told.count + 1)
        let half = String(lines[2].prefix(lines[2].count / 2))
        lines.insert(
            contentsOf: [
                half, "", "{\"time\":\"inf\",\"event\":{\"stopped\":{\"step\":1}}}", "[[[[[[", "\u{0}\u{1}",
                String(repeating: "[", count: 100_000),
            ], at: 3)
        var data = Data(lines.joined(separator: "\n").utf8)
        data.append(contentsOf: [0x0A, 0xFF, 0xFE, 0x00])
        try data.write(to: copy)
        let taken = try #require(try store.recoverRecords(run: run.id))
        let aside = runFolder.appendingPathComponent("unwritten.damaged-1.jsonl")
        #expect(taken.records == told.count && taken.damaged == 6 && taken.kept == aside.path && exists(aside) && !exists(copy))
        try expectTaken()
        #expect(try store.events(run: run.id).last?.level == .warning)
    }

    @Test("A file cut anywhere gives what is whole in it and never more", arguments: [0.0, 0.05, 0.2, 0.5, 0.9, 0.99])
    func cut(share: Double) throws {
        try leaveUnwritten()
        try orphan()
        let data = try Data(contentsOf: copy)
        let cut = Data(data.prefix(Int(Double(data.count) * share)))
        try cut.write(to: copy)
        let whole = cut.filter { $0 == 0x0A }.count - 1
        if whole < 0 {
            #expect(throws: StoreError.cannotRecover(path: copy.path, reason: "it holds no records of a run")) {
                try store.recoverRecords(run: run.id)
            }
            #expect(try Data(contentsOf: copy) == cut)
        } else {
            #expect(try store.recoverRecords(run: run.id)?.records == whole)
        }
    }

    @Test(
        "A file of another run, another store or no run at all is refused and left as it is",
        arguments: ["run", "store", "text", "future", "folder", "none"])
    func foreign(kind: String) throws {
        try leaveUnwritten()
        try orphan()
        var lines = try String(contentsOf: copy, encoding: .utf8).split(separator: "\n").map(String.init)
        var header = UnwrittenRecords.Header(run)
        switch kind {
        case "run": header.run = 7
        case "store": header.created -= 5
        case "future": header.format = "emolab unwritten records 2"
        default: break
        }
        lines[0] = kind == "text" ? "name,value" : try JSON.text(header)
        var file = folder.url.appendingPathComponent("given.jsonl")
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        if kind == "folder" { file = folder.url }
        if kind == "none" { file = folder.url.appendingPathComponent("nothing") }
        let error = #expect(throws: StoreError.self) { try store.recoverRecords(run: run.id, from: file) }
        guard case .cannotRecover(path: file.path, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try store.steps(run: run.id).isEmpty && store.events(run: run.id).isEmpty && exists(copy))
    }
}

@Suite("Records that wait")
struct BacklogTests {
    private func steps(_ records: [TimedEvent]) -> [Int] {
        records.compactMap { if case .step(let step) = $0.event { step.step } else { nil } }
    }

    @Test("Beyond its bound every second of the older steps goes; epochs, orders, warnings and the last predictions stay, in order")
    func thins() {
        var backlog = Backlog(maximum: 1000)
        var kept = 0
        for i in 1...5000 {
            backlog.append(TimedEvent(time: Double(i), event: .step(Sample.step(i))))
            if i % 500 == 0 {
                let epoch = i / 500
                backlog.append(TimedEvent(time: Double(i), event: .answers(epoch: epoch, Sample.answers(epoch))))
                backlog.append(TimedEvent(time: Double(i), event: .epoch(Sample.epoch(epoch, accuracy: 0.5, isBest: epoch == 4))))
                backlog.append(TimedEvent(time: Double(i), event: .order(OrderRecord(id: Int64(epoch), step: i, text: "paused"))))
                backlog.append(TimedEvent(time: Double(i), event: .message(level: .warning, text: "w")))
                kept += 3
            }
            #expect(backlog.records.count <= 1000)
        }
        let left = steps(backlog.records)
        #expect(left == left.sorted() && Set(left).count == left.count && left.suffix(250) == Array(4751...5000)[...])
        #expect(left.first ?? .max < 64, "the beginning is still there, thinned")
        let others = backlog.records.filter { if case .step = $0.event { false } else { true } }
        let predictions: [Int] = others.compactMap { if case .answers(let epoch, _) = $0.event { epoch } else { nil } }
        #expect(others.count == kept + predictions.count && predictions.contains(4) && predictions.contains(10) && predictions.count < 10)
        let dropped = backlog.takeDropped()
        #expect(dropped.steps == 5000 - left.count && dropped.messages == 0 && dropped.range?.lowerBound ?? .max < 10)
        #expect(dropped.words.hasPrefix("\(dropped.steps) steps between ") && backlog.takeDropped().isEmpty)
        #expect(backlog.records.map(\.time) == backlog.records.map(\.time).sorted())
    }

    @Test("Where no step is left to go, quiet messages do, and the bound is asked again only after a quarter more")
    func messages() {
        var backlog = Backlog(maximum: 100)
        for i in 1...150 { backlog.append(TimedEvent(time: Double(i), event: .message(level: i % 2 == 0 ? .info : .error, text: "\(i)"))) }
        #expect(backlog.records.count <= 125)
        #expect(backlog.records.filter { $0.event == .message(level: .error, text: "\(Int($0.time))") }.count == 75)
        #expect(backlog.takeDropped().words == "\(150 - backlog.records.count) messages")
    }

    @Test("Records put back stand before those that came meanwhile")
    func putBack() {
        var backlog = Backlog(maximum: 100)
        for i in 1...3 { backlog.append(TimedEvent(time: 0, event: .step(Sample.step(i)))) }
        let taken = backlog.takeAll()
        backlog.append(TimedEvent(time: 0, event: .step(Sample.step(4))))
        backlog.putBack(taken)
        #expect(steps(backlog.records) == [1, 2, 3, 4])
    }

    @Test("A recorder whose store is away for long says what it had to drop, and keeps every epoch")
    func recorder() throws {
        let folder = try TemporaryFolder()
        let store = try RunStore(at: folder.store)
        let run = try store.createRun(name: "nano", experiment: Sample.experiment, seed: 1)
        let recorder = RunRecorder(store: store, run: run, maximumWaiting: 100)
        let elsewhere = folder.url.appendingPathComponent("elsewhere.sqlite")
        try FileManager.default.moveItem(at: folder.store, to: elsewhere)
        for i in 1...1000 {
            recorder.record(.step(Sample.step(i)))
            if i % 100 == 0 { recorder.record(.epoch(Sample.epoch(i / 100, accuracy: 0.5, isBest: false))) }
        }
        #expect(throws: StoreError.self) { try recorder.flush() }
        try FileManager.default.moveItem(at: elsewhere, to: folder.store)
        try recorder.close()
        #expect(try store.epochs(run: run.id).count == 10)
        let steps = try store.steps(run: run.id).count
        #expect(steps < 100 && steps > 40)
        let words = try #require(try store.events(run: run.id).last)
        #expect(words.level == .warning && words.text.contains("lost for want of memory: \(1000 - steps) steps between"))
    }
}
