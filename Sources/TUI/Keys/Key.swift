import Viz

/// A key as the user pressed it, free of any terminal's codes.
public enum Key: Sendable, Hashable {
    case character(Character)
    /// Ctrl with a letter, lower case.
    case control(Character)
    case enter, escape, tab, backTab, backspace, delete
    case up, down, left, right, pageUp, pageDown, home, end
    case function(Int)
    /// Text that the terminal hands over as a whole. It is typed where text is typed, and is no command elsewhere.
    case paste(String)

    /// As printed in the footer and in help.
    public var name: String {
        switch self {
        case .character(" "): "Space"
        case .character(let character): String(character)
        case .control(let character): "Ctrl+\(character.uppercased())"
        case .enter: "Enter"
        case .escape: "Esc"
        case .tab: "Tab"
        case .backTab: "Shift+Tab"
        case .backspace: "Backspace"
        case .delete: "Del"
        case .up: "↑"
        case .down: "↓"
        case .left: "←"
        case .right: "→"
        case .pageUp: "PgUp"
        case .pageDown: "PgDn"
        case .home: "Home"
        case .end: "End"
        case .function(let number): "F\(number)"
        case .paste(let text): "paste \(CellText.clean(text))"
        }
    }

    /// How keys are written in files, for messages about such a file.
    static let examples = [Key.character("P"), .control("p"), .function(2), .character(" "), .enter, .pageUp].map(\.name).joined(
        separator: ", ")
}

extension Key {
    private static let named: [String: Key] = [
        "space": .character(" "), "enter": .enter, "esc": .escape, "escape": .escape, "tab": .tab, "shift+tab": .backTab,
        "backspace": .backspace,
        "del": .delete, "delete": .delete, "up": .up, "down": .down, "left": .left, "right": .right, "↑": .up, "↓": .down, "←": .left,
        "→": .right,
        "pgup": .pageUp, "pageup": .pageUp, "pgdn": .pageDown, "pagedown": .pageDown, "home": .home, "end": .end,
    ]

    /// From `name`, as files of keys write it: `P`, `Ctrl+P`, `Space`, `F1`, `Up` or `↑`. Only the case of a single letter counts.
    public init?(name: String) {
        if name.count == 1, let character = name.first, Key.named[name] == nil {
            guard character != " ", !CellText.clean(name).isEmpty, CellText.clean(name) == name else { return nil }
            self = .character(character)
            return
        }
        let lower = name.lowercased()
        if let key = Key.named[lower] {
            self = key
        } else if lower.hasPrefix("ctrl+"), lower.count == 6, let letter = lower.last, ("a"..."z").contains(letter) {
            self = .control(letter)
        } else if lower.first == "f", let number = Int(lower.dropFirst()), (1...12).contains(number) {
            self = .function(number)
        } else {
            return nil
        }
    }
}
