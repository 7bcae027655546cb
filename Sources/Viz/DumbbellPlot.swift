/// Two values a row as a filled and an open mark on one line, what lies between them, and the open one's lead: `●──○  −.340`.
public struct DumbbellPlot: Sendable {
    public struct Row: Sendable, Equatable {
        public var label: String
        /// nil where there is none.
        public var filled, open: Double?

        public init(_ label: String, filled: Double?, open: Double?) {
            self.label = label
            self.filled = filled.flatMap { $0.isFinite ? $0 : nil }
            self.open = open.flatMap { $0.isFinite ? $0 : nil }
        }

        var difference: Double? { filled.flatMap { filled in open.map { $0 - filled } } }
    }

    public var rows: [Row]
    /// From the left end to the right; a value outside lies at the end.
    public var range: ClosedRange<Double>
    /// Of the values and of the range, such as `Hz`; empty for shares and other plain numbers.
    public var unit: String
    public var filled, open: Role

    public init(
        _ rows: [Row], range: ClosedRange<Double> = 0...1, unit: String = "", filled: Role = .source, open: Role = .target
    ) {
        (self.rows, self.range, self.unit) = (rows, range, unit)
        (self.filled, self.open) = (filled, open)
    }

    private static let differenceWidth = 6, valueWidth = 6

    /// Draws a line a row, and below them the scale where there is room. Where there is no room for all rows, those with the greatest
    /// differences stay, in order. The values themselves stand beside a wide plot.
    public func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look) {
        guard !rect.isEmpty, rect.width >= 12, !rows.isEmpty else { return }
        let labelWidth = min(rows.map { CellText.width($0.label) }.max() ?? 0, rect.width / 3)
        let hasDifferences = rows.contains { $0.difference != nil }, hasValues = rect.width >= 56
        let right = (hasDifferences ? Self.differenceWidth + 1 : 0) + (hasValues ? 2 * Self.valueWidth : 0)
        let line = Rect(x: rect.x + labelWidth + 1, y: rect.y, width: rect.width - labelWidth - 2 - right, height: rect.height)
        guard line.width >= 4 else { return }
        let shown = shown(rect.height)
        let spacing = rect.height >= rows.count * 2 + 1 ? 2 : 1
        grid.clipped(to: rect) { grid in
            for (place, index) in shown.enumerated() {
                let row = rows[index], y = rect.y + place * spacing
                grid.text(row.label, x: rect.x, y: y, look[.text], limit: labelWidth)
                draw(row, into: &grid, line, y: y, look)
                if hasValues {
                    let end = rect.endX - (hasDifferences ? Self.differenceWidth + 1 : 0)
                    let (first, second) = (row.filled.map(words) ?? "", row.open.map(words) ?? "")
                    grid.textRight(first, endX: end - Self.valueWidth, y: y, look[filled], limit: Self.valueWidth - 1)
                    grid.textRight(second, endX: end, y: y, look[open], limit: Self.valueWidth - 1)
                }
                guard hasDifferences else { continue }
                // A fifth of the range is much.
                let isBad = row.difference.map { $0 < -0.2 * (range.upperBound - range.lowerBound) } ?? false
                let text = row.difference.map(signed) ?? "–"
                grid.textRight(text, endX: rect.endX, y: y, look[isBad ? .bad : .text], limit: Self.differenceWidth)
            }
            if rect.height > rows.count { drawScale(into: &grid, line, y: rect.y + (shown.count - 1) * spacing + 1, rect, look) }
        }
    }

    private func shown(_ height: Int) -> [Int] {
        guard rows.count > height else { return Array(rows.indices) }
        return rows.indices.sorted { (rows[$0].difference?.magnitude ?? -1) > (rows[$1].difference?.magnitude ?? -1) }.prefix(height)
            .sorted()
    }

    private func column(_ value: Double, _ line: Rect) -> Int {
        let length = range.upperBound - range.lowerBound
        let share = length > 0 ? min(max((value - range.lowerBound) / length, 0), 1) : 0.5
        return line.x + Int((share * Double(line.width - 1)).rounded())
    }

    private func draw(_ row: Row, into grid: inout CellGrid, _ line: Rect, y: Int, _ look: Look) {
        for x in stride(from: 0, to: line.width, by: 4) { grid.put("·", x: line.x + x, y: y, look[.border]) }
        let filled = row.filled.map { column($0, line) }, open = row.open.map { column($0, line) }
        if let filled, let open, filled != open {
            for x in min(filled, open)...max(filled, open) { grid.put("─", x: x, y: y, look[.muted]) }
        }
        if let open { grid.put("○", x: open, y: y, look[self.open]) }
        if let filled { grid.put("●", x: filled, y: y, look[self.filled]) }
    }

    private func drawScale(into grid: inout CellGrid, _ line: Rect, y: Int, _ rect: Rect, _ look: Look) {
        let (low, high) = (tick(range.lowerBound), tick(range.upperBound)), middle = (range.lowerBound + range.upperBound) / 2
        grid.text(low, x: line.x, y: y, look[.muted], limit: line.width)
        if line.width >= 20 { grid.text(tick(middle), x: column(middle, line), y: y, look[.muted]) }
        if line.width > CellText.width(low) + CellText.width(high) { grid.textRight(high, endX: line.endX, y: y, look[.muted]) }
        grid.textRight(unit, endX: rect.endX, y: y, look[.muted], limit: rect.endX - line.endX - 1)
    }

    /// Shares are written as everywhere, other values with three digits.
    private var isShares: Bool { range == 0...1 && unit.isEmpty }
    private func words(_ value: Double) -> String { isShares ? Numbers.share(value) : Numbers.three(value) }
    private func signed(_ value: Double) -> String {
        isShares ? Numbers.signedShare(value) : (value > 0 ? "+" : "") + Numbers.three(value)
    }
    private func tick(_ value: Double) -> String {
        isShares ? value == 0.5 ? ".5" : Numbers.fixed(value, 0) : Numbers.three(value)
    }
}
