/// A colour in 24 bits; the terminal brings it down to what it can show.
public struct Colour: Sendable, Hashable {
    public var red, green, blue: UInt8

    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }
}

/// One character cell: a glyph, its colours (`nil` is the terminal's own) and attributes.
public struct Cell: Sendable, Hashable {
    public struct Attributes: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let bold = Attributes(rawValue: 1)
        public static let dim = Attributes(rawValue: 2)
        public static let reverse = Attributes(rawValue: 4)
        public static let underline = Attributes(rawValue: 8)
    }

    /// One grapheme; empty where the cell is the right half of a wide glyph to its left.
    public var glyph: Character?
    public var foreground: Colour?
    public var background: Colour?
    public var attributes: Attributes

    public init(_ glyph: Character? = " ", foreground: Colour? = nil, background: Colour? = nil, attributes: Attributes = []) {
        self.glyph = glyph
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }
}
