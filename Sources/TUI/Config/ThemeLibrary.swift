// Themes to choose from: those that come with emolab, and the user's own files in the XDG configuration folder.
import Base
import Foundation
import Viz

public struct ThemeLibrary: Sendable {
    public let themes: [Theme]
    /// A file that is no theme, and why.
    public struct Broken: Sendable, Equatable {
        /// As the theme would be named.
        public var name: String
        public var problem: ConfigProblem
    }

    /// Files that cannot be used; each costs only itself.
    public let broken: [Broken]

    public static var userFolder: URL { UserFolders.config().appendingPathComponent("themes", isDirectory: true) }

    private static let maximumBytes = 1 << 16
    private static let mostFiles = 200

    /// Built-in themes and the files of `folder`, in the order of their names; a file may inherit from any theme before it.
    public init(folder: URL = userFolder) {
        var (themes, broken) = (Theme.builtIn, [Broken]())
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter {
            $0.hasSuffix(".toml") && !$0.hasPrefix(".")
        }
        for file in names.sorted().prefix(ThemeLibrary.mostFiles) {
            do throws(ConfigProblem) {
                let theme = try ThemeLibrary.read(folder.appendingPathComponent(file), known: themes)
                // A user's theme takes the place of a built-in one of its name.
                if let index = themes.firstIndex(where: { $0.name == theme.name }) { themes[index] = theme } else { themes.append(theme) }
            } catch {
                broken.append(Broken(name: ThemeLibrary.name(of: file), problem: error))
            }
        }
        (self.themes, self.broken) = (themes, broken)
    }

    public func broken(named name: String) -> Broken? { broken.first { $0.name == name } }

    private static func name(of file: String) -> String { CellText.clean(String(file.dropLast(".toml".count))) }

    public func theme(named name: String) -> Theme? { themes.first { $0.name == name } }

    /// A file's theme, named as the file.
    /// - Throws: `ConfigProblem` with file and line.
    public static func read(_ url: URL, known: [Theme]) throws(ConfigProblem) -> Theme {
        let name = name(of: url.lastPathComponent)
        let file = "themes/" + CellText.clean(url.lastPathComponent)
        guard !name.isEmpty else { throw ConfigProblem(file: file, line: nil, reason: "its name is no theme's") }
        let text: String
        do { text = try BoundedFile.text(of: url, atMost: maximumBytes) } catch {
            throw ConfigProblem(file: file, line: nil, reason: error.reason)
        }
        return try parse(text, name: name, file: file, known: known)
    }

    static func parse(_ text: String, name: String, file: String, known: [Theme]) throws(ConfigProblem) -> Theme {
        let settings = try SettingsText(text, file: file)
        var entries: [String: String] = [:]
        for entry in settings.entries {
            guard case .word(let words) = entry.value else {
                throw ConfigProblem(file: file, line: entry.line, reason: "\(CellText.clean(entry.key)) wants words in quotes")
            }
            entries[entry.key] = words
        }
        do {
            return try Theme(name: name, known: known, entries: entries)
        } catch let error as ThemeError {
            let nearest = nearestName(
                to: error.key, among: Role.allCases.map(\.rawValue) + ["inherits", "paper", "pen", "background", "heat"])
            let isUnknown = error.reason.hasPrefix("no such role")
            let advice = isUnknown ? nearest.map { "no such role, did you mean \($0)?" } ?? error.reason : error.reason
            throw ConfigProblem(file: file, line: settings[error.key]?.line, reason: CellText.clean("\(error.entry): \(advice)"))
        } catch {
            throw ConfigProblem(file: file, line: nil, reason: CellText.clean("\(error)"))
        }
    }
}

/// Something wrong in a file that the user wrote: which file, which line, why.
public struct ConfigProblem: Error, CustomStringConvertible, Equatable {
    public var file: String
    public var line: Int?
    public var reason: String

    public var description: String { file + (line.map { ":\($0)" } ?? "") + ": " + reason }
}
