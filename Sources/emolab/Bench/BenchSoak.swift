// An hour of everything at once: a run, a screen on it that is used, orders and readers. Memory must stay flat and every order be answered.
import ArgumentParser
import Base
import Foundation
import Records
import Runs
import Store
import Synchronization
import TUI
import Training

struct BenchSoak: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak", abstract: "Train for an hour with the screen open, keys, orders and readers at random; memory must stay flat.",
        discussion: """
            The run and the screen are processes of their own on the real store. Orders come from here, keys and sizes of the terminal too. \
            Ends with exit code 1 where memory grew, an order was lost or came out of turn, a reader was refused, or one of the two ended. \
            The run is stopped and saved at the end.

            \(examples("emolab bench soak demo --minutes 10"))
            """)

    @Argument(help: "What is trained; the corpora must be in the store.") var experiment = "demo"
    @Option(help: "How long, \(BenchSoak.lengths.words).") var minutes = 60.0
    @Option(help: "Readers of the store beside the screen, each with connections of its own: \(BenchSoak.readerCounts.words).")
    var readers = 10
    @Option(help: "Seed of keys, sizes and orders.") var seed: UInt64 = 1
    @Option(name: .customLong("set"), help: ArgumentHelp("Override a key; may be repeated.", valueName: "section.key=value"))
    var overrides: [String] = []
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    static let lengths = OptionRange("--minutes", 0.2...10_000, "minutes")
    static let readerCounts = OptionRange("--readers", 0...100)

    func validate() throws {
        try Self.lengths.check(minutes)
        try Self.readerCounts.check(readers)
    }

    /// MiB a process has in memory over the soak.
    struct Memory: Encodable {
        private(set) var samples: [(minutes: Double, mebibytes: Double)] = []

        mutating func take(_ meter: ProcessMeter, at minutes: Double) { samples.append((minutes, meter.residentMebibytes)) }

        /// Medians of the second and of the last quarter: the first is warming up. Nil for less than ten minutes, in which pools and caches still fill.
        private var ends: (early: Double, late: Double)? {
            guard samples.count >= 8, samples[samples.count - 1].minutes - samples[0].minutes >= 9 else { return nil }
            let quarter = samples.count / 4
            func median(_ part: ArraySlice<(minutes: Double, mebibytes: Double)>) -> Double {
                part.map(\.mebibytes).sorted()[part.count / 2]
            }
            return (median(samples[quarter..<2 * quarter]), median(samples[(samples.count - quarter)...]))
        }
        /// MiB more in the last quarter than in the second.
        var growth: Double { ends.map { $0.late - $0.early } ?? 0 }
        /// Within what an allocator does by itself: a twentieth, or 8 MiB.
        var isFlat: Bool { ends.map { $0.late - $0.early <= max(8, $0.early / 20) } ?? true }

        enum CodingKeys: String, CodingKey { case early, late, peak, growth, isFlat }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(ends?.early, forKey: .early)
            try container.encodeIfPresent(ends?.late, forKey: .late)
            try container.encode(samples.map(\.mebibytes).max() ?? 0, forKey: .peak)
            try container.encode(growth, forKey: .growth)
            try container.encode(isFlat, forKey: .isFlat)
        }

        var words: String {
            guard let ends else { return "too short to say" }
            return String(format: "%.0f, then %.0f MiB (%+.1f)", ends.early, ends.late, growth)
        }
    }

    struct Report: Encodable {
        var minutes = 0.0
        var run: Int64 = 0
        var steps = 0
        var orders = 0, applied = 0, refused = 0, lost = 0, outOfTurn = 0
        var keys = 0, sizes = 0, screenBytes = 0
        var reads = 0, refusedReads = 0
        /// Why the first reader was refused.
        var firstRefusal: String?
        var largestLogMebibytes = 0.0
        var trainer = Memory(), screen = Memory()
        /// What ended before its time.
        var ended: [String] = []

        var isGood: Bool { trainer.isFlat && screen.isFlat && lost == 0 && outOfTurn == 0 && refusedReads == 0 && ended.isEmpty }
    }

    func run() throws {
        let store = try store.open()
        let trainer = try Trainee(experiment, overrides + ["training.epochs=10000", "training.patience=10000"], in: store)
        defer { trainer.end() }
        let screen = try PseudoTerminal(
            RunLauncher.program, ["workbench", "--store", store.url.path, "--pane", "train"], columns: 120, rows: 36,
            environment: PseudoTerminal.plainEnvironment)
        let crowd = Readers(readers, of: store.url, run: trainer.run)
        let stop = Interruption("ending the soak")
        defer { stop.remove() }
        var report = Report(run: trainer.run)
        soak(screen, trainer, store, stop, &report)
        (report.reads, report.refusedReads, report.firstRefusal) = crowd.end()
        screen.end()
        trainer.end()
        try judgeOrders(store, &report)
        report.steps = try store.run(trainer.run)?.summary.step ?? 0
        if output.json { try printJSON(report) } else { show(report) }
        if !report.isGood { throw ExitCode(1) }
    }

    private func soak(_ screen: PseudoTerminal, _ trainer: Trainee, _ store: RunStore, _ stop: Interruption, _ report: inout Report) {
        var user = RandomUser(seed: seed)
        let (start, line) = (PseudoTerminal.now, ProgressLine("soaking, minutes"))
        var nextSample = start, nextOrder = start + 2
        while PseudoTerminal.now - start < minutes * 60, !stop.isAsked {
            let now = PseudoTerminal.now
            report.minutes = (now - start) / 60
            if user.isOneIn(40) {
                let size = user.size()
                screen.resize(columns: size.columns, rows: size.rows)
                report.sizes += 1
            } else {
                screen.type(user.key())
                report.keys += 1
            }
            if now >= nextOrder {
                if (try? store.issue(user.order(), run: trainer.run, by: "soak")) != nil { report.orders += 1 }
                nextOrder = now + user.pause()
            }
            if now >= nextSample {
                report.screen.take(screen.meter, at: report.minutes)
                report.trainer.take(ProcessMeter(process: trainer.process), at: report.minutes)
                let log = try? FileManager.default.attributesOfItem(atPath: store.url.path + "-wal")[.size] as? Int
                report.largestLogMebibytes = max(report.largestLogMebibytes, Double((log ?? nil) ?? 0) / 1_048_576)
                nextSample += max(2, minutes / 2)
                line.update(done: Int(report.minutes), of: Int(minutes.rounded(.up)))
            }
            report.screenBytes += screen.read(quiet: 0.2, limit: 0.25).bytes.count
            if screen.hasGone { report.ended.append("the screen after \(Int(report.minutes)) minutes") }
            if trainer.hasGone { report.ended.append("the run after \(Int(report.minutes)) minutes") }
            if !report.ended.isEmpty { break }
        }
        line.finish()
    }

    /// Orders are answered in the order of their numbers, each at a step no earlier than the one before.
    private func judgeOrders(_ store: RunStore, _ report: inout Report) throws {
        var last = 0
        for order in try store.orders(run: report.run) {
            switch order.state {
            case .applied: report.applied += 1
            case .refused: report.refused += 1
            case .pending, .taken: report.lost += 1
            // Given while the run was ending.
            case .lapsed: break
            }
            guard let step = order.step else { continue }
            if step < last { report.outOfTurn += 1 }
            last = step
        }
    }

    private func show(_ report: Report) {
        var rows = [
            ["minutes", String(format: "%.1f", report.minutes)], ["run \(report.run), steps", "\(report.steps)"],
            [
                "orders",
                "\(report.orders): \(report.applied) applied, \(report.refused) refused, \(report.lost) lost, \(report.outOfTurn) out of turn",
            ],
            ["keys and sizes", "\(report.keys) and \(report.sizes), \(ByteCount.text(report.screenBytes)) drawn"],
            [
                "reads by \(readers) readers",
                "\(report.reads), \(report.refusedReads) refused\(report.firstRefusal.map { ": " + $0.printable } ?? "")",
            ],
            ["largest write-ahead log", String(format: "%.1f MiB", report.largestLogMebibytes)],
            ["memory of the run", report.trainer.words + (report.trainer.isFlat ? "" : "   grows")],
            ["memory of the screen", report.screen.words + (report.screen.isFlat ? "" : "   grows")],
        ]
        for words in report.ended { rows.append(["ended", words]) }
        printTable(header: ["soak of \(experiment.printable)", "measured"], rows: rows)
    }
}

/// The run as a process of its own.
private final class Trainee {
    let process: pid_t
    let run: Int64
    private var isEnded = false

    /// - Throws: `CommandFailure` where it has not begun within ten minutes.
    init(_ experiment: String, _ overrides: [String], in store: RunStore) throws {
        let began = Date()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        let words = ["emolab", "train", experiment, "--store", store.url.path] + overrides.flatMap { ["--set", $0] }
        let pointers = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, RunLauncher.program, &actions, nil, pointers, environ)
        guard code == 0 else { throw CommandFailure("the run cannot be started: \(String(cString: strerror(code)))") }
        process = pid
        let deadline = PseudoTerminal.now + 600
        var found: Int64?
        while found == nil {
            var status: Int32 = 0
            guard PseudoTerminal.now < deadline, waitpid(pid, &status, WNOHANG) == 0 else {
                kill(pid, SIGKILL)
                throw CommandFailure("the run did not begin; what it said is above")
            }
            usleep(200_000)
            found = try store.run(ofProcess: pid, since: began)
        }
        run = found ?? 0
    }

    var hasGone: Bool {
        guard !isEnded else { return true }
        var status: Int32 = 0
        isEnded = waitpid(process, &status, WNOHANG) == process
        return isEnded
    }

    /// Asks it to stop and save, and waits.
    func end() {
        guard !hasGone else { return }
        kill(process, SIGTERM)
        let deadline = PseudoTerminal.now + 60
        while !hasGone {
            if PseudoTerminal.now > deadline { kill(process, SIGKILL) }
            usleep(20_000)
        }
    }
}

/// Threads that read the store as fast as a screen might, and count how often they were refused.
private final class Readers: Sendable {
    private struct Count {
        var reads = 0, refused = 0
        var first: String?
        var isEnding = false
    }
    private let count = Mutex(Count())
    private let group = DispatchGroup()

    init(_ number: Int, of url: URL, run: Int64) {
        for index in 0..<number {
            DispatchQueue(label: "emolab.soak.reader-\(index)", qos: .utility).async(group: group) { [self] in read(url, run) }
        }
    }

    private func read(_ url: URL, _ run: Int64) {
        while !count.withLock(\.isEnding) {
            do {
                // A connection of its own, opened anew now and then as screens are.
                let store = try RunStore(at: url, access: .readOnly)
                for _ in 0..<100 where !count.withLock(\.isEnding) {
                    let step = try store.run(run)?.summary.step ?? 0
                    _ = try store.steps(run: run, after: max(0, step - 200))
                    _ = try store.epochs(run: run, after: 0).count
                    _ = try store.runs(limit: 50)
                    count.withLock { $0.reads += 1 }
                    usleep(100_000)
                }
            } catch {
                count.withLock {
                    $0.refused += 1
                    $0.first = $0.first ?? "\(error)"
                }
                usleep(100_000)
            }
        }
    }

    func end() -> (reads: Int, refused: Int, first: String?) {
        count.withLock { $0.isEnding = true }
        group.wait()
        return count.withLock { ($0.reads, $0.refused, $0.first) }
    }
}

/// Somebody who presses whatever harms nothing: no key that begins, stops or leaves.
private struct RandomUser {
    private var stream: RandomStream
    /// An order that pauses is followed by one that resumes.
    private var hasPaused = false

    init(seed: UInt64) { stream = RandomStream(seed: seed, name: "soak") }

    private static let keys =
        [
            "1", "2", "3", "4", "5", "6", "7", "9", "j", "k", "h", "l", "g", "G", "z", "|", "_", "X", "\t", "?", "\u{1B}", "\u{1B}",
            "\u{1B}", "+", "-", "v", "T",
        ]
        + [
            "\u{1B}[A", "\u{1B}[B", "\u{1B}[C", "\u{1B}[D", "\u{1B}[5~", "\u{1B}[6~", "\u{1B}[H", "\u{1B}[F", "/sad\u{1B}", "/a>1\u{1B}",
            ":tr\u{1B}", "[", "]", "d", "o",
        ]

    mutating func isOneIn(_ count: Int) -> Bool { stream.int(below: count) == 0 }
    mutating func key() -> String { Self.keys[stream.int(below: Self.keys.count)] }
    mutating func size() -> (columns: Int, rows: Int) { (20 + stream.int(below: 200), 6 + stream.int(below: 60)) }
    /// Seconds to the next order: soon after a pause.
    mutating func pause() -> Double { hasPaused ? 0.5 : 1 + Double(stream.uniform()) * 6 }

    mutating func order() -> Order {
        if hasPaused {
            hasPaused = false
            return .resume
        }
        switch stream.int(below: 6) {
        case 0:
            hasPaused = true
            return .pause
        case 1: return .set(key: "alpha.maximum", value: String(format: "%.3f", 0.01 + 0.5 * stream.uniform()))
        case 2: return .set(key: "training.patience", value: "\(9000 + stream.int(below: 1000))")
        case 3: return .set(key: "learning_rate", value: "not a number")
        case 4: return .resume
        default: return .set(key: "learning_rate", value: String(format: "%.6f", 0.0001 + 0.0005 * stream.uniform()))
        }
    }
}
