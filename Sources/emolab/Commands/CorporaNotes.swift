import ArgumentParser
import Corpora
import Foundation
import Runs
import Store

extension CorporaCommand {
    struct Notes: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what was written about clips in the workbench: tags and notes.",
            discussion: """
                Tags are given with t and notes written with w in the panes Errors and Clip. --csv has one row a clip, tags joined by semicolons.

                \(examples("emolab corpora notes crowd --tag unclear", "emolab corpora notes --csv"))
                """)

        @Argument(help: "Of this corpus only.")
        var corpus: String?
        @Option(help: "Only clips with this tag.")
        var tag: String?
        @Flag(help: "Print comma-separated values.")
        var csv = false
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            if csv, output.json { throw ValidationError("--csv and --json are two forms of the same: give one") }
        }

        func run() throws {
            let store = try store.open()
            if let corpus, try !store.corpora().contains(where: { $0.name == corpus }), try store.clipNotes(corpus: corpus).isEmpty {
                throw StoreError.noSuchCorpus(corpus)
            }
            let notes = try store.clipNotes(corpus: corpus).filter { tag == nil || $0.tags.contains(tag ?? "") }
            if output.json { return try printJSON(notes) }
            let times = ISO8601DateFormatter()
            let rows = notes.map { [$0.corpus, $0.clip, $0.tags.joined(separator: "; "), $0.note, times.string(from: $0.time)] }
            let header = ["corpus", "clip", "tags", "note", "time"]
            if csv {
                for row in [header] + rows { print(row.map(\.printable).commaSeparated) }
            } else if notes.isEmpty {
                print(
                    "nothing was written"
                        + (tag == nil ? ": t tags a clip in the workbench's panes Errors and Clip, w writes a note" : " with that tag"))
            } else {
                printTable(header: header, rows: rows.map { $0.map(\.printable) })
            }
        }
    }
}
