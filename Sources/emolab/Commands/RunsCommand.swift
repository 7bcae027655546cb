import ArgumentParser
import Foundation
import Runs
import Training

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Runs of the store: list, show, give orders.", subcommands: [List.self, Show.self, Give.self],
        defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the runs, newest first.",
            discussion: "The last column says where a run used target labels (oracle): its target score is no result of unsupervised adaptation.")

        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let runs = try store.open().runs()
            if output.json { return try printJSON(runs) }
            guard !runs.isEmpty else {
                print("no runs yet: `emolab train EXPERIMENT.toml`, or `emolab demo`")
                return
            }
            printTable(
                header: ["run", "name", "seed", "state", "epoch", "source", "target", "gap", "seconds", ""],
                rows: runs.map { run in
                    let gap = run.sourceAccuracy.flatMap { source in run.targetAccuracy.map { source - $0 } }
                    return [
                        "\(run.id)", run.name.printable, "\(run.seed)", run.state.rawValue, "\(run.epoch)", score(run.sourceAccuracy),
                        score(run.targetAccuracy), score(gap), run.duration().map { "\(Int($0))" } ?? "", (run.targetLabelUse ?? "").printable,
                    ]
                }, rightAligned: [0, 2, 4, 5, 6, 7, 8])
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a run: its experiment, epochs and scores.")

        @Argument(help: ArgumentHelp("The run's number.", valueName: "run"))
        var id: Int64
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        private struct Shown: Encodable {
            var run: StoredRun
            var epochs: [EpochRecord]
            var events: [StoredEvent]
        }

        func run() throws {
            let store = try store.open()
            guard let stored = try store.run(id) else { throw StoreError.noSuchRun(id) }
            let shown = Shown(run: stored, epochs: try store.epochs(run: id), events: try store.events(run: id))
            if output.json { return try printJSON(shown) }
            let summary = stored.summary
            print("run \(summary.id)  \(summary.name.printable)  seed \(summary.seed)  \(summary.state.rawValue)\(summary.reason.map { ": " + $0.printable } ?? "")")
            print("folder \(store.runFolder(of: summary).path.printable)")
            if let plan = stored.plan {
                print("source \(plan.sourceTraining) + \(plan.sourceValidation) clips, target \(plan.targetTraining) + \(plan.targetValidation), split \(plan.split) \(plan.splitHash)")
            }
            if let use = summary.targetLabelUse { print("target labels: \(use.printable)") }
            printTable(
                header: ["epoch", "source loss", "accuracy", "macro-F1", "target loss", "accuracy", "macro-F1", "domain", ""],
                rows: shown.epochs.map { epoch in
                    [
                        "\(epoch.epoch)", score(epoch.source.loss), score(epoch.source.accuracy), score(epoch.source.macroF1),
                        score(epoch.target?.loss), score(epoch.target?.accuracy), score(epoch.target?.macroF1),
                        score(epoch.target?.domainAccuracy), epoch.isBest ? "best" : "",
                    ]
                }, rightAligned: [0, 1, 2, 3, 4, 5, 6, 7])
        }
    }

    struct Give: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "order", abstract: "Give an order to a run in progress, from any terminal.",
            discussion: "Orders: pause, resume, stop (save and end), set KEY VALUE for a live key such as alpha.maximum.")

        @Argument(help: ArgumentHelp("The run's number.", valueName: "run"))
        var id: Int64
        @Argument(help: "pause, resume, stop, or set KEY VALUE.")
        var order: [String]
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let number = try store.open().issue(try parsedOrder(), run: id)
            if output.json { try printJSON(["order": number]) } else { print("order \(number) given to run \(id)") }
        }

        private func parsedOrder() throws -> Order {
            switch order.map({ $0.lowercased() }).first {
            case "pause" where order.count == 1: return .pause
            case "resume" where order.count == 1: return .resume
            case "stop" where order.count == 1: return .stop
            case "set" where order.count == 3: return .set(key: order[1], value: order[2])
            default: throw ValidationError("an order is pause, resume, stop, or set KEY VALUE")
            }
        }
    }
}

/// Three decimals, with a point in every locale; empty where there is nothing.
func score(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "" }
