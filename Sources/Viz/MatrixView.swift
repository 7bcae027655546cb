import Foundation

/// A matrix of counts or shares in cells, as heat where colours can show it and with shades where they cannot; the values stay readable.
public struct MatrixView: Sendable {
    public struct Cell: Sendable, Equatable {
        public var text: String
        /// 0...1, what the heat shows; not looked at where there is a change.
        public var share: Double
        /// Of a difference: -1...1, good where positive.
        public var change: Double?

        public init(_ text: String, share: Double = 0, change: Double? = nil) {
            (self.text, self.share, self.change) = (text, share, change)
        }
    }

    /// A column of figures right of the matrix; the last ones leave first where there is no room.
    public struct Column: Sendable, Equatable {
        public var title: String
        public var texts: [String]
        public init(_ title: String, _ texts: [String]) { (self.title, self.texts) = (title, texts) }
    }

    public var labels: [String]
    /// `[row][column]`, as many of both as there are labels.
    public var cells: [[Cell]]
    public var cursor: (row: Int, column: Int)?
    public var columns: [Column]

    public init(labels: [String], cells: [[Cell]], cursor: (row: Int, column: Int)? = nil, columns: [Column] = []) {
        let isWhole = cells.count == labels.count && cells.allSatisfy { $0.count == labels.count }
        (self.labels, self.cells, self.cursor, self.columns) = (isWhole ? labels : [], isWhole ? cells : [], cursor, columns)
    }

    /// Cells of a row's name with the cursor's mark after it, of a matrix cell, and how many of the columns fit.
    private func layout(_ width: Int) -> (name: Int, cell: Int, columns: Int) {
        let longest = labels.map { CellText.width($0) }.max() ?? 0
        let widest = cells.joined().map { CellText.width($0.text) }.max() ?? 1
        let least = max(3, widest + 1), wanted = max(8, widest + 3)
        var name = min(longest, 10)
        // Names give way before figures do.
        while name > 3, name + 1 + least * labels.count > width { name -= 1 }
        let spare = width - name - 1
        var shown = columns.count
        func taken(_ count: Int) -> Int { columns.prefix(count).reduce(count > 0 ? 1 : 0) { $0 + self.width(of: $1) } }
        // The first column stays while values have room at all, others only where cells are wide enough for shades and headings.
        while shown > 0, spare - taken(shown) < (shown > 1 ? max(7, least) : least) * labels.count { shown -= 1 }
        let cell = min(wanted, max(2, (spare - taken(shown)) / max(1, labels.count)))
        return (name, cell, shown)
    }

    private func width(of column: Column) -> Int { 1 + ([column.title] + column.texts).map { CellText.width($0) }.reduce(0, max) }

    /// Lines that it takes with rows of that height.
    public func height(rowHeight: Int = 1) -> Int { labels.isEmpty ? 0 : 1 + labels.count * rowHeight }

    public func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look) {
        guard !labels.isEmpty, !rect.isEmpty else { return }
        let (name, cell, shown) = layout(rect.width)
        // Rows grow where there is room, so that cells come nearer to squares.
        let rowHeight = cell >= 7 ? min(3, max(1, (rect.height - 1) / labels.count)) : 1
        let left = rect.x + name + 1
        grid.clipped(to: rect) { grid in
            for (index, label) in labels.enumerated() {
                let title = CellText.fitted(label, cell - 1)
                grid.text(title, x: left + index * cell + (cell - CellText.width(title) + 1) / 2, y: rect.y, look[.muted])
            }
            for (row, label) in labels.enumerated() {
                let y = rect.y + 1 + row * rowHeight, middle = y + rowHeight / 2
                grid.text(label, x: rect.x, y: middle, cursor?.row == row ? look[.title] : look[.text], limit: name)
                if cursor?.row == row { grid.put("▸", x: rect.x + name, y: middle, look[.text]) }
                for column in labels.indices {
                    draw(
                        cells[row][column], into: &grid, Rect(x: left + column * cell, y: y, width: cell, height: rowHeight), look,
                        isSelected: cursor.map { $0 == (row, column) } ?? false)
                }
            }
            var x = left + labels.count * cell + (shown > 0 ? 1 : 0)
            for column in columns.prefix(shown) {
                x += width(of: column)
                grid.textRight(column.title, endX: x, y: rect.y, look[.muted])
                for (row, text) in column.texts.prefix(labels.count).enumerated() {
                    grid.textRight(text, endX: x, y: rect.y + 1 + row * rowHeight + rowHeight / 2, look[.muted])
                }
            }
        }
    }

    private func draw(_ cell: Cell, into grid: inout CellGrid, _ rect: Rect, _ look: Look, isSelected: Bool) {
        var ink = look[cell.share > 0 || cell.change != nil ? .text : .muted]
        var shade: Character?
        if let change = cell.change {
            let role: Role = change > 0 ? .good : change < 0 ? .bad : .muted
            ink = look[role]
            if look.hasFineColours, change != 0, let hue = look[role].foreground {
                let ground = look.theme.background ?? look.theme.paper
                let fill = ground.mixed(with: hue, 0.12 + 0.5 * min(1, abs(change)))
                grid.fill(rect, Viz.Cell(" ", background: fill))
                ink = Ink(fill.readable, background: fill)
            }
        } else if cell.share > 0 {
            if look.hasFineColours {
                let fill = look.theme.heat[0.12 + 0.88 * cell.share]
                grid.fill(rect, Viz.Cell(" ", background: fill))
                ink = Ink(fill.readable, background: fill)
            } else {
                let shades = look.shades
                shade = shades[min(max(1, Int((cell.share * Double(shades.count)).rounded(.down))), shades.count - 1)]
            }
        }
        let y = rect.y + rect.height / 2
        if let shade, rect.width >= 4 { for row in rect.y..<rect.endY { grid.put(shade, x: rect.x + 1, y: row, look[.text]) } }
        // In the middle over a ground of colour, right beside a shade.
        let width = CellText.width(cell.text)
        let x = look.hasFineColours ? rect.x + (rect.width - width) / 2 : rect.endX - width - 1
        grid.text(cell.text, x: max(rect.x, x), y: y, isSelected ? ink.with([.bold, .reverse]) : ink, limit: rect.width)
        if isSelected {
            if x - 1 >= rect.x { grid.put("▸", x: x - 1, y: y, ink.with([.bold, .reverse])) }
            if x + width < rect.endX { grid.put("◂", x: x + width, y: y, ink.with([.bold, .reverse])) }
        }
    }
}

extension Colour {
    /// Black or white, whichever contrasts more with it (WCAG 2.1's relative luminance).
    var readable: Colour {
        func linear(_ value: UInt8) -> Double {
            let share = Double(value) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        let luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
        // Where (L + 0.05) / 0.05 equals 1.05 / (L + 0.05).
        return luminance > 0.1791 ? Colour(0, 0, 0) : Colour(255, 255, 255)
    }
}
