// Names of files that begin with a dash, as videos from the web have: to the command line they look like options.
import ArgumentParser
import Foundation

enum DashedFiles {
    /// The arguments with `./` before those that begin with a dash, are no option of any command, and are the names of files here.
    static func written(_ arguments: [String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.count
        guard arguments[..<end].contains(where: isThere) else { return arguments }
        let options = options(of: Emolab.self)
        return arguments.enumerated().map { place, word in
            place < end && isThere(word) && !options.contains(name(of: word)) ? "./" + word : word
        }
    }

    /// What to write where an argument that is no option looks like the name of a file, which is not here.
    static func advice(on arguments: [String]) -> String? {
        let options = options(of: Emolab.self)
        let likely = arguments.prefix { $0 != "--" }.first { word in
            let ending = (name(of: word) as NSString).pathExtension
            return word.hasPrefix("-") && !options.contains(name(of: word)) && (word.contains("/") || (2...5).contains(ending.utf8.count))
        }
        return likely.map { "If \($0) is a file, write ./\($0), or put -- before the names of files." }
    }

    private static func isThere(_ word: String) -> Bool {
        var status = stat()
        return word.utf8.count > 1 && word.utf8.first == UInt8(ascii: "-") && lstat(word, &status) == 0
    }

    /// `--size` of `--size=112`.
    private static func name(of word: String) -> String { String(word.prefix { $0 != "=" }) }

    /// Every option of a command and those below it, as its help names them.
    private static func options(of command: any ParsableCommand.Type) -> Set<String> {
        let help = command.helpMessage(includeHidden: true)
        let own = Set(help.matches(of: /(?:^|[\s,\[(\/])(--?[A-Za-z][A-Za-z0-9-]*)/).map { String($0.1) })
        return command.configuration.subcommands.reduce(own.union(["-h", "--help", "--version"])) { $0.union(options(of: $1)) }
    }
}
