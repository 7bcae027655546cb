// The key table printed: as text, as Markdown (docs/keys.md), as entries for JSON.
import Viz

extension KeyTable {
    /// One command of one place.
    public struct Entry: Encodable, Sendable {
        public var place: String
        public var command: String
        public var keys: [String]
        public var help: String
    }

    public var entries: [Entry] {
        sections.flatMap { section in
            section.bindings.map { Entry(place: section.name, command: $0.command.rawValue, keys: $0.keys.map(\.name), help: $0.help) }
        }
    }

    /// Everywhere first, then pane by pane: keys, the command's name for a configuration, what it does.
    public var text: String {
        let sections = [sections.last].compactMap(\.self) + panes
        let keys = entries.map { $0.keys.joined(separator: " ").count }.max() ?? 0
        let names = entries.map(\.command.count).max() ?? 0
        func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
        return sections.map { section in
            ([section.name]
                + section.bindings.map { binding in
                    "  " + padded(binding.keys.map(\.name).joined(separator: " "), keys) + "  " + padded(binding.command.rawValue, names)
                        + "  " + binding.help
                }).joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }

    /// Keys and what they do, in lines of at most `width` cells: for a help page.
    public func help(width: Int) -> String {
        let keys = entries.map { $0.keys.joined(separator: " ").count }.max() ?? 0
        return ([sections.last].compactMap(\.self) + panes).map { section in
            ([section.name]
                + section.bindings.flatMap { binding in
                    let names = binding.keys.map(\.name).joined(separator: " ")
                    return CellText.wrapped(binding.help, max(20, width - keys - 4)).enumerated().map { line, words in
                        let head = line == 0 ? names : ""
                        return "  " + head + String(repeating: " ", count: keys + 2 - head.count) + words
                    }
                }).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    /// A page of tables, one a place.
    public var markdown: String {
        func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }
        var page = """
            # Keys of the workbench

            Made by `emolab keys --markdown --no-config` from the table that the workbench itself reads; `emolab keys` prints yours. A command's name is what
            `[keys]` in the configuration gives another key to, see [workbench.md](workbench.md).

            """
        for section in [sections.last].compactMap(\.self) + panes {
            page += "\n## \(section.name.prefix(1).uppercased() + section.name.dropFirst())\n\n| keys | command | |\n|---|---|---|\n"
            for binding in section.bindings {
                let keys = binding.keys.map { "<kbd>\(escaped($0.name.replacing("<", with: "&lt;").replacing(">", with: "&gt;")))</kbd>" }
                page += "| \(keys.joined(separator: " ")) | \(binding.command.rawValue) | \(escaped(binding.help)) |\n"
            }
        }
        return page
    }
}
