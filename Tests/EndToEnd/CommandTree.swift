// Every command of the program, from the parser's own description of them.
import Foundation
import Testing

/// A command without subcommands, as it is typed: `corpora add`.
struct CommandTree {
    private struct Command: Decodable {
        var commandName: String
        var shouldDisplay: Bool
        var subcommands: [Command]?
    }

    private struct Tool: Decodable { var command: Command }

    /// Paths of all commands that a user sees, those that hold others too; `[]` is the program itself.
    let all: [[String]]
    /// Those that do something.
    let leaves: [[String]]

    init(in home: Home) throws {
        let tool = try JSONDecoder().decode(Tool.self, from: Data(try home.emolab("--experimental-dump-help").output.utf8))
        var all: [[String]] = [], leaves: [[String]] = []
        func visit(_ command: Command, _ path: [String]) {
            guard command.shouldDisplay, command.commandName != "help" else { return }
            all.append(path)
            let below = command.subcommands ?? []
            if below.isEmpty { leaves.append(path) }
            for one in below { visit(one, path + [one.commandName]) }
        }
        visit(tool.command, [])
        (self.all, self.leaves) = (all, leaves)
    }
}
