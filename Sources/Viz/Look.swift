/// How a screen is drawn: theme, colours and glyphs that the terminal can show. Views draw by it; nothing else is global.
public struct Look: Sendable, Equatable {
    public var theme: Theme
    public var colours: ColourDepth
    public var glyphs: GlyphLadder

    public init(theme: Theme = .dark, colours: ColourDepth = .direct, glyphs: GlyphLadder = .braille) {
        self.theme = colours == .none ? .mono : theme
        self.colours = colours
        self.glyphs = glyphs
    }

    public subscript(role: Role) -> Ink { theme[role] }

    /// True where hues can carry a picture or a heat map: 256 colours or more.
    var hasFineColours: Bool { colours >= .indexed }

    /// Characters from empty to full, for values where colours cannot show them.
    var shades: [Character] { glyphs == .ascii ? [" ", ".", ":", "-", "=", "+", "*", "%", "@"] : [" ", "░", "▒", "▓", "█"] }
}
