import ArgumentParser
import Foundation
import TUI

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The keys of the workbench, from the table that the workbench itself reads.",
        discussion: """
            Other keys: in \(Config.userFile.path), under [keys], such as "train.pause" = "P". A key that has another meaning already is refused.

            \(Workbench.keyTable().help(width: 79))

            \(examples("emolab keys --markdown", "emolab keys --json --no-config"))
            """)

    @OptionGroup var output: OutputOptions
    @Flag(help: "A page of Markdown, as docs/keys.md.")
    var markdown = false
    @Flag(inversion: .prefixedNo, help: "With the keys of your configuration.")
    var config = true

    func validate() throws {
        if markdown, output.json { throw ValidationError("--json and --markdown exclude each other") }
    }

    func run() throws {
        let table = Workbench.keyTable()
        let settings = config ? UserSettings(config: .read(table: table)) : nil
        let shown = table.remapped(settings?.config.keys ?? []).table, problems = settings?.problems ?? []
        for problem in problems { standardError("emolab: \(problem)") }
        if output.json {
            try printJSON(shown.entries)
        } else {
            print(markdown ? shown.markdown : shown.text, terminator: "")
        }
        if !problems.isEmpty { throw ExitCode(1) }
    }
}
