import Viz

/// One line of text being typed: a filter, a search, a note, a value. Its keys are those of readline.
public struct TextEntry: Sendable, Equatable {
    public private(set) var text: String
    /// Characters before the caret.
    public private(set) var caret: Int

    static let longest = 500

    public init(_ text: String = "") {
        self.text = text
        caret = text.count
    }

    /// Applies an editing key; false where the key is not one.
    public mutating func edit(_ key: Key) -> Bool {
        switch key {
        case .character(let character): insert(String(character))
        // Lines that are pasted become one.
        case .paste(let pasted): insert(CellText.clean(pasted))
        case .backspace: remove(from: caret - 1, to: caret)
        case .delete, .control("d"): remove(from: caret, to: caret + 1)
        case .left, .control("b"): caret = max(0, caret - 1)
        case .right, .control("f"): caret = min(text.count, caret + 1)
        case .home, .control("a"): caret = 0
        case .end, .control("e"): caret = text.count
        case .control("u"): remove(from: 0, to: caret)
        case .control("k"): remove(from: caret, to: text.count)
        case .control("w"):
            let before = Array(text.prefix(caret))
            var start = before.count
            while start > 0, before[start - 1] == " " { start -= 1 }
            while start > 0, before[start - 1] != " " { start -= 1 }
            remove(from: start, to: caret)
        default: return false
        }
        return true
    }

    /// Before and behind the caret.
    var parts: (before: String, behind: String) { (String(text.prefix(caret)), String(text.dropFirst(caret))) }

    private mutating func insert(_ new: String) {
        let (before, behind) = parts
        let grown = before + String(new.prefix(max(0, Self.longest - text.count)))
        // A mark that combines with the letter before it adds no character.
        (text, caret) = (grown + behind, grown.count)
    }

    private mutating func remove(from start: Int, to end: Int) {
        let (start, end) = (max(0, start), min(end, text.count))
        guard start < end else { return }
        text = String(text.prefix(start) + text.dropFirst(end))
        caret = start
    }
}
