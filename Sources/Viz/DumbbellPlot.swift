// Two values a row as a filled and an open mark with a line between, and their difference: `●──○  −.10`.

public struct DumbbellPlot: Sendable {
    public struct Row: Sendable, Equatable {
        public var label: String
        /// 0...1; nil where there is none.
        public var filled, open: Double?

        public init(_ label: String, filled: Double?, open: Double?) {
            self.label = label
            self.filled = filled
            self.open = open
        }

        var difference: Double? { filled.flatMap { filled in open.map { $0 - filled } } }
    }

    public var rows: [Row]

    public init(_ rows: [Row]) { self.rows = rows }

    /// Draws a row each and the scale below. Where there is no room for all, those with the greatest differences stay, in order.
    public func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look) {
        let labelWidth = min(rows.map { CellText.width($0.label) }.max() ?? 0, rect.width / 3)
        let valueWidth = 6
        let area = Rect(x: rect.x + labelWidth + 2, y: rect.y, width: rect.width - labelWidth - valueWidth - 4, height: rect.height)
        guard area.width >= 5, !rect.isEmpty, !rows.isEmpty else { return }
        let hasScale = rect.height > rows.count
        let spacing = rect.height >= rows.count * 2 + 1 ? 2 : 1
        var shown = rows.indices.map { $0 }
        if shown.count > rect.height {
            let kept = shown.sorted { (rows[$0].difference?.magnitude ?? -1) > (rows[$1].difference?.magnitude ?? -1) }.prefix(rect.height)
            shown = kept.sorted()
        }
        func column(_ value: Double) -> Int { area.x + Int((min(max(value, 0), 1) * Double(area.width - 1)).rounded()) }
        for (place, index) in shown.enumerated() {
            let row = rows[index]
            let y = rect.y + place * spacing
            grid.text(row.label, x: rect.x, y: y, look[.muted], limit: labelWidth)
            let filled = row.filled.flatMap { $0.isFinite ? column($0) : nil }
            let open = row.open.flatMap { $0.isFinite ? column($0) : nil }
            if let filled, let open, abs(filled - open) > 1 {
                for x in (min(filled, open) + 1)..<max(filled, open) { grid.put("─", x: x, y: y, look[.muted]) }
            }
            if let open { grid.put("○", x: open, y: y, look[.target]) }
            if let filled { grid.put("●", x: filled, y: y, look[.source]) }
            let text = row.difference.map(Numbers.signedShare) ?? "–"
            grid.textRight(text, endX: rect.endX, y: y, look[.text], limit: valueWidth)
        }
        guard hasScale else { return }
        let y = rect.y + shown.count * spacing - (spacing - 1)
        grid.text("0", x: area.x, y: y, look[.muted])
        if area.width >= 20 { grid.text(".5", x: column(0.5), y: y, look[.muted]) }
        grid.text("1", x: area.endX - 1, y: y, look[.muted])
    }
}
