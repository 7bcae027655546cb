import Analysis
import ArgumentParser
import Base
import Foundation
import Metrics
import Runs
import Training
import Viz

struct RobustnessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "robustness", abstract: "A trained run under noise, babble, blur, dropped pictures and missing modalities.",
        discussion: """
            RUN is a run's number, its folder, or its best.safetensors. Kinds, their standard levels, and what --levels takes for them:
            \(Corruption.Kind.allCases.map(\.helpLines).joined(separator: "\n"))
            Sigma counts px of a picture of 112 px. Without --kinds, all that concern the model's modalities. The same seed gives the same bits;
            docs/robustness.md has the formulas.

            \(examples("emolab robustness 12", "emolab robustness 12 --kinds white --levels 15,-5", "emolab robustness 12 --kinds both --levels 20/1,5/3 --figure robustness.png"))
            """)

    @Argument(help: ArgumentHelp("A run's number, its folder, or its weights file.", valueName: "run"))
    var name: String
    @OptionGroup var clips: ClipOptions
    @Option(help: ArgumentHelp("Only these kinds, e.g. white,blur.", valueName: "kinds"))
    var kinds: String?
    @Option(help: ArgumentHelp("Levels of a single kind instead of its standard ones, e.g. 15,-5, or 20/1 for both.", valueName: "levels"))
    var levels: String?
    @Option(
        help: ArgumentHelp(
            "At most so many clips of a domain, evenly spaced, \(RobustnessCommand.mostCounts.words). Default: all.", valueName: "count"))
    var most: Int?
    @Option(help: "Seed of noise, babble and of the pictures dropped.")
    var seed: UInt64 = 42
    @Option(help: ArgumentHelp("Resamples of the confidence intervals, \(OptionRanges.bootstrap.words); 0 for none.", valueName: "count"))
    var bootstrap = 2000
    @Option(help: ArgumentHelp("What is resampled: clip, or speaker.", valueName: "unit"))
    var resample = Bootstrap.Unit.clip
    @Option(help: ArgumentHelp("Draw accuracy over level; PNG, or SVG where the name ends so.", valueName: "file"))
    var figure: String?
    @Option(help: ArgumentHelp("Write every figure as a table; - is standard output.", valueName: "file"))
    var csv: OutputFile?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    static let mostCounts = OptionRange("--most", 1...1_000_000)

    func validate() throws {
        try OptionRanges.bootstrap.check(bootstrap)
        try Self.mostCounts.check(most)
        try OutputFile.check([("--csv", csv)], json: output.json)
        if let figure, FigureFormat(path: figure) == nil { throw ValidationError("--figure takes a name that ends in .png or .svg.") }
        _ = try chosen(of: .both)
    }

    /// What is asked for and concerns the model, in the standard order.
    private func chosen(of modalities: ModelSettings.Modalities) throws -> [Corruption] {
        let names = Corruption.Kind.allCases.map(\.rawValue)
        let wanted = try kinds.map { list in
            try list.split(separator: ",").map { name in
                let name = name.trimmingCharacters(in: .whitespaces)
                guard let kind = Corruption.Kind(rawValue: name) else {
                    let nearest = nearestName(to: name, among: names).map { "; did you mean \($0)?" } ?? "."
                    throw ValidationError("There is no kind \(name.printable)\(nearest) There are \(names.joined(separator: ", ")).")
                }
                return kind
            }
        }
        if let wanted, wanted.isEmpty { throw ValidationError("--kinds names no kind.") }
        if levels != nil, wanted?.count != 1 {
            throw ValidationError("--levels goes with a single kind, since kinds count different things.")
        }
        let kinds = Corruption.Kind.allCases.filter { (wanted?.contains($0) ?? true) && $0.concerns(modalities) }
        return try kinds.flatMap { kind in
            guard let levels else { return kind.standard }
            return try levels.split(separator: ",", omittingEmptySubsequences: false).map { text in
                guard let corruption = Corruption(kind, parsing: String(text)) else {
                    throw ValidationError("\(String(text).printable) is no level of \(kind.rawValue), which takes \(kind.levelWords)")
                }
                return corruption
            }
        }
    }

    private struct Printed: Encodable {
        var run: Int64?
        var weights: String
        var robustness: RobustnessReport
        var warnings: [String]
        var figure: String?
    }

    func run() throws {
        let store = try store.open()
        let interruption = Interruption("stopping; once more ends at once")
        defer { interruption.remove() }
        let (subject, report) = try endingWhenInterrupted(interruption) {
            let subject = try RunSubject(name, clips, store: store, withSound: true, interruption: interruption)
            return (subject, try measure(subject, interruption))
        }
        if let id = subject.run?.id, store.isWritable { try store.record(report, kind: .robustness, subject: subject.subject, run: id) }
        let table = RobustnessTable(report)
        if let csv { try table.csv.write(to: csv.path) }
        if let figure { try table.figure(title: subject.title).write(to: (figure as NSString).expandingTildeInPath) }
        if output.json {
            return try printJSON(
                Printed(run: subject.run?.id, weights: subject.model.file.path, robustness: report, warnings: subject.notes, figure: figure)
            )
        }
        for note in subject.notes { standardError("emolab: \(note.printable)") }
        if csv?.isStandardOutput == true { return }
        print(subject.heading)
        table.show()
        if let figure { print("figure \(figure.printable)") }
    }

    private func measure(_ subject: RunSubject, _ interruption: Interruption) throws -> RobustnessReport {
        let modalities = subject.model.experiment.model.modalities
        let corruptions = try chosen(of: modalities)
        guard !corruptions.isEmpty else {
            throw CommandFailure(
                "--kinds \((kinds ?? "").printable) says nothing of a model with modalities = \"\(modalities.rawValue)\"", code: 2)
        }
        let suite = try RobustnessSuite(
            subject.model,
            clips: subject.domains.map { domain, clips in
                RobustnessSuite.Clips(
                    domain: domain, corpus: clips.corpus, feed: clips.feed,
                    voices: subject.part == .training || subject.part == .all ? [] : [clips.training])
            }, corruptions: corruptions, bootstrap: Bootstrap(unit: resample, resamples: bootstrap), seed: seed, mostClips: most)
        let count = ProgressCount("scoring", total: suite.total)
        defer { count.finish() }
        return try suite.run(part: subject.part.rawValue) { WatchedFeed(base: $0, count: count, interruption: interruption) }
    }
}

extension Corruption.Kind {
    /// Two lines of help: its standard levels, and what a level of it may be.
    fileprivate var helpLines: String {
        let name = "  " + rawValue.padding(toLength: 12, withPad: " ", startingAt: 0)
        guard !unit.isEmpty else { return (name + words).trimmingTrailingSpaces }
        let levels = standard.map { $0.label.replacingOccurrences(of: " ", with: "") }.joined(separator: ", ")
        return "\(name)\(unit): \(levels)\n              each \(levelWords)"
    }
}
