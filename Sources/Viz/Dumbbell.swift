/// Two shares of each of several things on one line from 0 to 1: a filled mark, an open one and what lies between.
public struct Dumbbell: Sendable {
    public struct Row: Sendable, Equatable {
        public var name: String
        public var filled: Double?
        public var open: Double?
        public init(_ name: String, filled: Double?, open: Double?) { (self.name, self.filled, self.open) = (name, filled, open) }
    }

    public var rows: [Row]
    public var filled, open: Role

    public init(_ rows: [Row], filled: Role = .source, open: Role = .target) { (self.rows, self.filled, self.open) = (rows, filled, open) }

    /// One line a row: name, marks, and where both are known the open one's lead over the filled, signed.
    public func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look) {
        guard !rect.isEmpty, rect.width >= 12 else { return }
        let name = min(10, rows.map { CellText.width($0.name) }.max() ?? 0, rect.width / 3)
        let hasBoth = rows.contains { $0.filled != nil && $0.open != nil }, hasNumbers = rect.width >= 56
        let right = (hasBoth ? 6 : 0) + (hasNumbers ? 10 : 0)
        let left = rect.x + name + 1, width = rect.width - name - 1 - right - 1
        guard width >= 4 else { return }
        func place(_ share: Double) -> Int { left + Int((min(max(share, 0), 1) * Double(width - 1)).rounded()) }
        grid.clipped(to: rect) { grid in
            for (index, row) in rows.prefix(rect.height).enumerated() {
                let y = rect.y + index
                grid.text(row.name, x: rect.x, y: y, look[.text], limit: name)
                for x in 0..<width { grid.put(x % 4 == 0 ? "·" : " ", x: left + x, y: y, look[.border]) }
                if let a = row.filled.map(place), let b = row.open.map(place), a != b {
                    for x in min(a, b)...max(a, b) { grid.put("─", x: x, y: y, look[.muted]) }
                }
                if let share = row.filled { grid.put("●", x: place(share), y: y, look[filled]) }
                if let share = row.open, row.filled.map(place) != place(share) { grid.put("○", x: place(share), y: y, look[open]) }
                if hasNumbers {
                    let end = rect.endX - (hasBoth ? 7 : 1)
                    if let share = row.filled { grid.textRight(Numbers.share(share), endX: end - 5, y: y, look[filled]) }
                    if let share = row.open { grid.textRight(Numbers.share(share), endX: end, y: y, look[open]) }
                }
                if let filled = row.filled, let open = row.open {
                    let difference = open - filled
                    let text = Numbers.fixed(abs(difference), 2)
                    let sign = text == "0.00" ? " " : difference > 0 ? "+" : "−"
                    grid.textRight(sign + text, endX: rect.endX, y: y, look[difference < -0.2 ? .bad : .text])
                }
            }
        }
    }
}
