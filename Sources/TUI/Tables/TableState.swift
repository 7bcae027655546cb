// Cursor, filter and order of a table over rows that come and go: what every pane with a table shares.
import Corpora
import Viz

extension Command {
    static let nextRow = Command("list.next")
    static let previousRow = Command("list.previous")
    static let nextPage = Command("list.nextPage")
    static let previousPage = Command("list.previousPage")
    static let firstRow = Command("list.first")
    static let lastRow = Command("list.last")
    static let filter = Command("list.filter")
    static let clearFilter = Command("list.clearFilter")
    static let nextMatch = Command("list.nextMatch")
    static let previousMatch = Command("list.previousMatch")
    static let sortColumn = Command("list.sortColumn")
    static let sortDirection = Command("list.sortDirection")
}

/// A row that a table can filter, sort and follow.
public protocol TableRow: FilterableRow, Identifiable, Sendable where ID: Sendable {
    /// What rows are ordered by in a column.
    func sortKey(_ column: Int) -> SortKey
    /// Headings of an export. A column of the screen that shows two things is two there; units stand in the name.
    static var exportColumns: [String] { get }
    /// One value a heading.
    var exportValues: [DataValue] { get }
}

/// Numbers stand before text; rows without a value come last, whichever way round.
public enum SortKey: Sendable, Equatable {
    case number(Double)
    case text(String)
    case none
}

extension TableRow {
    public func sortKey(_ column: Int) -> SortKey {
        if let number = filterNumber(column), !number.isNaN { return .number(number) }
        return filterText(column).map(SortKey.text) ?? .none
    }
}

public struct TableState<Row: TableRow>: Sendable {
    /// Text being typed into the filter.
    public private(set) var entry: TextEntry?
    public private(set) var filterText = ""
    /// Why the text is no filter yet; the rows of the last valid one stay.
    public private(set) var filterProblem: String?
    private var filter: Filter<Row>?
    /// The last filter that was taken away: `n` and `N` still find its rows.
    private var search: Filter<Row>?
    /// Index of a column, and nil for the order that the rows came in.
    public private(set) var sortedBy: Int?
    public private(set) var isAscending = true
    /// Indices into the rows, those that are shown, in order.
    public private(set) var visible: [Int] = []
    /// Position in `visible`.
    public private(set) var selected = 0
    private var selectedID: Row.ID?
    /// First row drawn, and how many fit; drawing keeps them.
    public var offset = 0
    public var pageHeight = 10
    /// Columns that had room when the table was drawn last; empty where it was not drawn yet.
    private var shownColumns: [Int] = []
    /// Where the rows were drawn, without the heading.
    private var area = Rect(x: 0, y: 0, width: 0, height: 0)

    public init(sortedBy: Int? = nil, isAscending: Bool = true) {
        self.sortedBy = sortedBy
        self.isAscending = isAscending
    }

    /// Index into the rows of the one under the cursor.
    public var selectedIndex: Int? { visible.indices.contains(selected) ? visible[selected] : nil }

    public func selectedRow(_ rows: [Row]) -> Row? { selectedIndex.flatMap { rows.indices.contains($0) ? rows[$0] : nil } }

    public var hasFilter: Bool { !filterText.isEmpty }

    /// A filter was cleared whose rows can be gone through.
    var hasSearch: Bool { search != nil }
    func isMatch(_ row: Row?) -> Bool { row.map { search?.matches($0) ?? false } ?? false }
    func matchCount(_ rows: [Row]) -> Int { visible.count { rows.indices.contains($0) && isMatch(rows[$0]) } }

    // MARK: Keys

    /// The keys of a table, without sorting where `columns` is false.
    public static func bindings(rows: String, canSort: Bool = true) -> [KeyBinding] {
        [
            KeyBinding([.character("j"), .down], .nextRow, "", "Next row"),
            KeyBinding([.character("k"), .up], .previousRow, "row", "Row before", footerKeys: "j/k"),
            KeyBinding([.pageDown, .character("d")], .nextPage, "", "A page down"),
            KeyBinding([.pageUp, .character("u")], .previousPage, "", "A page up"),
            KeyBinding([.character("g"), .home], .firstRow, "", "First row"),
            KeyBinding([.character("G"), .end], .lastRow, "", "Last row"),
            KeyBinding([.character("/")], .filter, "filter", "Filter \(rows): words, column:value, column>n, column~regex, !, and, or"),
            KeyBinding([.escape], .clearFilter, "all", "Take the filter away"),
            KeyBinding([.character("n")], .nextMatch, "", "Next row of the last filter"),
            KeyBinding([.character("N")], .previousMatch, "", "Row of the last filter before this one"),
        ]
            + (canSort
                ? [
                    KeyBinding([.character("o")], .sortColumn, "sort", "Sort by the next column"),
                    KeyBinding([.character("O")], .sortDirection, "", "Turn the order round"),
                ] : [])
    }

    /// Whether the command does something now; nil where it is none of a table's.
    public func isAvailable(_ command: Command, _ rows: [Row]) -> Bool? {
        switch command {
        case .clearFilter: hasFilter
        case .nextMatch, .previousMatch: search != nil && !hasFilter && !visible.isEmpty
        case .filter, .sortColumn, .sortDirection: !rows.isEmpty
        case .nextRow, .previousRow, .nextPage, .previousPage, .firstRow, .lastRow: !visible.isEmpty
        default: nil
        }
    }

    /// True where the command was one of a table's.
    public mutating func handle(_ command: Command, _ rows: [Row], where isShown: (Row) -> Bool = { _ in true }) -> Bool {
        switch command {
        case .nextRow: select(selected + 1, rows)
        case .previousRow: select(selected - 1, rows)
        case .nextPage: select(selected + max(1, pageHeight - 1), rows)
        case .previousPage: select(selected - max(1, pageHeight - 1), rows)
        case .firstRow: select(0, rows)
        case .lastRow: select(visible.count - 1, rows)
        case .filter: if !rows.isEmpty { entry = TextEntry(filterText) }
        case .clearFilter: setFilter("", rows, where: isShown)
        case .nextMatch: step(1, rows)
        case .previousMatch: step(-1, rows)
        case .sortColumn:
            // Only columns on the screen: the order must be seen there.
            let columns = shownColumns.isEmpty ? Array(Row.filterColumns.indices) : shownColumns
            sortedBy = columns.first { $0 > sortedBy ?? -1 } ?? columns.first
            isAscending = true
            refresh(rows, where: isShown)
        case .sortDirection:
            sortedBy = sortedBy ?? shownColumns.first ?? 0
            isAscending.toggle()
            refresh(rows, where: isShown)
        default: return false
        }
        return true
    }

    /// A key while the filter is typed.
    public mutating func type(_ key: Key, _ rows: [Row], where isShown: (Row) -> Bool = { _ in true }) {
        guard var entry else { return }
        switch key {
        case .enter:
            self.entry = nil
            // What was half a comparison is a word now.
            if filterProblem != nil { setFilter(entry.text, rows, where: isShown) }
        case .escape:
            self.entry = nil
            setFilter("", rows, where: isShown)
        case .up: select(selected - 1, rows)
        case .down: select(selected + 1, rows)
        default:
            guard entry.edit(key) else { return }
            self.entry = entry
            if entry.text != filterText { setFilter(entry.text, rows, where: isShown) }
        }
    }

    /// An unfinished expression keeps the rows of the last valid one.
    public mutating func setFilter(_ text: String, _ rows: [Row], where isShown: (Row) -> Bool = { _ in true }) {
        if text.isEmpty, hasFilter { search = filter }
        filterText = text
        do {
            filter = try Filter(text)
            filterProblem = nil
        } catch {
            filterProblem = "\(error)"
            return
        }
        // The name of a column that no row has as a word is half a comparison: the whole filter before it counts meanwhile.
        if entry != nil, let half = Filter<Row>.columnBegun(text), !rows.contains(where: { isShown($0) && filter?.matches($0) ?? true }),
            let whole = try? Filter<Row>(half.before)
        {
            (filter, filterProblem) = (whole, "\(half.column) wants : = < > or ~, and a value")
        }
        refresh(rows, where: isShown)
    }

    public mutating func sort(by column: Int?, ascending: Bool = true, _ rows: [Row], where isShown: (Row) -> Bool = { _ in true }) {
        sortedBy = column
        isAscending = ascending
        refresh(rows, where: isShown)
    }

    private mutating func step(_ by: Int, _ rows: [Row]) {
        guard let search, !visible.isEmpty else { return }
        for distance in 1...visible.count {
            let place = ((selected + by * distance) % visible.count + visible.count) % visible.count
            if rows.indices.contains(visible[place]), search.matches(rows[visible[place]]) { return select(place, rows) }
        }
    }

    // MARK: Rows

    /// Finds the visible rows anew; the row under the cursor stays under it where it is still there.
    public mutating func refresh(_ rows: [Row], where isShown: (Row) -> Bool = { _ in true }) {
        visible = rows.indices.filter { isShown(rows[$0]) && (filter?.matches(rows[$0]) ?? true) }
        if let column = sortedBy { sort(rows, by: column) }
        if let selectedID, let place = visible.firstIndex(where: { rows[$0].id == selectedID }) { selected = place }
        select(selected, rows)
    }

    /// Equal rows keep the order that they came in, whichever way round.
    private mutating func sort(_ rows: [Row], by column: Int) {
        // Keys are made once a row, not once a comparison.
        var keyed = visible.map { (key: rows[$0].sortKey(column), row: $0) }
        keyed.sort { a, b in
            switch (a.key, b.key) {
            case (.number(let x), .number(let y)): x == y ? a.row < b.row : (x < y) == isAscending
            case (.text(let x), .text(let y)): x == y ? a.row < b.row : (x < y) == isAscending
            case (.none, .none): a.row < b.row
            case (.none, _): false
            case (_, .none): true
            case (.number, .text): isAscending
            case (.text, .number): !isAscending
            }
        }
        visible = keyed.map(\.row)
    }

    /// Moves the cursor to a position in `visible`, or to the nearest there is.
    public mutating func select(_ position: Int, _ rows: [Row]) {
        selected = max(0, min(position, visible.count - 1))
        selectedID = selectedRow(rows)?.id
    }

    /// Moves the cursor to the row of that name; false where it is not shown.
    @discardableResult
    public mutating func select(id: Row.ID, _ rows: [Row]) -> Bool {
        guard let place = visible.firstIndex(where: { rows.indices.contains($0) && rows[$0].id == id }) else { return false }
        select(place, rows)
        return true
    }

    /// Selects the row that was drawn on this cell; false where there is none.
    @discardableResult
    public mutating func click(x: Int, y: Int, _ rows: [Row]) -> Bool {
        guard area.contains(x, y), visible.indices.contains(offset + y - area.y) else { return false }
        select(offset + y - area.y, rows)
        return true
    }

    /// The rows that are shown, in order, as values.
    public func table(_ rows: [Row]) -> PaneTable {
        PaneTable(header: Row.exportColumns, rows: visible.filter { rows.indices.contains($0) }.map { rows[$0].exportValues })
    }

    // MARK: Drawing

    /// The filter's line at the top of `rect` where there is a filter; returns what is left.
    public func drawFilter(into grid: inout CellGrid, _ rect: Rect, _ look: Look) -> Rect {
        guard entry != nil || hasFilter else { return rect }
        let (line, rest) = rect.splitTop(1)
        // A mark, not a key: it stays where the key is another.
        var used = grid.text("/", x: line.x, y: line.y, look[.muted], limit: line.width)
        let (x, room) = (line.x + used, line.width - used)
        if let entry {
            used += TextField(entry).draw(into: &grid, x: x, y: line.y, width: room, look[.text], look)
        } else {
            used += grid.text(filterText, x: x, y: line.y, look[.text], limit: room)
        }
        if let filterProblem, used + 3 < line.width {
            grid.text(filterProblem, x: line.x + used + 2, y: line.y, look[.bad], limit: line.width - used - 2)
        }
        return rest
    }

    /// The table with heading, cursor and bar; `cells(row)` gives one piece a column. Remembers what was drawn.
    /// - Parameter leading: columns before those that the rows sort by, such as a mark.
    public mutating func draw(
        into grid: inout CellGrid, _ rect: Rect, columns: [TableColumn], leading: Int = 0, _ look: Look, cells: (Int) -> [Span]
    ) {
        pageHeight = max(1, rect.height - 1)
        let table = TableView(
            columns: columns, rowCount: visible.count, selected: selected, offset: offset,
            sorted: sortedBy.map { (column: $0 + leading, ascending: isAscending) })
        offset = table.draw(into: &grid, rect, look) { cells(visible[$0]) }
        shownColumns = table.shownColumns(in: rect).map { $0 - leading }.filter(Row.filterColumns.indices.contains)
        area = rect.height >= 3 ? rect.splitTop(1).1 : rect
    }
}
