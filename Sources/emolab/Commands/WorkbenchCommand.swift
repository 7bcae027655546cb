import ArgumentParser
import Corpora
import Files
import Foundation
import Runs
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
        if case .signal(let number)? = try screen.open(store.open(), localRun: nil) { throw ExitCode(128 + number) }
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
    @Option(help: ArgumentHelp(
        "Play the keys of a file. Without a terminal, print the last frame and end: 1 where an expectation was not met.", valueName: "file"))
    var play: String?
    @Flag(help: "Lines of words instead of boxes and curves, for screen readers; also with --once.")
    var accessible = false
    @Flag(help: "Forget panes, splits and theme of the last session.")
    var resetView = false

    static let paneNames = Workbench.allPanes.map { $0.name.lowercased() }.joined(separator: ", ")

    func validate() throws {
        if let pane { _ = try paneNumber(pane) }
        if let once { _ = try paneNumber(once) }
    }

    /// Opens the workbench, or prints one frame where `--once` asks for it.
    /// - Throws: `CommandFailure` where there is no terminal and no `--once`.
    /// - Returns: how the user left; nil after `--once` and after a script without a terminal.
    @discardableResult
    func open(_ store: RunStore, localRun: Int64?, run: Int64? = nil) throws -> WorkbenchEnd? {
        let feed = StoreFeed(
            store: store, run: localRun ?? run, settings: { Self.preparationSettings(in: store) }, sessionLog: SessionLog.begin())
        let isPrinted = once != nil || (play != nil && !hasTerminal)
        let (settings, notice) = try workbenchSettings(hasView: !isPrinted)
        let script = try play.map { try readScript($0) }
        if isPrinted {
            try printFrame(feed, settings, script, localRun: localRun)
            return nil
        }
        try requireTerminal()
        var options = WorkbenchOptions()
        options.localRun = localRun
        options.pane = try pane.map { try paneNumber($0) } ?? (localRun == nil ? settings.view.map(\.layout.focused) : nil) ?? firstPane(store)
        (options.colours, options.glyphs) = (try frame.colourDepth() ?? configuration.colours, try frame.glyphLadder() ?? configuration.glyphs)
        options.theme = settings.theme
        options.settings = settings
        options.view = ViewStore()
        (options.script, options.recording, options.notice) = (script, record, notice)
        return try Workbench.run(feed: feed, options: options)
    }

    private var hasTerminal: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    /// - Throws: `CommandFailure` where stdin or stdout is no terminal and no frame was asked for.
    func requireTerminal() throws {
        guard once == nil, play == nil, !hasTerminal else { return }
        throw CommandFailure("the workbench needs a terminal; `emolab --once train` prints one frame, `emolab runs list --json` the runs")
    }

    private func firstPane(_ store: RunStore) throws -> Int { try paneNumber(try store.runs(limit: 1).isEmpty ? "corpora" : "train") }

    private var configuration: Config { Config.read() }

    /// The user's configuration, themes and, where a frame is not printed, last view; and what is to be said about them.
    /// - Throws: `ValidationError` where `--theme` names none.
    private func workbenchSettings(hasView: Bool) throws -> (WorkbenchSettings, notice: String?) {
        let (config, library) = (configuration, ThemeLibrary())
        var settings = WorkbenchSettings()
        var notices = [config.notice, library.problems.first].compactMap(\.self)
        (settings.keys, settings.themes) = (config.keys, library.themes)
        if resetView { ViewStore().remove() }
        // A printed frame is the same whatever was looked at before.
        settings.view = resetView || !hasView ? nil : ViewStore().read()
        settings.isAccessible = accessible
        settings.hasMouse = settings.view?.hasMouse ?? config.hasMouse ?? true
        settings.configuredTheme = config.theme ?? ""
        if let name = config.theme, library.theme(named: name) == nil { notices.append("config.toml: there is no theme \(CellText.clean(name))") }
        // What was chosen on the screen counts until the configuration says something else.
        settings.theme = try frame.chosenTheme(in: library) ?? (settings.rememberedTheme ?? config.theme).flatMap { library.theme(named: $0) }
        return (settings, notices.first)
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

    /// The settings that stored runs were prepared with, the newest first: previews come from caches that are there.
    private static func preparationSettings(in store: RunStore) -> [PreparationSettings] {
        var settings: [PreparationSettings] = []
        for run in (try? store.runs(limit: 8)) ?? [] {
            guard let text = try? store.run(run.id)?.experiment, let experiment = try? Experiment.parse(text) else { continue }
            if !settings.contains(experiment.inputs.preparation) { settings.append(experiment.inputs.preparation) }
        }
        let demo = Experiment.preset(.nano).inputs.preparation
        return settings.contains(demo) ? settings : settings + [demo]
    }

    /// The frame of `--once`, or the last one of `--play`.
    private func printFrame(_ feed: StoreFeed, _ settings: WorkbenchSettings, _ script: Script?, localRun: Int64?) throws {
        let number = try (once ?? pane).map { try paneNumber($0) } ?? 2
        var failure: String?
        try frame.show(theme: settings.theme, isAccessible: accessible) { width, height, look in
            let workbench = Workbench(look: look, localRun: localRun, focus: number, settings: settings)
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

    private func paneNumber(_ name: String) throws -> Int {
        if let pane = Workbench.allPanes.first(where: { $0.name.lowercased() == name.lowercased() || "\($0.number)" == name }) { return pane.number }
        throw ValidationError("there is no pane \(name); there are \(Self.paneNames)")
    }
}
