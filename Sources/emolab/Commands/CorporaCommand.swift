import ArgumentParser
import Corpora
import Foundation
import Runs

struct CorporaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "corpora", abstract: "Corpora of clips: add, list, forget, or make the demo ones.",
        subcommands: [Add.self, List.self, Remove.self, MakeDemo.self], defaultSubcommand: List.self)

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Scan a folder of clips into the store.",
            discussion: """
                The layout is recognised by the file names: ravdess (01-01-03-02-01-01-12.mp4) or crema-d (1043_ITS_FEA_HI.flv).
                Files that cannot be used are listed with the reason; the rest is used. Adding a corpus again scans it anew.
                """)

        @Argument(help: "The folder that the corpus was unpacked to.")
        var folder: String
        @Option(help: "The corpus' name in the store. Default: the folder's name.")
        var name: String?
        @Option(help: "The layout: \(CorpusFormats.all.map { $0.name }.joined(separator: ", ")). Default: recognised.")
        var format: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let url = URL(fileURLWithPath: (folder as NSString).expandingTildeInPath).standardizedFileURL
            let layout = try chosenFormat(for: url)
            let corpus = name ?? url.lastPathComponent.lowercased()
            let scan = try layout.init().scan(url, corpus: corpus)
            try store.open().addCorpus(name: corpus, format: layout.name, folder: url.path, scan: scan, replacing: true)
            let summary = AddedCorpus(
                name: corpus, format: layout.name, folder: url.path, clips: scan.clips.count,
                speakers: Set(scan.clips.map(\.speaker)).count, leftOut: scan.leftOut, rejected: scan.rejected)
            if output.json { return try printJSON(summary) }
            print("\(corpus): \(summary.clips) clips of \(summary.speakers) speakers, layout \(layout.name)")
            for (what, count) in scan.leftOut.sorted(by: { $0.key < $1.key }) { print("  left out on purpose: \(count) \(what)") }
            if !scan.rejected.isEmpty {
                print("  not used, \(scan.rejected.count) files:")
                for file in scan.rejected { print("    \(file.path.printable): \(file.reason.printable)") }
            }
        }

        private func chosenFormat(for folder: URL) throws -> any CorpusFormat.Type {
            if let format {
                guard let known = CorpusFormats.named(format) else {
                    throw CommandFailure(
                        "no layout named \(format.printable); there are \(CorpusFormats.all.map { $0.name }.joined(separator: ", "))", code: 2)
                }
                return known
            }
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
                throw CorpusError.noSuchFolder(folder.path)
            }
            guard let found = CorpusFormats.detect(folder) else {
                throw CommandFailure("\(folder.path.printable): no file named as in a layout that emolab knows; say which with --format")
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

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the corpora of the store, or the clips of one.")

        @Argument(help: "A corpus: its clips and the files not used are listed.")
        var corpus: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let store = try store.open()
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
            printTable(
                header: ["clip", "speaker", "sex", "age", "emotion", "intensity", "sentence", "status"],
                rows: contents.clips.map {
                    [
                        $0.name.printable, $0.speaker.printable, $0.sex ?? "", $0.age.map(String.init) ?? "", $0.emotion.printable,
                        $0.intensity ?? "", $0.sentence ?? "", $0.status.rawValue + ($0.reason.map { ": " + $0.printable } ?? ""),
                    ]
                }, rightAligned: [3])
            for file in contents.rejected { print("not used: \(file.path.printable): \(file.reason.printable)") }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forget a corpus; its files stay.")

        @Argument(help: "The corpus' name in the store.")
        var corpus: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            try store.open().removeCorpus(corpus)
            if output.json { try printJSON(["removed": corpus]) } else { print("\(corpus.printable) is forgotten; its files stay") }
        }
    }
}

extension String {
    /// Without control characters: names and reasons come from outside and go to a terminal.
    var printable: String {
        String(String.UnicodeScalarView(unicodeScalars.map { CharacterSet.controlCharacters.contains($0) ? "\u{fffd}" : $0 }))
    }
}
