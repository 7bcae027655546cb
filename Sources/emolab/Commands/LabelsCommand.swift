import ArgumentParser
import Base
import Corpora
import Foundation

struct LabelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labels", abstract: "Label spaces: the classes of a run, and what corpora call them.",
        discussion: """
            Spaces of your own: a TOML file in \(UserFolders.config().path)/labels, or named as FILE.toml or FILE.toml#name in data.labels.

            \(examples("emolab labels", "emolab labels show six"))
            """,
        subcommands: [List.self, Show.self], defaultSubcommand: List.self)

    /// A space as it is printed.
    private struct Entry: Encodable {
        struct Label: Encodable {
            var label: String
            var words: [String]
        }
        var name: String
        var aliases: [String]
        var labels: [Label]
        var file: String?

        init(_ space: LabelSpace, file: String?) {
            (name, aliases, self.file) = (space.name, space.aliases, file)
            labels = space.words.map { Label(label: $0.label, words: $0.words) }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the label spaces.", discussion: examples("emolab labels list --json"))

        @OptionGroup var output: OutputOptions

        func run() throws {
            let all = try LabelLibrary.everything()
            for broken in all.broken { standardError("emolab: not listed: \(broken.error)") }
            if output.json { return try printJSON(all.spaces.map { Entry($0.space, file: $0.file) }) }
            printTable(
                header: ["space", "also", "labels", "from"],
                rows: all.spaces.map {
                    [
                        $0.space.name.printable, $0.space.aliases.joined(separator: ", ").printable,
                        $0.space.labels.joined(separator: " ").printable, ($0.file ?? "emolab").printable,
                    ]
                })
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a label space: every word that means each label.",
            discussion: examples("emolab labels show six", "emolab labels show ~/lab/spaces.toml#four --json"))

        @Argument(help: "Its name or alias, or FILE.toml, or FILE.toml#name.")
        var name: String
        @OptionGroup var output: OutputOptions

        func run() throws {
            let space = try LabelSpace.named(name)
            if output.json { return try printJSON(Entry(space, file: nil)) }
            print(space.name.printable + (space.aliases.isEmpty ? "" : " (also \(space.aliases.joined(separator: ", ").printable))"))
            printTable(
                header: ["", "label", "words"],
                rows: space.words.enumerated().map {
                    ["\($0.offset)", $0.element.label.printable, $0.element.words.joined(separator: ", ").printable]
                },
                rightAligned: [0])
        }
    }
}
