/// A key that nobody can give another meaning, with what it does: what the bottom line says in text fields, lists and questions.
public struct FixedKey: Sendable {
    public var name: String
    public var label: String

    public init(_ keys: Key..., label: String) {
        name = keys.map(\.name).joined()
        self.label = label
    }

    /// Of words for keys, such as `type` or a range of digits.
    public init(named name: String, label: String) { (self.name, self.label) = (name, label) }

    /// While a filter is typed.
    public static let filter = [FixedKey(.enter, label: "keep"), FixedKey(.escape, label: "all"), FixedKey(.up, .down, label: "row")]
    /// While text is typed that is kept or discarded as a whole.
    public static let text = [
        FixedKey(.enter, label: "keep"), FixedKey(.escape, label: "leave as it was"), FixedKey(.control("u"), label: "delete left"),
    ]
    public static let tag = [
        FixedKey(.enter, label: "tag"), FixedKey(named: "1–\(ClipWriting.palette.count)", label: "from the list"),
        FixedKey(.escape, label: "leave"),
    ]
    static let palette = [
        FixedKey(.enter, label: "run"), FixedKey(.up, .down, label: "choose"), FixedKey(.tab, label: "complete"),
        FixedKey(.escape, label: "close"),
    ]
    static let themes = [FixedKey(.enter, label: "keep"), FixedKey(.up, .down, label: "look"), FixedKey(.escape, label: "as before")]
    static let choice = [
        FixedKey(.enter, label: "choose"), FixedKey(.up, .down, label: "name"), FixedKey(.escape, label: "leave as it was"),
    ]
    static let copyName = [FixedKey(.enter, label: "go on"), FixedKey(.escape, label: "cancel")]

    /// Escape clears a search first, and closes help where there is none.
    static func help(searching isSearching: Bool) -> [FixedKey] {
        [
            FixedKey(named: "type", label: "search"), FixedKey(.up, .down, label: "scroll"),
            FixedKey(.escape, label: isSearching ? "clear" : "close"),
        ]
    }

    static let cancel = FixedKey(.escape, label: "cancel")
}
