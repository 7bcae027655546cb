import Analysis
import ArgumentParser
import Base
import Foundation
import Inputs
import Records
import Runs
import Systems
import TUI
import Tensors
import Training
import Viz

/// Shows why a model said what it said: attention, and whether it tells the truth.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Show why a model said what it said of a clip: attention, checked by taking things away.",
        discussion: """
            CLIP is a clip of the run's corpora (its name, or corpus/name) or a media file; without one, --wrong N takes the N validation clips that the \
            run was most confidently wrong about. Explanations of a run's own clips are stored with it. docs/explaining.md says how to read them.

            \(examples("emolab explain 12 --wrong 3", "emolab explain 12 clip.mp4 --output why.png"))
            """)

    @Argument(help: ArgumentHelp("A run's number, or the path of its weights.", valueName: "run"))
    var model: String
    @Argument(help: ArgumentHelp("Clips of the run's corpora, or media files.", valueName: "clip"))
    var clips: [String] = []
    @Option(
        help: ArgumentHelp(
            "Explain the N validation clips that the run was most confidently wrong about, \(ExplainCommand.wrongCounts.words).",
            valueName: "n"))
    var wrong: Int?
    @Option(help: "Look for clips in this domain only: source or target. Of --wrong the default is target, where there is one.")
    var domain: Domain?
    @Flag(inversion: .prefixedNo, help: "Take things away to check attention: a pass through the network for each.")
    var occlusion = true
    @Option(help: "Spans that the sound is taken away in, at most: \(ExplainCommand.spanCounts.words).")
    var spans = ExplanationSettings().spans
    @Option(help: ArgumentHelp("Also draw a figure: .png or .svg; of several clips each has its name in the file's.", valueName: "file"))
    var output: String?
    @Option(help: "Columns of what is printed, \(ExplainCommand.widths.words); default: the terminal's, 80 where there is none.")
    var columns: Int?
    @Option(help: "Threads, \(OptionRanges.threads.words); default: all cores.")
    var threads: Int?
    @OptionGroup var store: StoreOptions
    @OptionGroup var printing: OutputOptions

    static let wrongCounts = OptionRange("--wrong", 1...1000)
    static let spanCounts = OptionRange("--spans", 1...1000)
    static let widths = OptionRange("--columns", 40...500)

    func validate() throws {
        guard clips.isEmpty != (wrong == nil) else { throw ValidationError("name a clip, or give --wrong N") }
        try Self.wrongCounts.check(wrong)
        try OptionRanges.threads.check(threads)
        try Self.widths.check(columns)
        try Self.spanCounts.check(spans)
        if let output, FigureFormat(path: output) == nil {
            throw ValidationError("\(output.printable): a figure is written as .png or .svg")
        }
    }

    /// An explanation as JSON, and what should be known before it is read.
    private struct Printed: Encodable {
        var explanation: Explanation
        var warnings: [String]

        enum CodingKeys: CodingKey { case warnings }

        func encode(to encoder: any Encoder) throws {
            try explanation.encode(to: encoder)
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(warnings, forKey: .warnings)
        }
    }

    func run() throws {
        if let threads { Libraries.threads = threads }
        let named = try store.model(model), run = named.run?.id
        let trained = try TrainedModel(named.weights, systems: Systems.all)
        let chooser = ClipChooser(model: trained, run: run, store: { try store.open(isQuiet: true) })
        let chosen = try wrong.map { try chooser.mostWrong($0, in: domain) } ?? clips.map { try chooser.clip($0, in: domain) }
        let preparing = try FacePreparation(like: trained.preparation)
        let warnings = [trained.warning, preparing.warning].compactMap(\.self)
        for warning in warnings { standardError("emolab: \(warning)".printable) }
        // Clips of corpora lie in the cache as training made them; files leave nothing there.
        let needs = trained.experiment.model.modalities.needs
        let fromCorpora = try Preparer(preparing, cache: ClipCache(limit: CacheOptions.parse([]).limit()), needs: needs)
        let fromFiles = try Preparer(preparing, needs: needs)
        var settings = ExplanationSettings()
        settings.occludes = occlusion
        settings.spans = spans
        let explainer = ClipExplainer(trained, settings)
        let interruption = Interruption("stopping after the clip in hand; once more ends at once")
        defer { interruption.remove() }
        var failed = 0, corporaOfFailed: Set<String> = []
        for one in chosen where !interruption.isAsked {
            let line = ProgressLine("explaining \(one.clip.name.printable)")
            let (explanation, plot): (Explanation, ExplanationPlot)
            do {
                let prepared = try (one.domain == nil ? fromFiles : fromCorpora).prepared(
                    one.clip, sound: trained.hears, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount)
                var made = try explainer.explanation(
                    of: prepared, name: one.clip.name, truth: one.truth, domain: one.domain, speaker: one.clip.speaker
                ) {
                    line.update(done: Int($0 * 1000), of: 1000)
                }
                (made.domain, made.corpus) = (one.domain, one.domain == nil ? nil : one.clip.corpus)
                line.finish()
                if let run, one.domain != nil, case let known = try store.open(isQuiet: true), known.isWritable {
                    try known.record(made, run: run)
                }
                (explanation, plot) = (made, ExplanationPlot(made, prepared, trained, run: run))
            } catch {
                line.finish()
                failed += 1
                if one.domain != nil { corporaOfFailed.insert(one.clip.corpus) }
                standardError("\(one.clip.name.printable): \(trained.reason(of: error).printable)")
                continue
            }
            // Outside of what is said of the clip: a figure or an output that cannot be written is not its fault.
            if let output { try ExplanationFigure(plot).write(to: figurePath(output, one.clip.name, isOne: chosen.count == 1)) }
            if printing.json {
                try printJSON(Printed(explanation: explanation, warnings: warnings))
            } else {
                show(plot, isFirst: one.clip.id == chosen.first?.clip.id)
            }
        }
        if let signal = interruption.signal { throw ExitCode(128 + signal) }
        if failed > 0 {
            standardError("emolab: \(failed) of \(counted(chosen.count, "clip")) cannot be explained")
            for corpus in corporaOfFailed.sorted() {
                if let advice = try store.open().adviceIfMoved(corpus: corpus) { standardError("emolab: \(advice.printable)") }
            }
            throw ExitCode(1)
        }
    }

    /// Of several clips each its own file: `why.png` becomes `why-1001_IEO_FEA_HI.png`.
    private func figurePath(_ path: String, _ clip: String, isOne: Bool) -> String {
        let url = URL(fileURLWithPath: (path as NSString).expandingTildeInPath)
        guard !isOne else { return url.path }
        let name = clip.replacingOccurrences(of: "/", with: "-")
        return url.deletingPathExtension().path + "-" + name + "." + url.pathExtension
    }

    private func show(_ plot: ExplanationPlot, isFirst: Bool) {
        let look = Look.standardOutput()
        let view = ExplanationView(plot)
        let width = columns ?? Self.terminalColumns ?? 80
        var grid = CellGrid(width: width, height: view.height(width: width))
        view.draw(into: &grid, grid.bounds, look)
        if !isFirst { print("") }
        printGrid(grid.converted(to: look.glyphs), look)
    }

    private static var terminalColumns: Int? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return nil }
        return min(Int(size.ws_col), 120)
    }
}

extension Domain: ExpressibleByArgument {}
