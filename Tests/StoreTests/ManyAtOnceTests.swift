import Base
import Corpora
import Foundation
import GRDB
import Records
import Synchronization
import TestSupport
import Testing

@testable import Store

private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return (ContinuousClock.now - start) / .milliseconds(1)
}

@Suite("Many at one store", .serialized)
struct ManyAtOnceTests {
    let folder: TemporaryFolder
    let store: RunStore
    let run: RunSummary

    init() throws {
        folder = try TemporaryFolder()
        store = try RunStore(at: folder.store)
        run = try store.createRun(name: "nano", experiment: Sample.experiment, seed: 1)
    }

    /// Seconds: a few, or what EMOLAB_SOAK_SECONDS says.
    private static let duration = ProcessInfo.processInfo.environment["EMOLAB_SOAK_SECONDS"].flatMap(Double.init) ?? 3

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .relaxed) }
        func set() { value.store(true, ordering: .relaxed) }
    }

    /// Each on a thread of its own: `concurrentPerform` has no more than the machine has cores.
    private func threads(_ bodies: [@Sendable () throws -> Void], _ failures: FailureList) {
        let group = DispatchGroup()
        for body in bodies {
            group.enter()
            Thread {
                do { try body() } catch { failures.add("\(error)") }
                group.leave()
            }.start()
        }
        group.wait()
    }

    private struct Tally: Sendable {
        var reads = 0, written = 0, orders = 0, opened = 0
        var slowestRead = 0.0, slowestOrder = 0.0
        var largestLog = 0
    }

    @Test(
        "Ten readers, a trainer at full speed, order givers and programs that come and go: nobody is told busy, every read is of one moment"
    )
    func everyone() throws {
        let failures = FailureList(), stop = Flag(), tally = Mutex(Tally())
        let url = folder.store, id = run.id, attempt = run.attempt
        var bodies: [@Sendable () throws -> Void] = []
        // The trainer: steps as fast as they come, an epoch with predictions every thousand, orders obeyed between steps.
        bodies.append { [store, run] in
            let recorder = RunRecorder(store: store, run: run)
            let source = StoreOrders(store: store, run: id, attempt: attempt, interval: 0.02)
            var step = 0
            while !stop.isSet {
                for order in source.takeOrders() { recorder.record(.order(OrderRecord(id: order.id, step: step, text: "done"))) }
                step += 1
                recorder.record(.step(Sample.step(step, epoch: step / 1000 + 1)))
                if step % 1000 == 0 {
                    recorder.record(.answers(epoch: step / 1000, Sample.answers(step / 1000)))
                    recorder.record(.epoch(Sample.epoch(step / 1000, accuracy: 0.5, isBest: step % 3000 == 0)))
                }
                if step % 20 == 0 { usleep(1000) }
                if step % 500 == 0 { try recorder.flush() }
                if step % 500 == 0 { let log = try store.logSize(); tally.withLock { $0.largestLog = max($0.largestLog, log) } }
            }
            try recorder.close()
            let written = step
            tally.withLock { $0.written = written }
        }
        for _ in 0..<10 {
            bodies.append {
                let reader = try RunStore(at: url)
                var last = 0, revision = -1
                while !stop.isSet {
                    let taken = try milliseconds {
                        // One transaction: what it says of the run, its steps and its epochs is of one moment.
                        try reader.read { db in
                            let step = try Int.fetchOne(db, sql: "SELECT step FROM runs WHERE id = ?", arguments: [id]) ?? -1
                            let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM steps WHERE run = ?", arguments: [id])
                            let epochs = try Int.fetchOne(db, sql: "SELECT count(*) FROM epochs WHERE run = ?", arguments: [id]) ?? 0
                            let scores = try Int.fetchOne(db, sql: "SELECT count(*) FROM scored_parts WHERE run = ?", arguments: [id])
                            if step != count || scores != 2 * epochs || step / 1000 < epochs {
                                failures.add("step \(step), \(count ?? -1) rows, \(epochs) epochs, \(scores ?? -1) scores")
                            }
                            if step < last { failures.add("back from step \(last) to \(step)") }
                            last = step
                        }
                        let now = try reader.revision().runs
                        if now < revision { failures.add("the revision went back") }
                        revision = now
                        _ = try reader.steps(run: id, after: max(0, last - 100))
                        _ = try reader.runs()
                        _ = try reader.latestAnswers(run: id)
                    }
                    tally.withLock { ($0.reads, $0.slowestRead) = ($0.reads + 1, max($0.slowestRead, taken)) }
                    usleep(20_000)
                }
            }
        }
        for writer in 0..<3 {
            bodies.append {
                let screen = try RunStore(at: url)
                var i = 0
                while !stop.isSet {
                    i += 1
                    let taken = try milliseconds { try screen.issue(.set(key: "k\(writer)", value: "\(i)"), run: id) }
                    tally.withLock { ($0.orders, $0.slowestOrder) = ($0.orders + 1, max($0.slowestOrder, taken)) }
                    usleep(30_000)
                }
            }
        }
        bodies.append {
            while !stop.isSet {
                _ = try RunStore(at: url).runs()
                tally.withLock { $0.opened += 1 }
                usleep(10_000)
            }
        }
        bodies.append {
            Thread.sleep(forTimeInterval: Self.duration)
            stop.set()
        }
        threads(bodies, failures)
        #expect(failures.all == [])
        let t = tally.withLock(\.self)
        print(
            "store, \(Self.duration) s: \(t.written) steps, \(t.reads) reads (slowest \(Int(t.slowestRead)) ms), \(t.orders) orders (slowest "
                + "\(Int(t.slowestOrder)) ms), opened \(t.opened) times, log at most \(t.largestLog >> 10) KiB")
        // Others may use the machine: little was done then, but all of it rightly.
        #expect(t.reads > 20 && t.orders > 2 && t.written > 500 && t.opened > 2)
        #expect(try store.steps(run: id).count == t.written)
        let orders = try store.orders(run: id)
        #expect(orders.count == t.orders && orders.allSatisfy { [.applied, .taken, .pending].contains($0.state) })
        #expect(t.slowestOrder < RunStore.busyTimeout * 1000 && t.largestLog < RunRecorder.fullLog + 8 << 20)
    }

    @Test("Orders of eight who issue at once reach the trainer once each, in the order of their numbers, whoever asks the store for them")
    func ordersInOrder() throws {
        let failures = FailureList(), done = Atomic(0), url = folder.store, id = run.id
        let each = 25, writers = 8, takers = 4
        let source = StoreOrders(store: store, run: id, attempt: run.attempt, interval: 0.005)
        let applied = Mutex<[Int64]>([]), issued = Mutex<[[Int64]]>(Array(repeating: [], count: writers))
        let recorder = RunRecorder(store: store, run: run)
        var bodies: [@Sendable () throws -> Void] = []
        for writer in 0..<writers {
            bodies.append {
                defer { done.add(1, ordering: .relaxed) }
                let screen = try RunStore(at: url)
                for i in 0..<each {
                    let order: Order = i % 3 == 0 ? .pause : i % 3 == 1 ? .resume : .set(key: "k\(writer)", value: "\(i)")
                    let number = try screen.issue(order, run: id, by: "\(writer)")
                    issued.withLock { $0[writer].append(number) }
                }
            }
        }
        for _ in 0..<takers { bodies.append { while done.load(ordering: .relaxed) < writers { source.look() } } }
        bodies.append {
            let deadline = ContinuousClock.now + .seconds(60)
            while applied.withLock({ $0.count }) < writers * each, ContinuousClock.now < deadline {
                for order in source.takeOrders() {
                    applied.withLock { $0.append(order.id) }
                    recorder.record(.order(OrderRecord(id: order.id, step: 1, text: "done")))
                }
                usleep(500)
            }
        }
        threads(bodies, failures)
        try recorder.close()
        #expect(failures.all == [])
        let order = applied.withLock(\.self)
        #expect(order.count == writers * each && order == order.sorted() && Set(order).count == order.count)
        for numbers in issued.withLock(\.self) { #expect(numbers == numbers.sorted() && numbers.count == each) }
        #expect(try store.orders(run: id).allSatisfy { $0.state == .applied } && store.pendingOrders(run: id).isEmpty)
    }

    @Test(
        "The log stays bounded beside someone who reads for long, and is cut when he has gone; the trainer's records come in larger pieces then"
    )
    func longReader() throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: folder.store.path, configuration: configuration)
        let count = try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM steps") }
        try reader.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN")
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM steps")
        }
        // Twelve megabytes of notes in many transactions, as after an hour.
        let recorder = RunRecorder(store: store, run: run)
        for i in 0..<120 {
            recorder.record(.message(level: .info, text: "\(i) " + String(repeating: "x", count: 100_000)))
            try recorder.flush()
        }
        let grown = try store.logSize()
        #expect(grown > 12 << 20)
        #expect(!store.emptyLog(), "the reader needs it")
        try reader.writeWithoutTransaction { db in
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM steps") == count, "he sees the moment at which he began")
            try db.execute(sql: "COMMIT")
        }
        // The next writes take it back without anybody's doing.
        for i in 0..<3 {
            recorder.record(.step(Sample.step(i + 1)))
            try recorder.flush()
        }
        let after = try store.logSize()
        print("log beside a long reader \(grown >> 20) MiB, after him \(after >> 10) KiB")
        #expect(after <= RunStore.keptLog)
        try recorder.close()
        try reader.close()
    }

    @Test("What a commit costs: flushed to the disk each time, and not")
    func costOfACommit() throws {
        let pool = try #require(store.pool)
        func mode() throws -> Int? { try pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") } }
        #expect(try mode() == 2, "FULL")
        var words: [String] = []
        for (name, pragma) in [("NORMAL", 1), ("FULL", 2)] {
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = \(pragma)") }
            var times: [Double] = []
            for i in 0..<60 {
                let start = ContinuousClock.now
                try store.write { db in
                    var step = 0
                    try RunWriter(db: db, run: run.id).write([TimedEvent(time: 0, event: .step(Sample.step(i + 1)))], lastStep: &step)
                    try store.noteRunChange(db, run.id)
                }
                times.append((ContinuousClock.now - start) / .milliseconds(1))
            }
            times.sort()
            words.append("\(name) median \((times[30] * 100).rounded() / 100) ms, slowest \((times[59] * 100).rounded() / 100) ms")
        }
        print("a commit of one step: " + words.joined(separator: "; "))
    }

    @Test(
        "A transaction of the whole of a large corpus, and the deletion of a run of a hundred thousand steps, keep others waiting for less than a busy timeout"
    )
    func longTransactions() throws {
        var longest: [String: Double] = [:]
        func timed(_ name: String, _ body: () throws -> Void) rethrows {
            let start = ContinuousClock.now
            try body()
            longest[name] = (ContinuousClock.now - start) / .seconds(1)
        }
        let recorder = RunRecorder(store: store, run: run)
        try timed("100,000 steps recorded") {
            for i in 1...100_000 { recorder.record(.step(Sample.step(i))) }
            recorder.record(.stopped(step: 100_000))
            try recorder.close()
        }
        let clips = (0..<20_000).map { number in
            var clip = Sample.clip(number)
            clip.name = "clip \(number)"
            return clip
        }
        try timed("20,000 clips added") {
            try store.addCorpus(name: "crowd", format: "crema-d", folder: "/media", scan: CorpusScan(clips: clips, rejected: []))
        }
        try timed("deleted") { try store.deleteRun(run.id, withFolder: true) }
        print(longest.map { "\($0): \(($1 * 100).rounded() / 100) s" }.sorted().joined(separator: ", "))
        for name in ["20,000 clips added", "deleted"] { #expect(longest[name, default: 9] < RunStore.busyTimeout) }
        #expect(try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM steps") } == 0)
    }
}
