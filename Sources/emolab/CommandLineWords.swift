// Values that begin with a minus: `--levels -5` is read as `--levels=-5`, which the parser takes for two options.
import ArgumentParser
import Foundation

enum CommandLineWords {
    /// A command as the parser describes it.
    private struct Command: Decodable {
        struct Argument: Decodable {
            struct Name: Decodable {
                var kind, name: String
                var word: String { (kind == "long" ? "--" : "-") + name }
            }
            var kind: String
            var names: [Name]?
        }
        var commandName: String
        var defaultSubcommand: String?
        var subcommands: [Command]?
        var arguments: [Argument]?

        func subcommand(_ name: String) -> Command? { subcommands?.first { $0.commandName == name } }

        /// Options and flags, also of the command that is meant where none is named; true for those that a value follows.
        var options: [String: Bool] {
            var options = defaultSubcommand.flatMap { subcommand($0)?.options } ?? [:]
            for argument in arguments ?? [] {
                for name in argument.names ?? [] { options[name.word] = argument.kind == "option" }
            }
            return options
        }
    }

    private struct Tool: Decodable { var command: Command }

    /// The words with each value that begins with a minus joined to its option.
    static func joined(_ words: [String]) -> [String] {
        // The parser's description takes milliseconds to make, and is wanted for few commands.
        guard zip(words, words.dropFirst()).contains(where: { $0.hasPrefix("--") && mayBeValue($1) }),
            let tool = try? JSONDecoder().decode(Tool.self, from: Data(Emolab._dumpHelp().utf8))
        else { return words }
        var command = tool.command, options = command.options
        var result: [String] = [], rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" { return result + [word] + rest }
            if let next = command.subcommand(word) {
                (command, options) = (next, next.options)
            } else if options[word] == true, let value = rest.first {
                // Another option in the value's place: the value was forgotten, and the parser says so.
                if !isOption(value, options) {
                    rest.removeFirst()
                    result += mayBeValue(value) ? ["\(word)=\(value)"] : [word, value]
                    continue
                }
            }
            result.append(word)
        }
        return result
    }

    private static func mayBeValue(_ word: String) -> Bool { word.hasPrefix("-") && word.count > 1 && word != "--" }

    private static func isOption(_ word: String, _ options: [String: Bool]) -> Bool {
        options[String(word.prefix { $0 != "=" })] != nil || word == "-h" || word == "--help" || word == "--version"
    }
}
