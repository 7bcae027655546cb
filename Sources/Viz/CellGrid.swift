/// A screenful of cells. Everything is drawn here, never to a terminal; drawing outside the grid or its clip is cut off.
public struct CellGrid: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// Row-major, `width * height`.
    public private(set) var cells: [Cell]
    /// Nothing outside is drawn. A pane gets its own rectangle and cannot leave it.
    public private(set) var clip: Rect

    public init(width: Int, height: Int, fill: Cell = Cell()) {
        self.width = max(0, width)
        self.height = max(0, height)
        cells = [Cell](repeating: fill, count: self.width * self.height)
        clip = Rect(x: 0, y: 0, width: self.width, height: self.height)
    }

    public var bounds: Rect { Rect(x: 0, y: 0, width: width, height: height) }

    /// The cell, or a blank where the position is outside.
    public subscript(x: Int, y: Int) -> Cell {
        x >= 0 && y >= 0 && x < width && y < height ? cells[y * width + x] : Cell()
    }

    public mutating func clipped(to rect: Rect, _ body: (inout CellGrid) -> Void) {
        let saved = clip
        clip = clip.intersection(rect)
        body(&self)
        clip = saved
    }

    /// Sets one cell. Half a wide glyph that is overwritten leaves a blank; a wide glyph that does not fit becomes one.
    public mutating func put(_ cell: Cell, x: Int, y: Int) {
        guard clip.contains(x, y) else { return }
        let at = y * width + x
        var cell = cell
        let isWide = cell.glyph.map { CellText.width(of: $0) == 2 } ?? false
        if isWide, !clip.contains(x + 1, y) { cell.glyph = " " }
        unlink(x, y)
        if isWide, cell.glyph != " " {
            unlink(x + 1, y)
            cells[at + 1] = Cell(nil, foreground: cell.foreground, background: cell.background, attributes: cell.attributes)
        }
        cells[at] = cell.glyph == nil ? Cell(" ", foreground: cell.foreground, background: cell.background) : cell
    }

    /// Blanks the other half of a wide glyph that covers this cell.
    private mutating func unlink(_ x: Int, _ y: Int) {
        let at = y * width + x
        if cells[at].glyph == nil, x > 0 { cells[at - 1].glyph = " " }
        if x + 1 < width, cells[at].glyph != nil, cells[at + 1].glyph == nil { cells[at + 1].glyph = " " }
    }

    public mutating func put(_ glyph: Character, x: Int, y: Int, _ ink: Ink) {
        let background = ink.background ?? self[x, y].background
        put(Cell(glyph, foreground: ink.foreground, background: background, attributes: ink.attributes), x: x, y: y)
    }

    public mutating func fill(_ rect: Rect, _ cell: Cell = Cell()) {
        let area = rect.intersection(clip)
        for y in area.y..<area.endY {
            for x in area.x..<area.endX { put(cell, x: x, y: y) }
        }
    }

    /// Tints what is there: background and attributes of `ink`, foreground only where it has one.
    public mutating func tint(_ rect: Rect, _ ink: Ink) {
        let area = rect.intersection(clip)
        for y in area.y..<area.endY {
            for at in (y * width + area.x)..<(y * width + area.endX) {
                if let foreground = ink.foreground { cells[at].foreground = foreground }
                if let background = ink.background { cells[at].background = background }
                cells[at].attributes.formUnion(ink.attributes)
            }
        }
    }

    /// Draws cleaned text, cut with an ellipsis to `limit` cells and at the right edge of what may be drawn on. Returns the cells used.
    @discardableResult
    public mutating func text(_ text: String, x: Int, y: Int, _ ink: Ink = .plain, limit: Int = .max) -> Int {
        let limit = min(limit, max(0, clip.endX - x))
        guard limit > 0, y >= clip.y, y < clip.endY else { return min(CellText.width(text), max(0, limit)) }
        let glyphs = CellText.glyphs(text)
        let total = glyphs.reduce(0) { $0 + $1.width }
        var used = 0
        for (glyph, width) in glyphs {
            if total > limit, used + width > limit - 1 {
                put("…", x: x + used, y: y, ink)
                return used + 1
            }
            put(glyph, x: x + used, y: y, ink)
            used += width
        }
        return used
    }

    /// Draws text that ends before column `endX`.
    public mutating func textRight(_ text: String, endX: Int, y: Int, _ ink: Ink = .plain, limit: Int = .max) {
        let shown = CellText.width(text) > limit ? CellText.fitted(text, limit) : text
        self.text(shown, x: endX - CellText.width(shown), y: y, ink)
    }

    /// Draws text in the middle of `rect`'s row `y`.
    public mutating func textCentred(_ text: String, in rect: Rect, y: Int, _ ink: Ink = .plain) {
        let shown = CellText.fitted(text, rect.width)
        self.text(shown, x: rect.x + (rect.width - CellText.width(shown)) / 2, y: y, ink)
    }

    /// Draws pieces one after the other, cut at `limit` cells. Returns the cells used.
    @discardableResult
    public mutating func spans(_ spans: [Span], x: Int, y: Int, limit: Int = .max) -> Int {
        var used = 0
        for span in spans where used < limit { used += text(span.text, x: x + used, y: y, span.ink, limit: limit - used) }
        return used
    }

    /// The grid's rows as text, blanks at the end of a row removed.
    public var lines: [String] {
        (0..<height).map { y in
            var line = ""
            for x in 0..<width { if let glyph = cells[y * width + x].glyph { line.append(glyph) } }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// Replaces every cell; `change` must keep a glyph's width.
    mutating func mapCells(_ change: (Cell) -> Cell) {
        for at in cells.indices { cells[at] = change(cells[at]) }
    }

    public static func == (a: CellGrid, b: CellGrid) -> Bool { a.width == b.width && a.height == b.height && a.cells == b.cells }
}
