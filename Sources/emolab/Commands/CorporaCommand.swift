import ArgumentParser
import Foundation

struct CorporaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "corpora", abstract: "Corpora of clips: add, list, check, split, forget, read what was noted, or make the demo ones.",
        discussion: examples("emolab corpora", "emolab corpora add ~/data/RAVDESS --name ravdess"),
        subcommands: [Add.self, List.self, Check.self, Split.self, Notes.self, Remove.self, MakeDemo.self], defaultSubcommand: List.self)
}
