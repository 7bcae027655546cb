// Colours and marks for curves that no role stands for: runs laid over each other. Told apart by either alone.

public enum SeriesPalette {
    /// Hues after Okabe and Ito, for dark and for light paper; the roles' own (blue, orange, pink) are left out as far as there are others.
    private static let dark = ["#5fd0b0", "#e8d35a", "#f28a6a", "#9db4ff", "#b8e07a", "#e6a3ff"].compactMap { Colour(hex: $0) }
    private static let light = ["#00795c", "#8a7400", "#b5452a", "#3f55c4", "#4f7d00", "#8b3fae"].compactMap { Colour(hex: $0) }
    /// None of those that roles have.
    private static let marks: [Character] = ["◇", "□", "△", "▽", "×", "+"]

    /// How many there are before they come again.
    public static var count: Int { marks.count }

    public static func mark(_ index: Int) -> Character { marks[((index % count) + count) % count] }

    public static func ink(_ index: Int, _ look: Look) -> Ink {
        guard look.colours != .none else { return look[.text] }
        let place = ((index % count) + count) % count
        return Ink(look.theme.paper.lightness < 0.5 ? dark[place] : light[place])
    }
}
