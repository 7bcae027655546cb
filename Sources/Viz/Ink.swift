/// How text is drawn: colours and attributes without the glyph. A `nil` background keeps what lies under the text.
public struct Ink: Sendable, Hashable {
    public var foreground: Colour?
    public var background: Colour?
    public var attributes: Cell.Attributes

    public init(_ foreground: Colour? = nil, background: Colour? = nil, attributes: Cell.Attributes = []) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    public static let plain = Ink()

    public func with(_ attributes: Cell.Attributes) -> Ink {
        var ink = self
        ink.attributes.formUnion(attributes)
        return ink
    }

    /// This ink on another's background.
    public func on(_ under: Ink) -> Ink {
        Ink(foreground, background: under.background ?? background, attributes: attributes.union(under.attributes))
    }
}

/// A piece of a line in one ink.
public struct Span: Sendable, Hashable {
    public var text: String
    public var ink: Ink

    public init(_ text: String, _ ink: Ink = .plain) {
        self.text = text
        self.ink = ink
    }

    public var width: Int { CellText.width(text) }
}
