import ArgumentParser
import Corpora
import Foundation
import Inputs
import Runs
import Store

extension CorporaCommand {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the corpora of the store, or the clips of one.",
            discussion: examples("emolab corpora list", "emolab corpora list studio --json"))

        @Argument(help: "A corpus: its clips and the files not used are listed.")
        var corpus: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let isThere = try corpus != nil || store.isThere()
            let store = try isThere ? store.open() : RunStore(emptyAt: store.url)
            if let corpus { return try listClips(of: corpus, in: store) }
            let corpora = try store.corpora()
            if output.json { return try printJSON(corpora) }
            guard !corpora.isEmpty else {
                print("no corpora yet: `emolab corpora add FOLDER`, or `emolab demo` for two small ones")
                return
            }
            printTable(
                header: ["corpus", "layout", "clips", "speakers", "prepared", "damaged", "not used", "folder"],
                rows: corpora.map {
                    [
                        $0.name.printable, $0.format, "\($0.clips)", "\($0.speakers)", "\($0.prepared)", "\($0.damaged)",
                        "\($0.rejectedFiles)", $0.folder.printable,
                    ]
                }, rightAligned: [2, 3, 4, 5, 6])
        }

        private struct Contents: Encodable {
            var clips: [StoredClip]
            var rejected: [RejectedFile]
        }

        private func listClips(of corpus: String, in store: RunStore) throws {
            let contents = Contents(clips: try store.clips(corpus: corpus), rejected: try store.rejectedFiles(corpus: corpus))
            if output.json { return try printJSON(contents) }
            // What no clip has, such as parts or spans in most corpora, takes no column.
            let columns: [(title: String, value: (StoredClip) -> String?)] = [
                ("clip", { $0.name }), ("speaker", { $0.speaker }), ("sex", { $0.sex }), ("age", { $0.age.map(String.init) }),
                ("emotion", { $0.emotion }), ("valence", { $0.valence.map { String(format: "%.3f", $0) } }),
                ("arousal", { $0.arousal.map { String(format: "%.3f", $0) } }), ("intensity", { $0.intensity }),
                ("sentence", { $0.sentence }),
                ("part", { $0.part }), ("from", { $0.start.map { String(format: "%.2f", $0) } }),
                ("to", { $0.end.map { String(format: "%.2f", $0) } }),
                ("status", { $0.status.rawValue + ($0.reason.map { ": " + $0 } ?? "") }),
            ]
            let shown = columns.filter { column in contents.clips.contains { column.value($0)?.isEmpty == false } }
            let numbers: Set<String> = ["age", "valence", "arousal", "from", "to"]
            printTable(
                header: shown.map(\.title), rows: contents.clips.map { clip in shown.map { $0.value(clip)?.printable ?? "" } },
                rightAligned: Set(shown.indices.filter { numbers.contains(shown[$0].title) }))
            for file in contents.rejected { print("not used: \(file.path.printable): \(file.reason.printable)") }
        }
    }
}
