/// The one frame of the screen: a rounded box, the pane's key as a superscript before its name, state and mode right.
public struct Box: Sendable {
    public var title: String
    /// The pane's key, shown as a superscript; `nil` for boxes inside a pane.
    public var key: Character?
    public var right: [Span]
    public var isFocused: Bool

    public init(_ title: String, key: Character? = nil, right: [Span] = [], isFocused: Bool = false) {
        self.title = title
        self.key = key
        self.right = right
        self.isFocused = isFocused
    }

    public init(_ title: String, key: Character? = nil, right: String, isFocused: Bool = false) {
        self.init(title, key: key, right: right.isEmpty ? [] : [Span(right)], isFocused: isFocused)
    }

    /// Draws the frame and returns the rectangle inside it. A rectangle too small for a frame is returned whole.
    @discardableResult
    public func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look) -> Rect {
        guard rect.width >= 4, rect.height >= 3 else { return rect }
        let ink = isFocused ? look[.accent] : look[.border]
        let (right, bottom) = (rect.endX - 1, rect.endY - 1)
        for x in (rect.x + 1)..<right {
            grid.put("─", x: x, y: rect.y, ink)
            grid.put("─", x: x, y: bottom, ink)
        }
        for y in (rect.y + 1)..<bottom {
            grid.put("│", x: rect.x, y: y, ink)
            grid.put("│", x: right, y: y, ink)
        }
        grid.put("╭", x: rect.x, y: rect.y, ink)
        grid.put("╮", x: right, y: rect.y, ink)
        grid.put("╰", x: rect.x, y: bottom, ink)
        grid.put("╯", x: right, y: bottom, ink)

        var heading: [Span] = []
        if let key { heading.append(Span("\(Box.superscript(key)) ", look[.muted])) }
        let parts = title.split(separator: "·", maxSplits: 1).map { $0.trimmed }
        heading.append(Span(parts.first ?? "", look[.title]))
        if parts.count > 1 { heading.append(Span(" · " + parts[1], look[.muted])) }
        let room = rect.width - 6  // Corner, line and blank on either side.
        var used = 0
        if !title.isEmpty, room > 0 {
            grid.put(" ", x: rect.x + 2, y: rect.y, .plain)
            used = grid.spans(heading, x: rect.x + 3, y: rect.y, limit: room)
            grid.put(" ", x: rect.x + 3 + used, y: rect.y, .plain)
        }
        let wanted = self.right.reduce(0) { $0 + $1.width }
        if wanted > 0, used + wanted + 4 <= room {
            let start = right - 2 - wanted
            grid.put(" ", x: start - 1, y: rect.y, .plain)
            let spans = self.right.map { $0.ink == .plain ? Span($0.text, look[.muted]) : $0 }
            grid.spans(spans, x: start, y: rect.y)
            grid.put(" ", x: start + wanted, y: rect.y, .plain)
        }
        return rect.inset()
    }

    /// A digit as a small one; other keys stand as they are.
    static func superscript(_ key: Character) -> Character {
        let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        return key.wholeNumberValue.flatMap { digits.indices.contains($0) ? digits[$0] : nil } ?? key
    }
}

extension StringProtocol {
    var trimmed: String {
        var text = Substring(self)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
