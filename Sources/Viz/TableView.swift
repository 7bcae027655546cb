/// A table in cells: columns that give way by importance, a selected row, a window over any number of rows.
public struct TableColumn: Sendable, Equatable {
    public enum Alignment: Sendable { case left, right }
    public var title: String
    public var width: Int
    public var alignment: Alignment
    /// Higher leaves first where there is no room; 0 always stays.
    public var giveWay: Int
    /// Takes what is left over.
    public var isFlexible: Bool

    public init(_ title: String, width: Int, alignment: Alignment = .left, giveWay: Int = 0, isFlexible: Bool = false) {
        self.title = title
        self.width = max(1, width)
        self.alignment = alignment
        self.giveWay = giveWay
        self.isFlexible = isFlexible
    }
}

public struct TableView: Sendable {
    public var columns: [TableColumn]
    public var rowCount: Int
    public var selected: Int?
    /// First row shown, before it is moved so that the selected row is visible.
    public var offset: Int
    /// Column by which rows are sorted, marked in the heading.
    public var sorted: (column: Int, ascending: Bool)?

    public init(
        columns: [TableColumn], rowCount: Int, selected: Int? = nil, offset: Int = 0,
        sorted: (column: Int, ascending: Bool)? = nil
    ) {
        self.columns = columns
        self.rowCount = max(0, rowCount)
        self.selected = selected
        self.offset = offset
        self.sorted = sorted
    }

    /// The first visible row of a window of `height` rows that shows `selected` and starts as near `offset` as possible.
    public static func window(offset: Int, selected: Int?, count: Int, height: Int) -> Int {
        guard height > 0 else { return 0 }
        var first = offset
        if let selected { first = min(max(first, selected - height + 1), selected) }
        return max(0, min(first, count - height))
    }

    /// Indices of the columns that have room in `rect`.
    public func shownColumns(in rect: Rect) -> [Int] { layout(in: rect).map(\.index) }

    private func layout(in rect: Rect) -> [(index: Int, width: Int)] {
        let body = rect.height - (rect.height >= 3 ? 1 : 0)
        return fittedColumns(rect.width - (rowCount > body && rect.width >= 12 ? 2 : 0))
    }

    /// Columns that fit into `width` cells with a blank between them: indices and widths, in order.
    func fittedColumns(_ width: Int) -> [(index: Int, width: Int)] {
        var columns = columns
        if let sorted, columns.indices.contains(sorted.column) {
            // The arrow stands beside the whole heading, and the column stays: an order that is not seen misleads.
            columns[sorted.column].width = max(columns[sorted.column].width, CellText.width(columns[sorted.column].title) + 1)
        }
        var shown = Array(columns.indices)
        func total() -> Int { shown.reduce(0) { $0 + columns[$1].width + 2 } - 2 }
        // It leaves last, before those that always stay.
        func rank(_ index: Int) -> Int { index == sorted?.column ? min(columns[index].giveWay, 1) : columns[index].giveWay * 2 }
        while total() > width, let worst = shown.max(by: { rank($0) <= rank($1) }), shown.count > 1 {
            shown.removeAll { $0 == worst }
        }
        let spare = width - total()
        let flexible = shown.first { columns[$0].isFlexible }
        return shown.map { index in
            let extra = index == flexible ? max(0, min(spare, columns[index].width)) : 0
            return (index, min(columns[index].width + extra, max(1, width)))
        }
    }

    /// Draws heading and visible rows; `cells(row)` gives one piece a column. Returns the first row shown.
    @discardableResult
    public func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look, cells: (Int) -> [Span]) -> Int {
        guard rect.width >= 2, rect.height >= 1 else { return offset }
        let hasHeading = rect.height >= 3
        let body = hasHeading ? rect.splitTop(1).1 : rect
        let hasBar = rowCount > body.height && rect.width >= 12
        let layout = layout(in: rect)
        if hasHeading {
            var x = rect.x
            for (index, width) in layout {
                let mark = sorted?.column == index ? (sorted?.ascending == true ? "▴" : "▾") : ""
                let gap = mark.isEmpty || CellText.width(columns[index].title) + 2 > width ? "" : " "
                draw(Span(columns[index].title + gap + mark, look[.muted]), columns[index], x, rect.y, width, into: &grid)
                x += width + 2
            }
        }
        let first = TableView.window(offset: offset, selected: selected, count: rowCount, height: body.height)
        for row in first..<max(first, min(rowCount, first + body.height)) {
            let y = body.y + row - first
            let isSelected = row == selected
            if isSelected {
                grid.fill(Rect(x: rect.x - 1, y: y, width: rect.width + 2 - (hasBar ? 2 : 0), height: 1))
                grid.tint(Rect(x: rect.x - 1, y: y, width: rect.width + 2 - (hasBar ? 2 : 0), height: 1), look[.selection])
            }
            let pieces = cells(row)
            var x = rect.x
            for (index, width) in layout where index < pieces.count {
                var piece = pieces[index]
                if isSelected { piece.ink = piece.ink.on(look[.selection]) }
                draw(piece, columns[index], x, y, width, into: &grid)
                x += width + 2
            }
        }
        if hasBar { drawBar(into: &grid, Rect(x: rect.endX - 1, y: body.y, width: 1, height: body.height), first, look) }
        return first
    }

    private func draw(_ span: Span, _ column: TableColumn, _ x: Int, _ y: Int, _ width: Int, into grid: inout CellGrid) {
        if column.alignment == .right {
            grid.textRight(span.text, endX: x + width, y: y, span.ink, limit: width)
        } else {
            grid.text(span.text, x: x, y: y, span.ink, limit: width)
        }
    }

    private func drawBar(into grid: inout CellGrid, _ rect: Rect, _ first: Int, _ look: Look) {
        let length = max(1, rect.height * rect.height / max(1, rowCount))
        let travel = rect.height - length
        let start = rowCount > rect.height ? first * travel / (rowCount - rect.height) : 0
        for row in 0..<length { grid.put("▐", x: rect.x, y: rect.y + start + row, look[.border]) }
    }
}
