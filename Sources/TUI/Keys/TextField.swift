// The one drawing of a line that is typed into: filter, search, palette, tag, note, parameter.
import Viz

struct TextField {
    var entry: TextEntry

    init(_ entry: TextEntry) { self.entry = entry }

    /// Draws the text with its caret into a row. What does not fit leaves at both ends, never at the caret. Returns the cells used.
    /// - Parameter under: background of the field, such as a selected row's.
    @discardableResult
    func draw(into grid: inout CellGrid, x: Int, y: Int, width: Int, _ ink: Ink, _ look: Look, under: Ink = .plain) -> Int {
        guard width > 0 else { return 0 }
        let parts = entry.parts
        var before = CellText.glyphs(parts.before)[...]
        let behind = CellText.glyphs(parts.behind)
        func cells(_ glyphs: some Collection<(glyph: Character, width: Int)>) -> Int { glyphs.reduce(0) { $0 + $1.width } }
        // Of what follows the caret a third of the row stays in sight.
        let reserved = max(behind.first?.width ?? 1, min(cells(behind), width / 3))
        while cells(before) + reserved > width, !before.isEmpty { before.removeFirst() }
        let ink = ink.on(under)
        var used = grid.text(String(before.map(\.glyph)), x: x, y: y, ink, limit: width)
        if behind.isEmpty, used < width {
            grid.put("█", x: x + used, y: y, look[.accent])
            used += 1
        }
        for (place, one) in behind.enumerated() where used + one.width <= width {
            // Reversed, so that the caret shows without colours too.
            grid.put(one.glyph, x: x + used, y: y, place == 0 ? look[.accent].with(.reverse) : ink)
            used += one.width
        }
        return used
    }
}
