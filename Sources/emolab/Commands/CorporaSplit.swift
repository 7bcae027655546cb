import ArgumentParser
import Base
import Corpora
import Foundation
import Runs
import Training

extension SplitSettings.Rule: ExpressibleByArgument {}
extension SplitSettings.FoldRule: ExpressibleByArgument {}

/// How to split, as options of commands; what is not given is the experiment's default.
struct SplitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Of folds: rotating (fold k is the test, the next one validates), validating (fold k validates) or pairs.", valueName: "rule"))
    var foldRule = SplitSettings.FoldRule.rotating
    @Option(help: "Number of folds, \(KeyRow.rangeWords("data.folds")).")
    var folds = 10
    @Option(help: "Which fold, 1 to --folds; for leave-one-out, which speaker.")
    var fold = 1
    @Option(help: "Share of the speakers (rule random: of the clips) that validate, \(KeyRow.rangeWords("data.validation_share")).")
    var share = 0.2
    @Option(help: "Seed of the split, any whole number.")
    var splitSeed = 42
    @Flag(help: "Keep a test part that never chooses a checkpoint.")
    var nested = false

    func validate() throws {
        try KeyRow.check("data.folds", Double(folds), option: "--folds")
        try KeyRow.check("data.fold", Double(fold), option: "--fold")
        try KeyRow.check("data.validation_share", share, option: "--share")
    }

    /// - Throws: `ValidationError` where there is no such fold, whatever the speakers are.
    func settings(_ rule: SplitSettings.Rule) throws -> SplitSettings {
        if rule == .folds, foldRule != .pairs, fold > folds {
            throw ValidationError("--fold takes 1 to \(folds), the number of --folds, not \(fold)")
        }
        var settings = SplitSettings(rule, validationShare: share, seed: UInt64(bitPattern: Int64(splitSeed)), nested: nested)
        (settings.folds, settings.fold, settings.foldRule) = (folds, fold, foldRule)
        return settings
    }
}

extension CorporaCommand {
    struct Split: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how a corpus would be split: who is on which side, and the split's hash.",
            discussion: """
                A run with the same data.split keys uses exactly this split and stores its hash.
                Ends with exit code 1 where a speaker is on two sides of a split that should keep them apart.

                \(examples("emolab corpora split studio", "emolab corpora split studio --rule folds --folds 4 --fold 2 --members"))
                """)

        @Argument(help: "The corpus' name in the store.")
        var corpus: String
        @Option(help: "speaker, random, folds, leave-one-out or official.")
        var rule = SplitSettings.Rule.speaker
        @OptionGroup var options: SplitOptions
        @Flag(help: "List every clip with its side.")
        var members = false
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        private struct Report: Encodable {
            var corpus, rule, text, hash: String
            var audit: SplitAudit
            var members: [Corpora.Split.Side: [String]]?
        }

        func run() throws {
            let settings = try options.settings(rule)
            let clips = try store.open().fullClips(corpus: corpus)
            let split = try Corpora.Split(clips, settings)
            let audit = SplitAudit(split, of: clips)
            if output.json {
                let lists = Dictionary(uniqueKeysWithValues: Corpora.Split.Side.allCases.map { ($0, split[$0]) })
                try printJSON(
                    Report(
                        corpus: corpus, rule: rule.rawValue, text: split.text, hash: split.hash, audit: audit,
                        members: members ? lists : nil))
            } else {
                show(split, audit, clips)
            }
            if rule != .random, !audit.isSpeakerIndependent { throw ExitCode(1) }
        }

        private func show(_ split: Corpora.Split, _ audit: SplitAudit, _ clips: [Clip]) {
            print("\(corpus.printable): \(split.text.printable)")
            print("hash \(split.hash)")
            print("")
            let sides = Corpora.Split.Side.allCases.filter { audit.clips[$0] != nil }
            let labels = Set(clips.map(\.emotion)).sorted()
            printTable(
                header: ["side", "clips", "speakers"] + labels.map { $0.isEmpty ? "no label" : $0.printable },
                rows: sides.map { side in
                    [side.rawValue, "\(audit.clips[side] ?? 0)", "\(audit.speakers[side] ?? 0)"]
                        + labels.map { "\(audit.labels[side]?[$0] ?? 0)" }
                }, rightAligned: Set(1..<3 + labels.count))
            print("")
            let bySpeaker = Dictionary(grouping: clips, by: \.speaker).mapValues { $0.map(\.name) }
            let places = split.sides
            for side in sides {
                let speakers = bySpeaker.filter { $0.value.contains { places[$0] == side } }.keys.sorted()
                print(
                    "\(side.rawValue): \(speakers.prefix(40).joined(separator: " ").printable)\(speakers.count > 40 ? " and \(speakers.count - 40) more" : "")"
                )
            }
            if !audit.sharedSpeakers.isEmpty {
                print(
                    "\(counted(audit.sharedSpeakers.count, "speaker")) on more than one side: \(audit.sharedSpeakers.prefix(10).joined(separator: ", ").printable)"
                )
            }
            if !audit.missingClips.isEmpty { print("\(counted(audit.missingClips.count, "clip")) on no side") }
            guard members else { return }
            print("")
            for clip in clips.map(\.name).sorted() { print("\(places[clip]?.rawValue ?? "none")\t\(clip.printable)") }
        }
    }
}
