import ArgumentParser
import Corpora
import Foundation
import Runs
import Training
import Viz

struct RobustnessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "robustness", abstract: "A trained run under noise, babble, blur, dropped pictures and missing modalities.",
        discussion: """
            RUN is a run's number, its folder, or its best.safetensors. Kinds and their levels:
              white, babble   signal-to-noise ratio, dB: 20, 10, 5, 0
              blur            sigma in px of a picture of 112 px: 1, 2, 4
              both            white noise and blur: 20 dB / 1 px, 10 / 2, 0 / 4
              dropped         share of the pictures: 1/8, 2/8, 4/8, 6/8
              no-sound, no-picture
            Without --kinds, all that concern the model's modalities. The same seed gives the same bits; docs/robustness.md has the formulas.
            """)

    @Argument(help: ArgumentHelp("A run's number, its folder, or its weights file.", valueName: "run"))
    var name: String
    @OptionGroup var clips: ClipOptions
    @Option(help: ArgumentHelp("Only these kinds, e.g. white,blur.", valueName: "kinds"))
    var kinds: String?
    @Option(help: ArgumentHelp("Levels instead of the standard ones, e.g. 15,5; with a single kind only.", valueName: "levels"))
    var levels: String?
    @Option(help: ArgumentHelp("At most so many clips of a domain, evenly spaced.", valueName: "count"))
    var most: Int?
    @Option(help: "Seed of noise, babble and of the pictures dropped.")
    var seed: UInt64 = 42
    @Option(help: ArgumentHelp("Resamples of the confidence intervals; 0 for none.", valueName: "count"))
    var bootstrap = 2000
    @Option(help: ArgumentHelp("What is resampled: clip, or speaker.", valueName: "unit"))
    var resample = Bootstrap.Unit.clip
    @Option(help: ArgumentHelp("Draw accuracy over level; PNG, or SVG where the name ends so.", valueName: "file"))
    var figure: String?
    @Option(help: ArgumentHelp("Also write every figure as a table.", valueName: "file"))
    var csv: String?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...100_000).contains(bootstrap) else { throw ValidationError("--bootstrap takes 0 to 100000.") }
        guard most.map({ $0 > 0 }) ?? true else { throw ValidationError("--most takes a number above 0.") }
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
        if levels != nil, wanted?.count != 1 { throw ValidationError("--levels goes with a single kind, since kinds count different things.") }
        let kinds = Corruption.Kind.allCases.filter { (wanted?.contains($0) ?? true) && $0.concerns(modalities) }
        return try kinds.flatMap { kind in
            guard let levels else { return kind.levels.map { Corruption(kind, $0) } }
            return try levels.split(separator: ",").map { text in
                guard let level = Double(text.trimmingCharacters(in: .whitespaces)), Corruption.isValid(level, of: kind) else {
                    throw ValidationError("\(String(text).printable) is no level of \(kind.rawValue).")
                }
                return Corruption(kind, level)
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
        if let csv { try table.csv.write(to: csv) }
        if let figure { try table.figure(title: subject.title).write(to: (figure as NSString).expandingTildeInPath) }
        if output.json {
            return try printJSON(Printed(run: subject.run?.id, weights: subject.model.file.path, robustness: report, warnings: subject.notes, figure: figure))
        }
        for note in subject.notes { standardError("emolab: \(note.printable)") }
        print(subject.heading)
        table.show()
        if let figure { print("figure \(figure.printable)") }
    }

    private func measure(_ subject: RunSubject, _ interruption: Interruption) throws -> RobustnessReport {
        let modalities = subject.model.experiment.model.modalities
        let corruptions = try chosen(of: modalities)
        guard !corruptions.isEmpty else {
            throw CommandFailure("--kinds \((kinds ?? "").printable) says nothing of a model with modalities = \"\(modalities.rawValue)\"", code: 2)
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
