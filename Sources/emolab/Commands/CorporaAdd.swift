import ArgumentParser
import Base
import Corpora
import Foundation
import Runs

extension CorporaCommand {
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Scan a folder of clips, or a table of them, into the store.",
            discussion: """
                The layout is recognised by the names of files:
                \(CorpusFormats.all.map { "  \($0.name): \($0.example)" }.joined(separator: "\n"))
                Any other data comes in by a table with a column path (and label, speaker, split, start, end, valence, arousal, ...).
                Files and rows that cannot be used are listed with the reason; the rest is used. Adding a corpus again scans it anew,
                and so does adding it from the place that it was moved to, under its old name.

                \(examples("emolab corpora add ~/data/RAVDESS --name ravdess", "emolab corpora add ~/data/lab/clips.csv --name lab"))
                """)

        @Argument(help: "The folder that the corpus was unpacked to, or a table (.csv, .tsv, .jsonl).")
        var folder: String
        @Option(
            help:
                "The corpus' name in the store, 1 to \(NameRule.longest) characters without a slash. Default: the folder's or the table's name."
        )
        var name: String?
        @Option(help: "The layout: \(CorpusFormats.names.joined(separator: ", ")). Default: recognised.")
        var format: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let url = URL(fileURLWithPath: (folder as NSString).expandingTildeInPath).standardizedFileURL
            let layout = try chosenFormat(for: url)
            let corpus = name ?? defaultName(for: url)
            if let problem = NameRule.plain.problem(of: corpus) {
                throw ValidationError(
                    name == nil
                        ? "the folder's name cannot be the corpus' name: it \(problem). Give one with --name"
                        : "--name '\(corpus.prefix(NameRule.longest).description.printable)' \(problem)")
            }
            let scan: CorpusScan
            do { scan = try layout.init().scan(url, corpus: corpus) } catch let error as CorpusError {
                // The reasons are as good for a program as for a person.
                if output.json, case .nothingFound(_, _, let rejected) = error {
                    try printJSON(
                        AddedCorpus(
                            name: corpus, format: layout.name, folder: url.path, clips: 0, speakers: 0, leftOut: [:], rejected: rejected))
                }
                throw error
            }
            try store.make().addCorpus(name: corpus, format: layout.name, folder: url.path, scan: scan, replacing: true)
            let summary = AddedCorpus(
                name: corpus, format: layout.name, folder: url.path, clips: scan.clips.count,
                speakers: Set(scan.clips.map(\.speaker)).count, leftOut: scan.leftOut, rejected: scan.rejected)
            if output.json { return try printJSON(summary) }
            print("\(corpus): \(counted(summary.clips, "clip")) of \(counted(summary.speakers, "speaker")), layout \(layout.name)")
            for (what, count) in scan.leftOut.sorted(by: { $0.key < $1.key }) { print("  left out on purpose: \(count) \(what)") }
            if !scan.rejected.isEmpty {
                print("  not used, \(counted(scan.rejected.count, "file or row", "files or rows")):")
                for file in scan.rejected { print("    \(file.path.printable): \(file.reason.printable)") }
            }
        }

        /// A table that stands for its folder (`clips.csv`) has the folder's name.
        private func defaultName(for place: URL) -> String {
            let isTable = !isFolder(place) && place.deletingPathExtension().lastPathComponent.lowercased() != "clips"
            let named = isTable ? place.deletingPathExtension() : isFolder(place) ? place : place.deletingLastPathComponent()
            return named.lastPathComponent.lowercased()
        }

        private func isFolder(_ place: URL) -> Bool {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) && isFolder.boolValue
        }

        private func chosenFormat(for place: URL) throws -> any CorpusFormat.Type {
            if let format {
                guard let known = CorpusFormats.named(format) else {
                    let nearest = nearestName(to: format, among: CorpusFormats.names).map { ", did you mean \($0)?" } ?? ";"
                    throw CommandFailure(
                        "no layout named \(format.printable)\(nearest) there are \(CorpusFormats.names.joined(separator: ", "))", code: 2)
                }
                return known
            }
            guard FileManager.default.fileExists(atPath: place.path) else { throw CorpusError.noSuchFolder(place.path) }
            guard let found = CorpusFormats.detect(place) else {
                throw CommandFailure(
                    "\(place.path.printable): no file named as in a layout that emolab knows; say which with --format, or give a table of its clips"
                )
            }
            return found
        }
    }

    struct AddedCorpus: Encodable {
        var name: String
        var format: String
        var folder: String
        var clips: Int
        var speakers: Int
        var leftOut: [String: Int]
        var rejected: [RejectedFile]
    }
}
