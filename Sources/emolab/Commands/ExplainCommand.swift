import ArgumentParser
import Corpora
import Foundation
import Runs
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
            """)

    @Argument(help: ArgumentHelp("A run's number, or the path of its weights.", valueName: "run"))
    var model: String
    @Argument(help: ArgumentHelp("Clips of the run's corpora, or media files.", valueName: "clip"))
    var clips: [String] = []
    @Option(help: ArgumentHelp("Explain the N validation clips that the run was most confidently wrong about.", valueName: "n"))
    var wrong: Int?
    @Option(help: "Look for clips in this domain only: source or target. Of --wrong the default is target, where there is one.")
    var domain: Domain?
    @Flag(inversion: .prefixedNo, help: "Take things away to check attention: a pass through the network for each.")
    var occlusion = true
    @Option(help: "Spans that the sound is taken away in, at most.")
    var spans = ExplanationSettings().spans
    @Option(help: ArgumentHelp("Also draw a figure: .png or .svg; of several clips each has its name in the file's.", valueName: "file"))
    var output: String?
    @Option(help: "Columns of what is printed; default: the terminal's, 80 where there is none.")
    var columns: Int?
    @Option(help: "Threads; default: all cores.")
    var threads: Int?
    @OptionGroup var store: StoreOptions
    @OptionGroup var printing: OutputOptions

    func validate() throws {
        guard clips.isEmpty != (wrong == nil) else { throw ValidationError("name a clip, or give --wrong N") }
        if let wrong, !(1...1000).contains(wrong) { throw ValidationError("--wrong takes 1 to 1000") }
        if let threads, !(1...64).contains(threads) { throw ValidationError("--threads takes 1 to 64") }
        if let columns, !(40...500).contains(columns) { throw ValidationError("--columns takes 40 to 500") }
        guard (1...1000).contains(spans) else { throw ValidationError("--spans takes 1 to 1000") }
        if let output, FigureFormat(path: output) == nil { throw ValidationError("\(output.printable): a figure is written as .png or .svg") }
    }

    func run() throws {
        if let threads { Libraries.threads = threads }
        let named = try store.model(model), run = named.run?.id
        let trained = try TrainedModel(named.weights)
        let chooser = ClipChooser(model: trained, run: run, store: { try store.open() })
        let chosen = try wrong.map { try chooser.mostWrong($0, in: domain) } ?? clips.map { try chooser.clip($0, in: domain) }
        let preparing = try FacePreparation(trained.experiment.inputs.preparation)
        if let fallback = preparing.fallback, trained.sees { standardError("emolab: faces are centred squares: \(fallback)") }
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
        var failed = 0
        for one in chosen where !interruption.isAsked {
            let line = ProgressLine("explaining \(one.clip.name.printable)")
            do {
                let prepared = try (one.domain == nil ? fromFiles : fromCorpora).prepared(
                    one.clip, sound: trained.hears, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount)
                var explanation = try explainer.explanation(
                    of: prepared, name: one.clip.name, truth: one.truth, domain: one.domain, speaker: one.clip.speaker
                ) {
                    line.update(done: Int($0 * 1000), of: 1000)
                }
                (explanation.domain, explanation.corpus) = (one.domain, one.domain == nil ? nil : one.clip.corpus)
                line.finish()
                if let run, one.domain != nil { try store.open().record(explanation, run: run) }
                let plot = ExplanationPlot(explanation, prepared, trained, run: run)
                if let output { try ExplanationFigure(plot).write(to: figurePath(output, one.clip.name, isOne: chosen.count == 1)) }
                if printing.json { try printJSON(explanation) } else { show(plot, isFirst: one.clip.id == chosen.first?.clip.id) }
            } catch let error as PictureExportError {
                line.finish()
                throw error
            } catch {
                line.finish()
                failed += 1
                standardError("\(one.clip.name.printable): \("\(error)".printable)\(trained.needs(after: error))")
            }
        }
        if let signal = interruption.signal { throw ExitCode(128 + signal) }
        if failed > 0 {
            standardError("emolab: \(failed) of \(chosen.count) clips cannot be explained")
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
        let environment = ProcessInfo.processInfo.environment
        let locale = (environment["LC_ALL"] ?? environment["LC_CTYPE"] ?? environment["LANG"] ?? "").lowercased().replacingOccurrences(of: "-", with: "")
        let choice = TerminalChoice(environment: environment, isUTF8: locale.contains("utf8"))
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let look = Look(theme: choice.theme, colours: isTerminal ? choice.colours : .none, glyphs: choice.glyphs)
        let view = ExplanationView(plot)
        let width = columns ?? Self.terminalColumns ?? 80
        var grid = CellGrid(width: width, height: view.height(width: width))
        view.draw(into: &grid, grid.bounds, look)
        let shown = grid.converted(to: look.glyphs)
        if !isFirst { print("") }
        Swift.print(look.colours == .none ? shown.text : shown.ansi(look.colours), terminator: "")
    }

    private static var terminalColumns: Int? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return nil }
        return min(Int(size.ws_col), 120)
    }
}

extension Domain: ExpressibleByArgument {}
