import ArgumentParser
import Base
import Corpora
import DemoCorpora
import Foundation
import Runs
import Store
import Synchronization
import TUI
import Training

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Make two small corpora if they are missing, train a DANN run on them, and watch it live.",
        discussion: """
            The corpora are real media files: spoken, drawn, encoded, and decoded again. With --headless it runs without a screen.

            \(examples("emolab demo", "emolab demo --headless --set training.epochs=5 --json"))
            """)

    @Option(help: ArgumentHelp("Where the demo corpora lie or are made. Default: `demo` in the XDG data folder.", valueName: "folder"))
    var folder: String?
    @Option(help: "Seed of the demo corpora.")
    var seed: UInt64 = 1
    @Option(help: "Actors of each corpus, \(OptionRanges.actors.words) (studio at most 24). Default: 24 and 40.")
    var actors: Int?
    @Option(help: "Clips of each actor, \(OptionRanges.clips.words). Default: 17 and 10.")
    var clips: Int?
    @Option(help: "A TOML file, or the name of a built-in experiment.")
    var experiment = "demo"
    @Option(name: .customLong("set"), help: ArgumentHelp("Override a key; may be repeated.", valueName: "section.key=value"))
    var overrides: [String] = []
    @Flag(help: "Train without a screen.")
    var headless = false
    @OptionGroup var screen: ScreenOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    private var settings: DemoSettings { DemoSettings(seed: seed, actors: actors, clips: clips) }

    func validate() throws {
        try checkingUsage { try settings.validate() }
        if output.json, !headless { throw ValidationError("--json goes with --headless: the screen is on standard output") }
        if headless, let option = screen.screenOption {
            throw ValidationError("--headless and \(option) exclude each other: there is no screen")
        }
    }

    func run() throws {
        let experiment = try BuiltInExperiments.read(experiment, overrides: overrides)
        if !headless {
            try screen.requireTerminal()
            // Before anything speaks: loggers keep the handler that they began with.
            _ = SessionLog.begin()
        }
        let store = try store.make()
        let root =
            folder.map { URL(fileURLWithPath: ($0 as NSString).expandingTildeInPath) } ?? UserFolders.data().appendingPathComponent("demo")
        try makeDemoCorpora(in: root, settings: settings)
        for corpus in DemoCorpus.allCases { try add(corpus, root: root, store: store) }

        if headless {
            let (_, outcome) = try Headless(store: store, json: output.json).train(experiment)
            if outcome == .failed { throw ExitCode(1) }
            return
        }
        try watch(experiment, store: store)
    }

    /// A demo corpus becomes one of the store like any other; a corpus of that name from elsewhere is not touched.
    private func add(_ corpus: DemoCorpus, root: URL, store: RunStore) throws {
        let folder = root.appendingPathComponent(corpus.rawValue).standardizedFileURL
        if let known = try store.corpora().first(where: { $0.name == corpus.rawValue }), known.folder != folder.path {
            throw CommandFailure(
                "the store has a corpus named \(known.name) at \(known.folder); remove it (`emolab corpora remove \(known.name)`) or use another --store"
            )
        }
        guard let format = CorpusFormats.detect(folder) else { throw CommandFailure("\(folder.path): no demo clips there") }
        let scan = try format.init().scan(folder, corpus: corpus.rawValue)
        try store.addCorpus(name: corpus.rawValue, format: format.name, folder: folder.path, scan: scan, replacing: true)
    }

    /// Trains on a background queue while the workbench is open; leaving it stops the run after its step and saves. Where the user wants it to go on,
    /// it does so from there in a process of its own: a resumed run computes the same bits. Where the terminal goes, it goes on in this one.
    private func watch(_ experiment: Experiment, store: RunStore) throws {
        let session = try RunSession(prepareWithProgress(experiment, like: nil, store: store), store: store)
        let ended = DispatchSemaphore(value: 0)
        TrainingQueue.queue.async {
            do { _ = try session.train() } catch { standardError("emolab: \(error)") }
            ended.signal()
        }
        let end = try screen.open(store, localRun: session.run.id)
        if end == .signal(SIGHUP), ended.wait(timeout: .now()) == .timedOut { return trainOn(session, until: ended) }
        if ended.wait(timeout: .now()) == .timedOut {
            standardError("emolab: stopping run \(session.run.id) after its step and saving")
            session.stop(by: "the screen that was left")
            ended.wait()
        }
        if end == .detached, try store.run(session.run.id)?.summary.state == .stopped {
            return try goOn(session.run.id, isPaused: session.endedPaused, store)
        }
        if let run = try store.run(session.run.id) {
            let scores = [("source", run.summary.score(.sourceValidation)), ("target", run.summary.score(.targetValidation))].compactMap {
                name, accuracy in
                accuracy.map { "\(name) \(score($0))" }
            }
            // The scores are those of the best epoch, seldom the last one.
            let best = run.summary.bestEpoch.map { "in epoch \(run.summary.epoch); best epoch \($0): \(scores.joined(separator: ", "))" }
            standardError("run \(run.id) \(run.summary.state.name) \(best ?? "before its first epoch ended"); `emolab` shows it again")
        }
        if case .signal(let number)? = end { throw ExitCode(128 + number) }
    }
}

extension DemoCommand {
    /// The terminal has gone, a dropped connection perhaps; nobody has asked the run to stop. It goes on here, without a screen.
    private func trainOn(_ session: RunSession, until ended: DispatchSemaphore) {
        // The shell that goes after its terminal sends one more.
        signal(SIGHUP, SIG_IGN)
        let nowhere = open("/dev/null", O_RDWR)
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where nowhere >= 0 { dup2(nowhere, stream) }
        let stopper = Interruption.stopping(session, signals: [SIGINT, SIGTERM])
        defer { stopper.remove() }
        ended.wait()
    }

    /// Lets a run that was stopped go on, or stay paused, in a process of its own; returns when it does.
    private func goOn(_ run: Int64, isPaused: Bool, _ store: RunStore) throws {
        standardError("emolab: run \(run) is saved and \(isPaused ? "stays paused" : "goes on") in a process of its own")
        let told = Mutex("")
        let settled = DispatchSemaphore(value: 0)
        let launcher = RunLauncher(store: store)
        launcher.launch(.resume(run: run, changes: [], isPaused: isPaused)) { _ in
        } told: { words in
            told.withLock { $0 = words }
            settled.signal()
        }
        guard settled.wait(timeout: .now() + 60) == .success else {
            return standardError("run \(run) is still being prepared; `emolab` shows it")
        }
        let words = told.withLock(\.self)
        guard try store.run(run)?.summary.state.isLive == true || store.run(run)?.summary.state == .finished else {
            throw CommandFailure(words)
        }
        standardError("\(words); `emolab` shows it")
    }
}

/// Makes the demo corpora with a line of progress; what is there already is not made again.
func makeDemoCorpora(in folder: URL, settings: DemoSettings) throws {
    let line = ProgressLine("making demo clips")
    _ = try DemoCorpora(settings).make(in: folder, progress: { done, total in line.update(done: done, of: total) })
    line.finish()
}
