// A word in the place of a command that is none: told by its nearest name instead of as an argument too many.
import ArgumentParser
import Base

enum UnknownCommand {
    /// What to say where the first word that could be a command's name is none; nil where every one is.
    static func advice(on words: [String], root: any ParsableCommand.Type = Emolab.self) -> String? {
        var command = root, path = [root._commandName]
        for word in words {
            let subcommands = command.configuration.subcommands
            // Options and what follows them belong to the command that was reached.
            guard !subcommands.isEmpty, !word.hasPrefix("-") else { return nil }
            guard let next = subcommands.first(where: { $0._commandName == word }) else {
                let names = subcommands.map { $0._commandName }
                if word == "help" { return nil }
                let nearest = nearestName(to: word, among: names).map { ", did you mean \($0)?" } ?? "."
                return
                    "Error: '\(path.joined(separator: " "))' has no command \(word.printable)\(nearest)\n  '\(path.joined(separator: " ")) --help' lists its commands."
            }
            command = next
            path.append(word)
        }
        return nil
    }
}
