/// How a screen is drawn: theme, colours and glyphs that the terminal can show. Views draw by it; nothing else is global.
public struct Look: Sendable, Equatable {
    public var theme: Theme { didSet { fitted = theme.fitted(to: colours) } }
    public var colours: ColourDepth { didSet { fitted = theme.fitted(to: colours) } }
    public var glyphs: GlyphLadder
    /// What is drawn becomes lines of words: a value is a number then, also where a mark would do for the eye.
    public var isReadAloud = false
    /// The theme as the terminal can show it.
    private var fitted: Theme

    public init(theme: Theme = .dark, colours: ColourDepth = .direct, glyphs: GlyphLadder = .braille) {
        let theme = colours == .none ? .mono : theme
        self.theme = theme
        self.colours = colours
        self.glyphs = glyphs
        fitted = theme.fitted(to: colours)
    }

    public subscript(role: Role) -> Ink { fitted[role] }

    /// True where hues can carry a picture or a heat map: 256 colours or more.
    var hasFineColours: Bool { colours >= .indexed }

    /// Characters from empty to full, for values where colours cannot show them.
    var shades: [Character] { glyphs == .ascii ? [" ", ".", ":", "-", "=", "+", "*", "%", "@"] : [" ", "░", "▒", "▓", "█"] }
}
