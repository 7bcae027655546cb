import ArgumentParser
import Corpora
import Foundation
import Runs
import TUI
import Training
import Viz

struct WorkbenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workbench", abstract: "Open the workbench on the run store (what `emolab` alone does).",
        discussion: "It shows live every run of the store, in whichever process it is trained. Press ? for the keys.")

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
    @Option(help: "The pane shown first: \(ScreenOptions.paneNames). Default: train where there are runs.")
    var pane: String?
    @OptionGroup var frame: FrameOptions

    static let paneNames = Workbench.allPanes.map { $0.name.lowercased() }.joined(separator: ", ")

    func validate() throws {
        if let pane { _ = try paneNumber(pane) }
        if let once { _ = try paneNumber(once) }
    }

    /// Opens the workbench, or prints one frame where `--once` asks for it.
    /// - Throws: `CommandFailure` where there is no terminal and no `--once`.
    /// - Returns: how the user left; nil after `--once`.
    @discardableResult
    func open(_ store: RunStore, localRun: Int64?, run: Int64? = nil) throws -> WorkbenchEnd? {
        let feed = StoreFeed(
            store: store, run: localRun ?? run, settings: { Self.preparationSettings(in: store) }, sessionLog: SessionLog.begin())
        if let once {
            try printFrame(feed, pane: paneNumber(once))
            return nil
        }
        try requireTerminal()
        let first = try pane ?? (store.runs(limit: 1).isEmpty ? "corpora" : "train")
        let options = WorkbenchOptions(localRun: localRun, pane: try paneNumber(first), colours: try frame.colourDepth(), glyphs: try frame.glyphLadder())
        return try Workbench.run(feed: feed, options: options)
    }

    /// - Throws: `CommandFailure` where stdin or stdout is no terminal and no frame was asked for.
    func requireTerminal() throws {
        guard once == nil, isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0 else { return }
        throw CommandFailure("the workbench needs a terminal; `emolab --once train` prints one frame, `emolab runs list --json` the runs")
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

    private func printFrame(_ feed: StoreFeed, pane: Int) throws {
        try frame.show { width, height, look in Workbench.snapshot(feed: feed, pane: pane, width: width, height: height, look: look) }
    }

    private func paneNumber(_ name: String) throws -> Int {
        if let pane = Workbench.allPanes.first(where: { $0.name.lowercased() == name.lowercased() || "\($0.number)" == name }) { return pane.number }
        throw ValidationError("there is no pane \(name); there are \(Self.paneNames)")
    }
}
