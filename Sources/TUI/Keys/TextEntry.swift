/// One line of text being typed: a filter, a search.
public struct TextEntry: Sendable, Equatable {
    public private(set) var text: String

    public init(_ text: String = "") { self.text = text }

    /// Applies an editing key; false where the key is not one.
    public mutating func edit(_ key: Key) -> Bool {
        switch key {
        case .character(let character):
            guard text.count < 500 else { return true }
            text.append(character)
        case .backspace, .delete:
            if !text.isEmpty { text.removeLast() }
        case .control("u"):
            text = ""
        case .control("w"):
            while text.last == " " { text.removeLast() }
            while let last = text.last, last != " " { text.removeLast() }
        default:
            return false
        }
        return true
    }

    /// What the footer says while a filter is typed.
    public static let filterKeys: [(keys: String, label: String)] = [("Enter", "keep"), ("Esc", "all"), ("↑↓", "row")]
}
