import ArgumentParser
import Foundation
import Runs
import Store

extension RunsCommand {
    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete runs with their folders: weights, checkpoints, tables.",
            discussion: """
                Asks first on a terminal; a script says --yes. A run that is being trained is refused: stop it first. Of several runs all are deleted \
                or none. Children stay, without their parent.

                """ + examples("emolab runs delete 3 4 --yes"))

        @Argument(help: ArgumentHelp("The runs' numbers.", valueName: "run"))
        var ids: [Int64]
        @Flag(help: "Do not ask.")
        var yes = false
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        private struct Deleted: Encodable {
            var deleted: [Int64]
        }

        func run() throws {
            let store = try store.open()
            let ids = self.ids.reduce(into: [Int64]()) { if !$0.contains($1) { $0.append($1) } }
            let runs = try ids.map { id in
                guard let run = try store.summary(of: id) else { throw StoreError.noSuchRun(id) }
                if run.state.isLive {
                    throw CommandFailure(
                        "run \(id) is \(run.state.name), in process \(run.pid ?? 0): `emolab runs order \(id) stop` ends it first; nothing was deleted"
                    )
                }
                return run
            }
            if !yes, try !confirm(runs, store) { throw CommandFailure("nothing was deleted") }
            try store.deleteRuns(ids, withFolders: true)
            if output.json { return try printJSON(Deleted(deleted: ids)) }
            for run in runs { print("run \(run.id), \(run.name.printable), is deleted with its folder") }
        }

        /// Names what goes, and waits for a word.
        /// - Throws: `CommandFailure` where nobody can be asked.
        private func confirm(_ runs: [RunSummary], _ store: RunStore) throws -> Bool {
            guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
                throw CommandFailure("there is no terminal to ask on: --yes deletes without asking; nothing was deleted", code: 2)
            }
            for run in runs {
                standardError(
                    "run \(run.id)  \(run.name.printable)  seed \(run.seed)  \(run.state.name), epoch \(run.epoch)  \(store.runFolder(of: run).path)"
                )
            }
            try? FileHandle.standardError.write(
                contentsOf: Data("Delete \(runs.count == 1 ? "it with its folder" : "these \(runs.count) with their folders")? [y/N] ".utf8)
            )
            return ["y", "yes"].contains((readLine() ?? "").trimmingCharacters(in: .whitespaces).lowercased())
        }
    }
}
