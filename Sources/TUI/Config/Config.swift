// The user's configuration of the screen, `config.toml` in the XDG configuration folder. What is wrong in it is said, and the rest counts.
import Base
import Foundation
import Viz

public struct Config: Sendable {
    public var theme: String?
    /// The line that names it.
    var themeLine: Int?
    public var colours: ColourDepth?
    public var glyphs: GlyphLadder?
    public var hasMouse: Bool?
    /// Keys for commands, without those that would clash.
    public var keys: [(command: Command, keys: [Key])] = []
    public var problems: [ConfigProblem] = []

    public init() {}

    public static var userFile: URL { UserFolders.config().appendingPathComponent("config.toml") }
    private static let maximumBytes = 1 << 16
    private static let names = ["theme", "colors", "glyphs", "mouse", "keys"]

    /// The configuration in `url`; everything as it comes where there is no such file.
    public static func read(_ url: URL = userFile, table: KeyTable = Workbench.keyTable()) -> Config {
        guard FileManager.default.fileExists(atPath: url.path) else { return Config() }
        let file = CellText.clean(url.lastPathComponent)
        do { return parse(try BoundedFile.text(of: url, atMost: maximumBytes), file: file, table: table) } catch {
            var config = Config()
            config.problems = [ConfigProblem(file: file, line: nil, reason: error.reason)]
            return config
        }
    }

    static func parse(_ text: String, file: String = "config.toml", table keyTable: KeyTable = Workbench.keyTable()) -> Config {
        var config = Config()
        let settings: SettingsText
        do {
            settings = try SettingsText(text, file: file)
        } catch {
            config.problems = [error]
            return config
        }
        func problem(_ line: Int, _ reason: String) {
            config.problems.append(ConfigProblem(file: file, line: line, reason: CellText.clean(reason)))
        }
        func word(_ key: String) -> (String, line: Int)? {
            guard let entry = settings[key] else { return nil }
            switch entry.value {
            case .word(let text): return (text, entry.line)
            case .number(let number): return ("\(number)", entry.line)
            default:
                problem(entry.line, "\(key) wants a word in quotes")
                return nil
            }
        }
        for entry in settings.entries where !names.contains(entry.key) && !entry.key.hasPrefix("keys.") {
            let nearest = nearestName(to: entry.key, among: names)
            problem(
                entry.line,
                "there is no setting \(entry.key)"
                    + (nearest.map { ", did you mean \($0)?" } ?? "; there are \(names.joined(separator: ", "))"))
        }
        if let (name, line) = word("theme") { (config.theme, config.themeLine) = (name, line) }
        if let (name, line) = word("colors"), name != "auto" {
            config.colours = ColourDepth(name: name)
            if config.colours == nil { problem(line, "colors are auto, none, 8, 16, 256 or 24bit, not \(name)") }
        }
        if let (name, line) = word("glyphs"), name != "auto" {
            config.glyphs = GlyphLadder(rawValue: name)
            if config.glyphs == nil {
                problem(line, "glyphs are auto, \(GlyphLadder.allCases.map(\.rawValue).joined(separator: ", ")), not \(name)")
            }
        }
        if let entry = settings["mouse"] {
            if case .flag(let flag) = entry.value { config.hasMouse = flag } else { problem(entry.line, "mouse is true or false") }
        }
        if let entry = settings["keys"] { problem(entry.line, "keys is a section: [keys]") }
        config.read(keys: settings.entries.filter { $0.key.hasPrefix("keys.") }, file: file, keyTable)
        config.problems.sort { ($0.line ?? 0) < ($1.line ?? 0) }
        return config
    }

    /// `"train.pause" = "P"`, or a list of keys; an empty list takes a command's keys away.
    private mutating func read(keys: [SettingsText.Entry], file: String, _ table: KeyTable) {
        var changes: [(command: Command, keys: [Key], line: Int)] = []
        let commands = table.commands.map(\.rawValue)
        for entry in keys {
            let name = String(entry.key.dropFirst("keys.".count))
            func problem(_ reason: String) { problems.append(ConfigProblem(file: file, line: entry.line, reason: CellText.clean(reason))) }
            guard commands.contains(name) else {
                problem(
                    "there is no command \(name)"
                        + (nearestName(to: name, among: commands).map { ", did you mean \($0)?" } ?? "; `emolab keys` lists them"))
                continue
            }
            let words: [String]
            switch entry.value {
            case .word(let word): words = [word]
            case .list(let list) where list.count <= 8: words = list
            default:
                problem("\(name) wants a key in quotes, or a list of at most eight")
                continue
            }
            let wanted = words.map { Key(name: $0) }
            if let wrong = zip(words, wanted).first(where: { $0.1 == nil }) {
                problem("\(name): “\(wrong.0)” is no key; keys are like \(Key.examples)")
            } else {
                changes.append((Command(name), wanted.compactMap(\.self), entry.line))
            }
        }
        // In the order of the file: of two that clash with each other the later one goes.
        let refused = table.remapped(changes.map { ($0.command, $0.keys) }).problems
        for (index, reason) in refused { problems.append(ConfigProblem(file: file, line: changes[index].line, reason: reason)) }
        let clashing = Set(refused.map(\.change))
        self.keys = changes.indices.filter { !clashing.contains($0) }.map { (changes[$0].command, changes[$0].keys) }
    }

}

/// All that the user wrote for the screen, and everything that is wrong with it.
public struct UserSettings: Sendable {
    public let config: Config
    public let library: ThemeLibrary
    /// The chosen theme's fault first: the rest changes nothing on this screen.
    public let problems: [ConfigProblem]

    /// - Parameter remembered: the theme that was chosen on the screen in an earlier session.
    public init(config: Config = .read(), library: ThemeLibrary = ThemeLibrary(), remembered: String? = nil) {
        (self.config, self.library) = (config, library)
        var problems = config.problems
        if let name = config.theme, library.theme(named: name) == nil, library.broken(named: name) == nil {
            let names = library.themes.map(\.name) + library.broken.map(\.name)
            let advice =
                nearestName(to: name, among: names).map { ", did you mean \($0)?" } ?? "; there are \(names.joined(separator: ", "))"
            problems.insert(
                ConfigProblem(
                    file: Config.userFile.lastPathComponent, line: config.themeLine,
                    reason: CellText.clean("there is no theme \(name)\(advice)")), at: 0)
        }
        let chosen = (remembered ?? config.theme).flatMap { library.broken(named: $0) }
        let others = library.broken.filter { $0 != chosen }
        self.problems = [chosen?.problem].compactMap(\.self) + problems + others.map(\.problem)
    }
}
