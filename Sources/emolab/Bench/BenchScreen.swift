import ArgumentParser
import Foundation
import Runs
import Store
import TUI
import Training

/// What the screen costs and how fast it answers, measured from outside: this program on a terminal of its own.
struct BenchScreen: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen", abstract: "Measure the workbench on a large invented store: start, keys, filter, idle, and beside a run.",
        discussion: """
            Times are from the key's last byte to the last byte of what it changed. Idle is five seconds in which nothing happens: no byte may be written. \
            With --train EXPERIMENT, a run on the real store trains with the screen open and closed in turn; the ratio of its clips/s is the price of watching.

            \(examples("emolab bench screen --runs 1000 --clips 1000", "emolab bench screen --train demo --rounds 2"))
            """)

    @Option(help: "Stored runs, \(BenchScreen.runCounts.words).")
    var runs = 10_000
    @Option(help: "Stored clips, \(BenchScreen.clipCounts.words).")
    var clips = 10_000
    @Option(help: "Epochs of the run that is shown, \(BenchScreen.epochCounts.words).")
    var epochs = 1000
    @Option(help: ArgumentHelp("Size of the terminal, 20x6 to 400x200.", valueName: "columns x rows"))
    var size = "120x36"
    @Option(
        help: ArgumentHelp(
            "Train this in turn with and without a screen, and compare; the corpora must be in the store.", valueName: "experiment"))
    var train: String?
    @Option(name: .customLong("set"), help: ArgumentHelp("With --train: override a key; may be repeated.", valueName: "section.key=value"))
    var overrides: [String] = []
    @Option(help: "With --train: time with and without a screen, each, \(BenchScreen.windows.words).")
    var window = 8.0
    @Option(help: "With --train: how often each, \(BenchScreen.roundCounts.words).")
    var rounds = 4
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    private var dimensions: [Int]? {
        let sides = size.lowercased().split(separator: "x").compactMap { Int($0) }
        return sides.count == 2 && (20...400).contains(sides[0]) && (6...200).contains(sides[1]) ? sides : nil
    }

    static let runCounts = OptionRange("--runs", 2...100_000)
    static let clipCounts = OptionRange("--clips", 12...1_000_000)
    static let epochCounts = OptionRange("--epochs", 1...10_000)
    static let roundCounts = OptionRange("--rounds", 1...100)
    static let windows = OptionRange("--window", 2...600.0, "s")

    func validate() throws {
        guard dimensions != nil else { throw ValidationError("--size takes COLUMNSxROWS of 20x6 to 400x200") }
        try Self.runCounts.check(runs)
        try Self.clipCounts.check(clips)
        try Self.epochCounts.check(epochs)
        try Self.roundCounts.check(rounds)
        try Self.windows.check(window)
    }

    private struct Report: Encodable {
        struct Keys: Encodable {
            var what: String
            var keys: Int
            var medianMilliseconds, worstMilliseconds: Double
        }
        struct Training: Encodable {
            var clipsPerSecondAlone, clipsPerSecondWatched: Double
            /// Watched over alone.
            var ratio: Double
            var processorShare: Double
        }
        var runs, clips, epochs: Int
        var size: String
        var firstFrameMilliseconds: Double
        var everythingMilliseconds: Double
        var keys: [Keys] = []
        var idleBytes: Int
        var idleProcessorShare: Double
        /// Beside a run that tells ten steps a second.
        var liveProcessorShare, liveBytesPerSecond: Double
        var residentMebibytes: Double
        var training: Training?
    }

    func run() throws {
        var report = try measureLargeStore()
        if let train { report.training = try measureTraining(train) }
        if output.json { return try printJSON(report) }
        func ms(_ value: Double) -> String { String(format: "%.1f", value) }
        var rows = [
            ["first frame", ms(report.firstFrameMilliseconds) + " ms", "100 ms"],
            ["everything read and drawn", ms(report.everythingMilliseconds) + " ms", ""],
        ]
        for one in report.keys {
            rows.append(["\(one.what), \(one.keys) keys", "\(ms(one.medianMilliseconds)) ms, worst \(ms(one.worstMilliseconds))", "50 ms"])
        }
        rows += [
            ["idle, bytes in 5 s", "\(report.idleBytes)", "0"],
            ["idle, of one core", String(format: "%.2f %%", report.idleProcessorShare * 100), ""],
            ["beside a run, of one core", String(format: "%.2f %%", report.liveProcessorShare * 100), "2 %"],
            ["beside a run, bytes/s", String(format: "%.0f", report.liveBytesPerSecond), ""],
            ["memory", String(format: "%.0f MiB", report.residentMebibytes), ""],
        ]
        if let training = report.training {
            rows += [
                ["training alone", String(format: "%.1f clips/s", training.clipsPerSecondAlone), ""],
                [
                    "training watched", String(format: "%.1f clips/s, %.1f %%", training.clipsPerSecondWatched, training.ratio * 100),
                    "98 %",
                ],
                ["screen beside it, of one core", String(format: "%.2f %%", training.processorShare * 100), "2 %"],
            ]
        }
        printTable(header: ["\(runs) runs, \(clips) clips, \(epochs) epochs", "measured", "budget"], rows: rows)
    }

    // MARK: A large store

    private func measureLargeStore() throws -> Report {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-screen-\(UUID().uuidString)", isDirectory: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let line = ProgressLine("making a store")
        let large = LargeStore(runs: runs, clips: clips, epochs: epochs)
        let (_, _, recorder) = try large.make(in: folder) { line.update(done: $0, of: $1) }
        line.finish()
        let screen = try open(folder.path, pane: "corpora")
        let first = screen.read(quiet: 5, limit: 20) { burst in burst.bytes.count > 200 }
        guard let shown = first.first else { throw CommandFailure("the screen drew nothing within 20 s") }
        let rest = screen.read(quiet: 1.5, limit: 60)
        var report = Report(
            runs: runs, clips: clips, epochs: epochs, size: size, firstFrameMilliseconds: (shown - screen.started) * 1000,
            everythingMilliseconds: ((rest.last ?? shown) - screen.started) * 1000, idleBytes: 0, idleProcessorShare: 0,
            liveProcessorShare: 0,
            liveBytesPerSecond: 0, residentMebibytes: 0)
        func keys(_ what: String, _ keys: [String]) {
            let times = keys.compactMap { answer(screen, to: $0) }.sorted()
            guard !times.isEmpty else { return }
            report.keys.append(
                Report.Keys(
                    what: what, keys: times.count, medianMilliseconds: times[times.count / 2] * 1000,
                    worstMilliseconds: times[times.count - 1] * 1000))
        }
        keys("filter the clips", ["/"] + "emotion:sad age>40 !sex=male".map(String.init) + ["\u{1B}"])
        keys("a word in the clips", ["/"] + "eleven".map(String.init) + ["\u{1B}"])
        keys("scroll the clips", Array(repeating: "j", count: 60) + Array(repeating: "\u{1B}[6~", count: 20) + ["G", "g"])
        keys("sort the clips", Array(repeating: "o", count: 12))
        keys("change the pane", ["2", "1", "2", "1", "2"])
        _ = screen.read(quiet: 1, limit: 5)
        let (before, start) = (screen.meter.processorSeconds, PseudoTerminal.now)
        report.idleBytes = screen.read(quiet: 5, limit: 5).bytes.count
        report.idleProcessorShare = (screen.meter.processorSeconds - before) / (PseudoTerminal.now - start)
        try measureLive(screen, large, recorder, &report)
        report.residentMebibytes = screen.meter.residentMebibytes
        screen.end()
        recorder.record(.stopped(step: epochs * large.stepsPerEpoch + 100))
        try recorder.close()
        return report
    }

    /// Ten steps a second for ten seconds, an epoch in the middle of them.
    private func measureLive(_ screen: PseudoTerminal, _ large: LargeStore, _ recorder: RunRecorder, _ report: inout Report) throws {
        let (before, start) = (screen.meter.processorSeconds, PseudoTerminal.now)
        var bytes = 0
        for turn in 0..<100 {
            recorder.record(.step(large.step(epochs * large.stepsPerEpoch + 1 + turn)))
            if turn == 50 { recorder.record(.epoch(large.record(epochs + 1, of: epochs + 1, shift: 0))) }
            bytes += screen.read(quiet: 0.1, limit: 0.1).bytes.count
        }
        let seconds = PseudoTerminal.now - start
        report.liveProcessorShare = (screen.meter.processorSeconds - before) / seconds
        report.liveBytesPerSecond = Double(bytes) / seconds
    }

    /// Seconds from a key to the last byte of its answer; nil where nothing changed.
    private func answer(_ screen: PseudoTerminal, to key: String) -> Double? {
        let start = PseudoTerminal.now
        screen.type(key)
        return screen.read(quiet: 0.06, limit: 1).last.map { $0 - start }
    }

    private func open(_ folder: String, pane: String) throws -> PseudoTerminal {
        let sides = dimensions ?? [120, 36]
        return try PseudoTerminal(
            RunLauncher.program, ["workbench", "--store", folder, "--pane", pane], columns: sides[0], rows: sides[1],
            environment: PseudoTerminal.plainEnvironment)
    }

    // MARK: A run that trains

    /// Clips a second of one run, in turn alone and with a screen on it: whatever else the machine does hits both.
    private func measureTraining(_ experiment: String) throws -> Report.Training {
        let store = try store.open()
        let experiment = try BuiltInExperiments.read(
            experiment, overrides: overrides + ["training.epochs=10000", "training.patience=10000"])
        let session = try RunSession(prepareWithProgress(experiment, like: nil, store: store), store: store)
        let ended = DispatchSemaphore(value: 0)
        TrainingQueue.queue.async {
            _ = try? session.train()
            ended.signal()
        }
        defer {
            _ = try? store.issue(.stop, run: session.run.id)
            ended.wait()
        }
        // The first steps warm pools and caches.
        Thread.sleep(forTimeInterval: min(5, window))
        var alone: [Double] = [], watched: [Double] = [], shares: [Double] = []
        let line = ProgressLine("training in turn")
        for round in 0..<rounds {
            alone.append(try rate(of: session.run.id, in: store) { Thread.sleep(forTimeInterval: window) })
            let screen = try open(store.folder.path, pane: "train")
            _ = screen.read(quiet: 1, limit: 2)
            let (before, start) = (screen.meter.processorSeconds, PseudoTerminal.now)
            // The terminal must be read, as any terminal is: a full one would stop the screen.
            watched.append(try rate(of: session.run.id, in: store) { _ = screen.read(quiet: window, limit: window) })
            shares.append((screen.meter.processorSeconds - before) / (PseudoTerminal.now - start))
            screen.end()
            line.update(done: round + 1, of: rounds)
        }
        line.finish()
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        let ratios = zip(watched, alone).map { $0 / max($1, 1e-9) }
        return Report.Training(
            clipsPerSecondAlone: median(alone), clipsPerSecondWatched: median(watched), ratio: median(ratios),
            processorShare: median(shares))
    }

    /// Clips in steps that the run told during one window, over the seconds of these steps.
    private func rate(of run: Int64, in store: RunStore, during window: () -> Void) throws -> Double {
        let before = try store.run(run)?.summary.step ?? 0
        window()
        let steps = try store.steps(run: run, after: before)
        let seconds = steps.reduce(0) { $0 + $1.seconds }
        guard seconds > 0 else { throw CommandFailure("run \(run) told no step within \(self.window) s; is it still training?") }
        return Double(steps.reduce(0) { $0 + $1.samples }) / seconds
    }
}
