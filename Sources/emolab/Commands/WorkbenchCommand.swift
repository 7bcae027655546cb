import ArgumentParser
import Base
import Foundation
import Runs
import Store
import TUI
import Training
import Viz

struct WorkbenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workbench", abstract: "Open the workbench on the run store (what `emolab` alone does).",
        discussion: """
            It shows live every run of the store, in whichever process it is trained. Press ? for the keys.

            \(examples("emolab workbench --pane runs", "emolab --once train --size 100x30 --output train.png"))
            """)

    @OptionGroup var screen: ScreenOptions
    @OptionGroup var store: StoreOptions

    func run() throws {
        _ = SessionLog.begin()
        let (store, notice) = try store.openForScreen(isPrinted: screen.once != nil)
        if case .signal(let number)? = try screen.open(store, localRun: nil, notice: notice) { throw ExitCode(128 + number) }
    }
}

/// How the screen looks, and the frame that is printed instead of it.
struct ScreenOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Print one frame of a pane and end: \(ScreenOptions.paneNames).", valueName: "pane"))
    var once: String?
    @Option(help: "The pane shown first: \(ScreenOptions.paneNames). Default: as it was left, at first train where there are runs.")
    var pane: String?
    @OptionGroup var frame: FrameOptions
    @Option(help: ArgumentHelp("Write every key to a file that --play takes.", valueName: "file"))
    var record: String?
    @Option(
        help: ArgumentHelp(
            "Play the keys of a file. Without a terminal, print the last frame and end: 1 where an expectation was not met.",
            valueName: "file"))
    var play: String?
    @Flag(help: "Lines of words instead of boxes and curves, for screen readers; also with --once.")
    var accessible = false
    @Flag(help: "Forget panes, splits and theme of the last session.")
    var resetView = false

    static let paneNames = PaneName.allCases.map(\.rawValue).joined(separator: ", ")

    func validate() throws {
        if let pane { _ = try paneName(pane) }
        if let once { _ = try paneName(once) }
        if let record {
            guard !OutputFile(argument: record).isStandardOutput else {
                throw ValidationError("--record takes a file: the screen is on standard output")
            }
            guard once == nil else {
                throw ValidationError("--record and --once exclude each other: nothing is typed where one frame is printed")
            }
        }
        if frame.output != nil, once == nil, play == nil {
            throw ValidationError("--output goes with --once or --play; in the workbench the command export writes what is shown")
        }
    }

    /// The first option that asks for a screen or a frame of it; nil where none does.
    var screenOption: String? {
        [("--once", once), ("--pane", pane), ("--play", play), ("--record", record), ("--output", frame.output)].first { $0.1 != nil }?.0
            ?? (accessible ? "--accessible" : resetView ? "--reset-view" : nil)
    }

    /// Opens the workbench, or prints one frame where `--once` asks for it.
    /// - Parameter notice: what is to be said of the store.
    /// - Throws: `CommandFailure` where there is no terminal and no `--once`.
    /// - Returns: how the user left; nil after `--once` and after a script without a terminal.
    @discardableResult
    func open(_ store: RunStore, localRun: Int64?, run: Int64? = nil, notice storeNotice: String? = nil) throws -> WorkbenchEnd? {
        let feed = StoreFeed(store: store, services: WorkbenchServices(store), run: localRun ?? run, sessionLog: SessionLog.begin())
        let isPrinted = once != nil || (play != nil && !hasTerminal)
        let settings = try workbenchSettings(hasView: !isPrinted)
        let script = try play.map { try readScript($0) }
        if isPrinted {
            if record != nil { throw ValidationError("--record writes what is typed on a terminal, and there is none") }
            if let storeNotice { standardError("emolab: " + storeNotice) }
            try printFrame(feed, settings, script, localRun: localRun)
            return nil
        }
        try requireTerminal()
        var options = WorkbenchOptions()
        options.localRun = localRun
        options.pane =
            try pane.map { try paneName($0) } ?? (localRun == nil ? settings.view.map(\.layout.focused) : nil) ?? firstPane(store)
        options.terminal = TerminalChoice.found(colours: try frame.colourDepth(), glyphs: try frame.glyphLadder(), theme: settings.theme)
        options.settings = settings
        options.view = ViewStore()
        (options.script, options.recording) = (script, record)
        options.notice = storeNotice
        return try Workbench.run(feed: feed, options: options)
    }

    private var hasTerminal: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    /// - Throws: `CommandFailure` where stdin or stdout is no terminal and no frame was asked for.
    func requireTerminal() throws {
        guard once == nil, play == nil, !hasTerminal else { return }
        throw CommandFailure("the workbench needs a terminal; `emolab --once train` prints one frame, `emolab runs list --json` the runs")
    }

    private func firstPane(_ store: RunStore) throws -> PaneName { try store.runs(limit: 1).isEmpty ? .corpora : .train }

    /// The user's configuration, themes and, where a frame is not printed, last view.
    /// - Throws: `ValidationError` where `--theme` names none.
    private func workbenchSettings(hasView: Bool) throws -> WorkbenchSettings {
        let (config, library) = (Config.read(), ThemeLibrary())
        var settings = WorkbenchSettings()
        (settings.keys, settings.themes, settings.brokenThemes) = (config.keys, library.themes, library.broken)
        if resetView { ViewStore().remove() }
        // A printed frame is the same whatever was looked at before.
        settings.view = resetView || !hasView ? nil : ViewStore().read()
        settings.isAccessible = accessible
        settings.hasMouse = settings.view?.hasMouse ?? config.hasMouse ?? true
        settings.configuredTheme = config.theme ?? ""
        settings.problems = UserSettings(config: config, library: library, remembered: settings.rememberedTheme).problems
        // What was chosen on the screen counts until the configuration says something else.
        settings.theme =
            try frame.chosenTheme(in: library) ?? (settings.rememberedTheme ?? config.theme).flatMap { library.theme(named: $0) }
        return settings
    }

    private static let longestScript = 4 << 20

    private func readScript(_ path: String) throws -> Script {
        do {
            return try Script(BoundedFile.text(of: URL(fileURLWithPath: path), atMost: Self.longestScript))
        } catch let error as UnreadableFile {
            throw CommandFailure("\(error)")
        } catch {
            throw CommandFailure("\(path): \(error)", code: 2)
        }
    }

    /// The frame of `--once`, or the last one of `--play`.
    private func printFrame(_ feed: StoreFeed, _ settings: WorkbenchSettings, _ script: Script?, localRun: Int64?) throws {
        let name = try (once ?? pane).map { try paneName($0) } ?? .train
        for problem in settings.problems { standardError("emolab: \(problem)") }
        var failure: String?
        try frame.show(theme: settings.theme, isAccessible: accessible) { width, height, look in
            let workbench = Workbench(look: look, localRun: localRun, focus: name, settings: settings)
            let player = Player(workbench: workbench, feed: feed, width: width, height: height)
            guard let script else {
                let grid = player.frame(patience: 60)
                failure = player.storeFailure
                return grid
            }
            let result = player.play(script)
            failure = result.failure.map { "\(play ?? ""): \($0)" }
            return result.grid
        }
        if let failure { throw CommandFailure(failure) }
    }

    private func paneName(_ word: String) throws -> PaneName {
        if let name = PaneName(typed: word) { return name }
        throw ValidationError("there is no pane \(word); there are \(Self.paneNames)")
    }
}
