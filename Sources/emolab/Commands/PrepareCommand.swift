import ArgumentParser
import Corpora
import Foundation
import Runs
import Training

struct PrepareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare", abstract: "Decode a corpus' clips into the cache: spectrograms, faces.",
        discussion: "Clips already in the cache are not made again. Ends with exit code 1 where a clip cannot be used.")

    @Argument(help: "The corpus' name in the store.")
    var corpus: String
    @Option(help: "Prepare for this experiment's inputs.")
    var experiment = "demo"
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    private struct Summary: Encodable {
        var corpus: String
        var clips, prepared, cached, withoutSpeech, withoutFace: Int
        var seconds: Double
        var damaged: [ClipFinding]
    }

    func run() throws {
        let store = try store.open()
        let settings = try BuiltInExperiments.read(experiment, overrides: []).inputs.preparation
        let preparer = try Preparer(settings: settings, cache: ClipCache())
        let line = ProgressLine("preparing \(corpus.printable)")
        let report = preparer.prepareAll(try store.fullClips(corpus: corpus), progress: { line.update(done: $0.done, of: $0.total) })
        line.finish()
        try store.recordPreparation(corpus: corpus, report.findings)
        let summary = Summary(
            corpus: corpus, clips: report.findings.count, prepared: report.prepared, cached: report.cached,
            withoutSpeech: report.withoutSpeech, withoutFace: report.withoutFace, seconds: report.seconds, damaged: report.damaged)
        if output.json {
            try printJSON(summary)
        } else {
            print("\(corpus): \(summary.prepared) of \(summary.clips) clips prepared, \(summary.cached) were in the cache; "
                + "without speech \(summary.withoutSpeech), without face \(summary.withoutFace)")
            for clip in summary.damaged { print("  \(clip.name.printable): \((clip.reason ?? "").printable)") }
        }
        if !summary.damaged.isEmpty { throw ExitCode(1) }
    }
}
