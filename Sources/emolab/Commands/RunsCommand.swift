import ArgumentParser
import Base
import Foundation
import Records
import Runs
import Store
import Viz

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Runs of the store: list, show, give orders, delete, recover records.",
        discussion: examples("emolab runs", "emolab runs order 12 stop --wait 10"),
        subcommands: [List.self, Show.self, Give.self, Delete.self, Recover.self],
        defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the runs, newest first.",
            discussion: """
                A child has its parent's number. "took" is the time that the run was worked on: steps, validation and saving, no pauses. The last column \
                says where a run used target labels (oracle): its target score is no result of unsupervised adaptation.

                """ + examples("emolab runs list --json"))

        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let runs = try store.isThere() ? store.open().runs() : []
            if output.json { return try printJSON(runs) }
            guard !runs.isEmpty else {
                print("no runs yet: `emolab train EXPERIMENT.toml`, or `emolab demo`")
                return
            }
            let isTested = runs.contains { $0.score(.sourceTest) != nil || $0.score(.targetTest) != nil }
            var header = ["run", "parent", "name", "seed", "state", "epoch", "took", "chosen by", "source", "target", "gap"]
            if isTested { header += ["test", "target"] }
            header.append("")
            printTable(
                header: header,
                rows: runs.map { run in
                    let (source, target) = (run.score(.sourceValidation), run.score(.targetValidation))
                    return [
                        "\(run.id)", run.parent.map(String.init) ?? "", run.name.printable, "\(run.seed)", run.state.name, "\(run.epoch)",
                        Numbers.clock(run.worked), run.selection?.rawValue ?? "?",
                        score(source), score(target), score(difference(source, target)),
                    ] + (isTested ? [score(run.score(.sourceTest)), score(run.score(.targetTest))] : []) + [
                        (run.targetLabelUse ?? "").printable
                    ]
                }, rightAligned: [0, 1, 3, 5, 6, 8, 9, 10, 11, 12])
            print(
                Set(runs.compactMap(\.mainMetric?.name)).sorted().joined(separator: ", ") + " of the best epoch on validation clips"
                    + (isTested ? "; test: on source and target clips that never chose it" : ""))
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a run: its experiment, epochs and scores.", discussion: examples("emolab runs show 12"))

        @Argument(help: ArgumentHelp("The run's number.", valueName: "run"))
        var id: Int64
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        private struct Shown: Encodable {
            var run: StoredRun
            var epochs: [EpochRecord]
            var events: [StoredEvent]
            var analyses: [AnalysisEntry]
        }

        func run() throws {
            let store = try store.open()
            guard let stored = try store.run(id) else { throw StoreError.noSuchRun(id) }
            let shown = Shown(
                run: stored, epochs: try store.epochs(run: id), events: try store.events(run: id), analyses: try store.analyses(run: id))
            if output.json { return try printJSON(shown) }
            let summary = stored.summary
            print(
                "run \(summary.id)  \(summary.name.printable)  seed \(summary.seed)  \(summary.state.name)\(summary.reason.map { ": " + $0.printable } ?? "")"
            )
            print("folder \(store.runFolder(of: summary).path.printable)")
            if let plan = stored.plan {
                print("\(plan.clipWords), split \(plan.split.printable) \(plan.splitHash.printable)")
            }
            print(
                "\(summary.state.isLive ? "so far" : "took") \(Numbers.clock(summary.worked))"
                    + (summary.parent.map { "   child of run \($0)" } ?? ""))
            if let preparation = stored.plan?.preparation { print("faces: \(preparation.faces.printable)") }
            let attempts = summary.provenance.attempts
            for (index, attempt) in attempts.enumerated() where index == 0 || !attempts[index - 1].differences(to: attempt).isEmpty {
                let begin = attempts.count == 1 ? "made with" : "attempt \(index + 1)"
                print("\(begin): \(attempt.lines.joined(separator: "; ").printable)")
            }
            if let selection = summary.selection { print("epochs are chosen by \(selection.words)") }
            if let use = summary.targetLabelUse { print("target labels: \(use.printable)") }
            if let plan = stored.plan {
                EpochTable(plan, shown.epochs).show()
                if shown.epochs.contains(where: { epoch in plan.metrics.contains { $0.isLabelFree && epoch.value($0) != nil } }) {
                    print("\nlabel-free scores of the target validation clips; * is the best epoch by each")
                    EpochTable(plan, shown.epochs).showLabelFree()
                }
            }
            if let report = stored.finalReport, let plan = stored.plan {
                print("")
                for line in report.lines(plan) { print(line) }
            }
            if !shown.analyses.isEmpty {
                let words = shown.analyses.map { $0.kind.rawValue + ($0.subject.isEmpty ? "" : " of \($0.subject.printable)") }
                print("stored: \(words.joined(separator: ", "))")
            }
        }
    }

    struct Give: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "order", abstract: "Give an order to a run in progress, from any terminal.",
            discussion: """
                Orders: pause, resume, stop (save and end), set KEY VALUE for a live key such as alpha.maximum. The run reads them between two \
                steps, in the order of their numbers. With --wait the command ends when the run answered, with 1 where it refused or ended before.

                \(examples("emolab runs order 12 pause", "emolab runs order 12 set alpha.maximum 0.05 --wait 10"))
                """)

        @Argument(help: ArgumentHelp("The run's number.", valueName: "run"))
        var id: Int64
        // A value may begin with a minus.
        @Argument(parsing: .allUnrecognized, help: "pause, resume, stop, or set KEY VALUE.")
        var order: [String]
        @Option(help: ArgumentHelp("Wait for the run's answer, \(Give.waits.words). Default: not at all.", valueName: "seconds"))
        var wait: Double?
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        private struct Answer: Encodable {
            var order: Int64
            var state: OrderState?
            var step: Int?
            var text: String?
        }

        static let waits = OptionRange("--wait", 0...86_400.0, "seconds")

        func validate() throws {
            try Self.waits.check(wait)
        }

        func run() throws {
            let order = try parsedOrder()
            let store = try store.open()
            let number = try store.issue(order, run: id)
            guard let wait else {
                if output.json { try printJSON(Answer(order: number)) } else { print("order \(number) given to run \(id)") }
                return
            }
            guard let answer = try store.answer(to: number, run: id, within: wait) else {
                throw CommandFailure("order \(number) is given; run \(id) did not answer within \(wait) s")
            }
            if output.json {
                try printJSON(Answer(order: number, state: answer.state, step: answer.step, text: answer.text))
            } else if answer.state == .applied {
                print("order \(number) at step \(answer.step ?? 0): \((answer.text ?? "").printable)")
            }
            switch answer.state {
            case .applied, .pending, .taken: break
            case .refused: throw CommandFailure("order \(number) to run \(id): \((answer.text ?? "").printable)")
            case .lapsed: throw CommandFailure("run \(id) ended before order \(number)")
            }
        }

        private func parsedOrder() throws -> Order {
            switch order.map({ $0.lowercased() }).first {
            case "pause" where order.count == 1: return .pause
            case "resume" where order.count == 1: return .resume
            case "stop" where order.count == 1: return .stop
            case "set" where order.count == 3 && !order[1].hasPrefix("-"): return .set(key: order[1], value: order[2])
            default: throw ValidationError("an order is pause, resume, stop, or set KEY VALUE")
            }
        }
    }

    struct Recover: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take in what a run told while the store could not be written.",
            discussion: """
                A run whose store cannot be written goes on; what the store never took is in unwritten.jsonl in the run's folder, or in the file \
                that the run named when it ended. Resuming the run takes it in too. Each record is taken once; damaged lines are passed over.

                \(examples("emolab runs recover 12"))
                """)

        @Argument(help: ArgumentHelp("The run's number.", valueName: "run"))
        var id: Int64
        @Argument(help: ArgumentHelp("The file; unwritten.jsonl in the run's folder unless told.", valueName: "file"))
        var file: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let file = file.map { URL(fileURLWithPath: ($0 as NSString).expandingTildeInPath) }
            let taken = try store.open().recoverRecords(run: id, from: file)
            if output.json { return try printJSON(taken.map { [$0] } ?? []) }
            guard let taken else {
                print("run \(id) left nothing unwritten")
                return
            }
            print("\(counted(taken.records, "record")) of run \(id) taken in from \(taken.file.printable)")
            if let kept = taken.kept {
                print("passed over: \(counted(taken.damaged, "damaged line")); the file is kept as \(kept.printable)")
            }
        }
    }
}

/// Three decimals, with a point in every locale; empty where there is nothing.
func score(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "" }
