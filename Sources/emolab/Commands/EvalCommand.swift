import ArgumentParser
import Base
import Foundation
import Metrics
import Records
import Runs
import Store
import Training

struct EvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Score a trained run: intervals, classes, calibration, groups, domain distance.",
        discussion: """
            RUN is a run's number, its folder, or its best.safetensors. The best weights answer all clips of the chosen part of both corpora.
            Validation clips may have chosen the weights; --part test scores clips that never did (data.nested = true).
            What is found is stored with the run; docs/metrics.md says what each figure means.

            \(examples("emolab eval 12 --by sex --by age", "emolab eval 12 --part test --resample speaker --csv -"))
            """)

    @Argument(help: ArgumentHelp("A run's number, its folder, or its weights file.", valueName: "run"))
    var name: String
    @OptionGroup var clips: ClipOptions
    @Option(
        name: .customLong("by"),
        help: ArgumentHelp(
            "Break down by a column: sex, age (five bands), race, ethnicity, intensity, sentence, speaker, emotion, or any other; may be repeated. Default: sex, age, intensity.",
            valueName: "column"))
    var columns: [String] = []
    @Option(help: ArgumentHelp("Resamples of the confidence intervals, \(OptionRanges.bootstrap.words); 0 for none.", valueName: "count"))
    var bootstrap = 2000
    @Option(help: ArgumentHelp("What is resampled: clip, or speaker, since clips of one speaker are alike.", valueName: "unit"))
    var resample = Bootstrap.Unit.clip
    @Option(help: ArgumentHelp("Bins of calibration: width (15 equal ones) or adaptive (15 of equal counts).", valueName: "kind"))
    var bins = Calibration.Binning.width
    @Option(help: ArgumentHelp("Write every figure as a table; - is standard output.", valueName: "file"))
    var csv: OutputFile?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try OptionRanges.bootstrap.check(bootstrap)
        try OutputFile.check([("--csv", csv)], json: output.json)
    }

    private struct Printed: Encodable {
        var run: Int64?
        var weights: String
        var evaluation: EvaluationReport
        var warnings: [String]
    }

    func run() throws {
        let store = try store.open()
        let interruption = Interruption("stopping; once more ends at once")
        defer { interruption.remove() }
        let (subject, report) = try endingWhenInterrupted(interruption) {
            let subject = try RunSubject(name, clips, store: store, withSound: false, interruption: interruption)
            return (subject, try evaluate(subject, store, interruption))
        }
        if let id = subject.run?.id, store.isWritable { try store.record(report, kind: .evaluation, subject: subject.subject, run: id) }
        if let csv { try EvaluationTable(report).csv.write(to: csv.path) }
        if output.json {
            return try printJSON(
                Printed(run: subject.run?.id, weights: subject.model.file.path, evaluation: report, warnings: subject.notes))
        }
        for note in subject.notes { standardError("emolab: \(note.printable)") }
        if csv?.isStandardOutput == true { return }
        print(subject.heading)
        EvaluationTable(report).show()
    }

    private func evaluate(_ subject: RunSubject, _ store: RunStore, _ interruption: Interruption) throws -> EvaluationReport {
        let columns = try chosenColumns(subject)
        let count = ProgressCount("scoring", total: subject.domains.reduce(0) { $0 + $1.clips.feed.items.count })
        defer { count.finish() }
        var answers: [Domain: EvaluationReport.Answers] = [:]
        for (domain, clips) in subject.domains {
            let watched = WatchedFeed(base: clips.feed, count: count, interruption: interruption)
            answers[domain] = EvaluationReport.Answers(
                corpus: clips.corpus, answers: try subject.model.answers(of: watched, domain: domain), columns: clips.columns,
                embedding: subject.model.mainEmbedding)
        }
        return EvaluationReport(
            part: subject.part.rawValue, labels: subject.model.labels, selection: subject.model.experiment.training.selection,
            source: answers[.source], target: answers[.target], columns: columns,
            bootstrap: Bootstrap(unit: resample, resamples: bootstrap),
            binning: bins, steps: try subject.run.map { try store.steps(run: $0.id) } ?? [])
    }

    /// - Throws: `CommandFailure` for a column that neither corpus has.
    private func chosenColumns(_ subject: RunSubject) throws -> [String] {
        let known = Set(subject.domains.flatMap { $0.clips.columns.values.flatMap(\.keys) }).sorted()
        guard !columns.isEmpty else { return ["sex", "age", "intensity"].filter(known.contains) }
        for column in columns where !known.contains(column) {
            let nearest = nearestName(to: column, among: known).map { "; did you mean \($0.printable)?" } ?? "."
            throw CommandFailure(
                "no clip has a column \(column.printable)\(nearest) There are: \(known.map(\.printable).joined(separator: ", "))", code: 2)
        }
        return columns.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

extension Bootstrap.Unit: ExpressibleByArgument {}
extension Calibration.Binning: ExpressibleByArgument {}

/// `0.812 [0.725, 0.887]`.
func intervalText(_ interval: Interval) -> String {
    guard let low = interval.low, let high = interval.high else { return score(interval.value) }
    return "\(score(interval.value)) [\(score(low)), \(score(high))]"
}
