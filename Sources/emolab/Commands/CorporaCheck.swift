import ArgumentParser
import Base
import Corpora
import Foundation
import Inputs
import Runs
import Training

extension CorporaCommand {
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Look for missing and damaged files, silence, duplicates, speakers on two sides, rare classes and labels without a place.",
            discussion: """
                Sound and a few frames of every clip are decoded to find the same take under two names, also re-encoded, also between corpora.
                Clips of silence, of pictures of one colour and of a length far from the others' are named, and what is odd about a file that can be used.
                Ends with exit code 1 where something is wrong; how often classes occur is shown, not judged.

                \(examples("emolab corpora check studio crowd --labels six", "emolab corpora check studio --split folds --folds 4"))
                """)

        @Argument(help: "Names of corpora in the store.")
        var corpora: [String]
        @Flag(help: "Decode every frame and sample.")
        var deep = false
        @Flag(help: "Read containers only: nothing is decoded, no duplicates are looked for.")
        var quick = false
        @Option(help: "A label space that every label should have a place in.")
        var labels: String?
        @Option(name: .customLong("split"), help: "Also look at this split: speaker, random, folds, leave-one-out or official.")
        var rule: SplitSettings.Rule?
        @OptionGroup var options: SplitOptions
        @Option(help: "Also look at the labels and the split of this experiment.")
        var experiment: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            if deep && quick { throw ValidationError("--deep and --quick exclude each other") }
            if experiment != nil && rule != nil { throw ValidationError("--experiment has a split of its own: leave --split out") }
            if corpora.isEmpty { throw ValidationError("name at least one corpus") }
        }

        func run() throws {
            let data = try experiment.map { try BuiltInExperiments.read($0, overrides: []).data }
            let spaceName = labels ?? data?.labels
            let space = try spaceName.map { try LabelSpace.named($0) }
            let settings = try data?.splitting ?? rule.map { try options.settings($0) }
            let store = try store.open()
            let chosen = try corpora.map { name in
                let clips = try store.fullClips(corpus: name)
                return CorpusCheck.Corpus(
                    name: name, clips: clips, split: try settings.map { try Corpora.Split(clips, $0) },
                    rejected: try store.rejectedFiles(corpus: name))
            }
            let interruption = Interruption("stopping; what was checked is shown; once more ends at once")
            let line = ProgressLine("checking")
            let check = CorpusCheck(depth: deep ? .deep : quick ? .quick : .normal, labels: space, named: spaceName)
            let report = try check.run(chosen, shouldStop: { interruption.isAsked }, progress: { line.update(done: $0, of: $1) })
            line.finish()
            if output.json { try printJSON(report) } else { show(report) }
            for corpus in report.corpora where !corpus.problems.isEmpty && corpus.problems.count == corpus.clips {
                if let advice = try store.adviceIfMoved(corpus: corpus.corpus) { standardError("emolab: \(advice.printable)") }
            }
            if !report.isComplete { throw ExitCode(128 + (interruption.signal ?? SIGINT)) }
            if !report.isClean { throw ExitCode(1) }
        }

        private func show(_ report: CorpusCheckReport) {
            for corpus in report.corpora {
                print("\(corpus.corpus.printable): \(counted(corpus.clips, "clip")) of \(counted(corpus.speakers, "speaker"))")
                showBalance(corpus)
                for sides in corpus.sides { show(sides) }
                if let labels = corpus.labels {
                    let unmapped = labels.unmapped.sorted { $0.key < $1.key }.map {
                        "\($0.key.isEmpty ? "no label" : $0.key) (\($0.value))"
                    }
                    print(
                        "  labels in \(labels.space.printable): "
                            + (unmapped.isEmpty ? "every clip has a place" : "no place for " + unmapped.joined(separator: ", ").printable))
                    if !labels.empty.isEmpty { print("    no clip is \(labels.empty.joined(separator: ", ").printable)") }
                }
                print(
                    "  files: "
                        + (corpus.problems.isEmpty
                            ? (corpus.unusedRows.isEmpty ? "all there and readable" : "those of its clips are there and readable")
                            : "\(counted(corpus.problems.count, "clip")) cannot be used"))
                for problem in corpus.problems.prefix(Self.listed) {
                    print("    \(problem.clip.printable): \(problem.kind.rawValue): \(problem.reason.printable)")
                }
                if corpus.problems.count > Self.listed { print("    and \(corpus.problems.count - Self.listed) more (--json has all)") }
                if !corpus.unusedRows.isEmpty {
                    print("  not used when the corpus was added: \(counted(corpus.unusedRows.count, "row or take", "rows or takes"))")
                    for row in corpus.unusedRows.prefix(Self.listed) { print("    \(row.path.printable): \(row.reason.printable)") }
                    if corpus.unusedRows.count > Self.listed {
                        print("    and \(corpus.unusedRows.count - Self.listed) more (--json has all)")
                    }
                }
                if !corpus.remarks.isEmpty { print("  to look at: \(counted(Set(corpus.remarks.map(\.clip)).count, "clip"))") }
                for remark in corpus.remarks.prefix(Self.listed) { print("    \(remark.clip.printable): \(remark.remark.printable)") }
                if corpus.remarks.count > Self.listed { print("    and \(corpus.remarks.count - Self.listed) more (--json has all)") }
            }
            if !quick { show(report.duplicates) }
            if !report.isComplete { print("stopped before the end: what is shown is not all") }
        }

        /// Of anything that may be wrong a thousand times.
        private static let listed = 20

        private func showBalance(_ corpus: CorpusFinding) {
            let sexes = Set(corpus.balance.flatMap { $0.sexes.keys }).sorted()
            printTable(
                header: ["  label", "clips", "speakers"] + sexes.map(\.printable),
                rows: corpus.balance.map { one in
                    ["  " + (one.label.isEmpty ? "no label" : one.label.printable), "\(one.clips)", "\(one.speakers)"]
                        + sexes.map { "\(one.sexes[$0] ?? 0)" }
                }, rightAligned: Set(1..<3 + sexes.count))
        }

        private func show(_ sides: CorpusFinding.Sides) {
            let parts = sides.clips.sorted { $0.key < $1.key }.map {
                "\($0.key) \(counted($0.value, "clip")) of \(counted(sides.speakers[$0.key] ?? 0, "speaker"))"
            }
            print("  \(sides.text.printable): \(parts.joined(separator: ", "))" + (sides.hash.map { ", hash \($0)" } ?? ""))
            guard !sides.sharedSpeakers.isEmpty else { return }
            let names = sides.sharedSpeakers.prefix(Self.listed).joined(separator: ", ").printable
            print(
                "    \(counted(sides.sharedSpeakers.count, "speaker")) on more than one side"
                    + (sides.keepsSpeakersApart ? ": \(names)" : ", as a random split has it"))
        }

        private func show(_ duplicates: [DuplicatePair]) {
            print(
                duplicates.isEmpty ? "duplicates: none" : "duplicates: \(counted(duplicates.count, "pair")) of clips with the same content")
            for pair in duplicates.prefix(Self.listed) {
                let sound = pair.sound.map { ["sound (correlation \(String(format: "%.2f", $0)))"] } ?? []
                let picture = pair.picture.map { ["picture (\(String(format: "%.1f", $0)) grey levels)"] } ?? []
                print(
                    "  \(pair.first.printable) = \(pair.second.printable): " + (sound + picture).joined(separator: ", ")
                        + (pair.crossesSides ? ", on different sides" : ""))
            }
            if duplicates.count > Self.listed { print("  and \(duplicates.count - Self.listed) more (--json has all)") }
        }
    }
}
