import Analysis
import ArgumentParser
import Base
import Foundation
import Inputs
import Media
import Runs
import Systems
import Tensors

/// Asks a trained model about any film or sound file, whole or window by window.
struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Ask a trained model about any film, sound file or folder.",
        discussion: """
            RUN is a run's number or a weights file (best.safetensors); labels, inputs and preparation come from it. A folder stands for the media files \
            in it and in the folders below. A file that cannot be used is named with its reason and the rest is done; the exit code is then 1. \
            docs/predicting.md says what the columns and keys mean.

            \(examples("emolab predict 12 clip.mp4", "emolab predict 12 interviews --windows 3 --csv windows.csv"))
            """)

    @Argument(help: ArgumentHelp("A run's number, or the path of its weights.", valueName: "run"))
    var model: String
    @Argument(help: ArgumentHelp("Films, sound files, folders.", valueName: "file"))
    var files: [String]
    @Option(
        help: ArgumentHelp(
            "Slide a window of \(WindowSettings.lengthWords) over each file instead of asking about all of it.", valueName: "seconds"))
    var windows: Double?
    @Option(
        help: ArgumentHelp(
            "Seconds from one window's start to the next one's, at least a \(Int(WindowSettings.mostAtOnce))th of a window; default 1. Implies --windows 3.",
            valueName: "seconds"))
    var hop: Double?
    @Option(help: ArgumentHelp("Write a table with a row for each file or window; - is standard output.", valueName: "file"))
    var csv: OutputFile?
    @Option(help: "What matrix products compute in: f32, or bf16 for speed. Default: the run's own, which gives what its evaluation gave.")
    var precision: Precision?
    @Option(help: "Threads, \(OptionRanges.threads.words); default: all cores.")
    var threads: Int?
    @Flag(help: "Ask six times and say how long decoding, faces, sound and model took, the first time left out.")
    var timing = false
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    private var settings: WindowSettings? {
        guard windows != nil || hop != nil else { return nil }
        let length = windows ?? WindowSettings().length
        return WindowSettings(length: length, hop: hop ?? min(length, WindowSettings().hop))
    }

    func validate() throws {
        try OptionRanges.threads.check(threads)
        try OutputFile.check([("--csv", csv)], json: output.json)
        if timing, settings != nil { throw ValidationError("--timing is of whole files: leave --windows and --hop out") }
        if let settings {
            try checkingUsage { try settings.check() }
        }
        guard !files.isEmpty else { throw ValidationError("name a film, a sound file or a folder") }
    }

    func run() throws {
        if let threads { Libraries.threads = threads }
        let predictor = try ClipPredictor(
            TrainedModel(try store.model(model).weights, systems: Systems.all), precision: precision, threads: threads ?? Libraries.threads)
        for warning in predictor.warnings { standardError("emolab: \(warning)".printable) }
        let found = PredictFiles(files, sounds: !predictor.model.sees)
        for note in found.notes { standardError(note) }
        var table = try PredictTable(
            labels: predictor.model.labels, windows: settings != nil, csv: csv, json: output.json, hasFaces: predictor.model.sees)
        for (file, reason) in found.failures { try table.add(.init(file: file, error: reason)) }
        let interruption = Interruption("stopping after the file in hand; once more ends at once")
        defer { interruption.remove() }
        let line = ProgressLine("predicting")
        for (index, file) in found.files.enumerated() where !interruption.isAsked {
            let rows = answer(file, predictor) { share in
                line.update(done: Int(1000 * (Double(index) + share)), of: 1000 * found.files.count)
            }
            line.update(done: index + 1, of: found.files.count)
            if output.json { line.finish() }
            try table.add(rows)
        }
        line.finish()
        try table.finish()
        if let signal = interruption.signal { throw ExitCode(128 + signal) }
        if table.failed > 0 {
            standardError("emolab: \(table.failed) of \(counted(table.count, "file")) cannot be used")
            throw ExitCode(1)
        }
    }

    /// What there is to say of one file; never throws, because the next one may be fine.
    private func answer(_ file: String, _ predictor: ClipPredictor, progress: (Double) -> Void) -> PredictTable.File {
        let url = URL(fileURLWithPath: file)
        do {
            guard let settings else {
                guard timing else { return .init(file: file, verdict: try predictor.verdict(on: url)) }
                var timings: [PredictionTiming] = []
                var last: ClipVerdict?
                for _ in 0..<6 {
                    let (verdict, timing) = try predictor.timedVerdict(on: url)
                    timings.append(timing)
                    last = verdict
                }
                return .init(file: file, verdict: last, timings: Array(timings.dropFirst()))
            }
            var windows: [WindowVerdict] = []
            let warnings = MediaWarnings()
            try predictor.forEachWindow(of: url, settings, warnings: warnings) { window, count in
                windows.append(window)
                progress(Double(windows.count) / Double(count))
                return true
            }
            guard windows.contains(where: { $0.verdict != nil }) else {
                return .init(file: file, error: "there is no second of sound or picture in it")
            }
            return .init(file: file, windows: windows, warnings: warnings.all.map { "\($0)" })
        } catch {
            return .init(file: file, error: predictor.model.reason(of: error))
        }
    }
}
