// Words that begin with a dash and are no options, which the parser would take for some: values as in `--levels -5`, and names of files,
// as videos from the web have.
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

        /// The program's own; nil where the parser describes it in another form.
        static let program = (try? JSONDecoder().decode(Tool.self, from: Data(Emolab._dumpHelp().utf8)))?.command

        func subcommand(_ name: String) -> Command? { subcommands?.first { $0.commandName == name } }

        /// Options and flags, also of the command that is meant where none is named; true for those that a value follows.
        var options: [String: Bool] {
            var options = defaultSubcommand.flatMap { subcommand($0)?.options } ?? [:]
            for argument in arguments ?? [] {
                for name in argument.names ?? [] { options[name.word] = argument.kind == "option" }
            }
            return options
        }

        /// Its options and those of all commands below it.
        var allOptions: Set<String> { (subcommands ?? []).reduce(Set(options.keys)) { $0.union($1.allOptions) } }
    }

    private struct Tool: Decodable { var command: Command }

    /// The words as the parser understands them: a value that begins with a minus is joined to its option, and the name of a file that is here
    /// and begins with a dash is written `./-name`. After `--` the parser needs no help.
    static func joined(_ words: [String]) -> [String] {
        // The parser's description takes milliseconds to make, and is wanted for few commands.
        let hasFiles = words.prefix { $0 != "--" }.contains(where: isThere)
        let hasValues = zip(words, words.dropFirst()).contains { $0.hasPrefix("--") && mayBeValue($1) }
        guard hasFiles || hasValues, var command = Command.program else { return words }
        let known = command.allOptions
        var options = command.options, result: [String] = [], rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" { return result + [word] + rest }
            // Another option in the value's place: the value was forgotten, and the parser says so.
            if options[word] == true, let value = rest.first, value != "--", !isOption(value, options.keys) {
                rest.removeFirst()
                let written = written(value, known)
                result += mayBeValue(written) ? ["\(word)=\(written)"] : [word, written]
                continue
            }
            if let next = command.subcommand(word) { (command, options) = (next, next.options) }
            result.append(written(word, known))
        }
        return result
    }

    /// What to write where an argument that is no option looks like the name of a file, which is not here.
    static func advice(on words: [String]) -> String? {
        guard let known = Command.program?.allOptions else { return nil }
        let likely = words.prefix { $0 != "--" }.first { word in
            let ending = (name(of: word) as NSString).pathExtension
            return word.hasPrefix("-") && !isOption(word, known) && (word.contains("/") || (2...5).contains(ending.utf8.count))
        }
        return likely.map { "If \($0) is a file, write ./\($0), or put -- before the names of files." }
    }

    private static func written(_ word: String, _ known: Set<String>) -> String {
        isThere(word) && !isOption(word, known) ? "./" + word : word
    }

    private static func mayBeValue(_ word: String) -> Bool { word.hasPrefix("-") && word.count > 1 && word != "--" }

    private static func isThere(_ word: String) -> Bool {
        var status = stat()
        return mayBeValue(word) && lstat(word, &status) == 0
    }

    private static func isOption(_ word: String, _ options: some Collection<String>) -> Bool {
        let name = name(of: word)
        return ["-h", "--help", "--version"].contains(name) || options.contains(name)
    }

    /// `--size` of `--size=112`.
    private static func name(of word: String) -> String { String(word.prefix { $0 != "=" }) }
}
