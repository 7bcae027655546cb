import Corpora
import Testing

@testable import TUI

@Suite struct TableStateTests {
    private struct Line: TableRow {
        static let filterColumns = ["name", "size"]
        static let exportColumns = filterColumns
        var exportValues: [DataValue] { [DataValue(id), DataValue(size)] }
        var id: String
        var size: Double?
        func filterText(_ column: Int) -> String? { column == 0 ? id : size.map { "\($0)" } }
        func filterNumber(_ column: Int) -> Double? { column == 1 ? size : nil }
    }

    private let lines = [("b", 2), ("a", nil), ("d", 10), ("c", nil), ("e", 1)].map { Line(id: $0.0, size: $0.1) }

    private func names(_ state: TableState<Line>) -> String { state.visible.map { lines[$0].id }.joined() }

    @Test("Numbers sort as numbers; rows without one come last, whichever way round, in the order they came in")
    func sorting() {
        var state = TableState<Line>()
        state.refresh(lines)
        #expect(names(state) == "badce")
        state.sort(by: 1, lines)
        #expect(names(state) == "ebdac")
        _ = state.handle(.sortDirection, lines)
        #expect(names(state) == "dbeac")
        _ = state.handle(.sortColumn, lines)
        #expect(state.sortedBy == 0 && names(state) == "abcde")
    }

    @Test("n and N go round the rows of the filter that was taken away, and do nothing before there was one")
    func matches() {
        var state = TableState<Line>()
        state.refresh(lines)
        #expect(state.isAvailable(.nextMatch, lines) == false)
        _ = state.handle(.nextMatch, lines)
        #expect(state.selected == 0)
        state.setFilter("size>1", lines)
        #expect(names(state) == "bd")
        _ = state.handle(.clearFilter, lines)
        #expect(names(state) == "badce" && state.isAvailable(.nextMatch, lines) == true)
        _ = state.handle(.nextMatch, lines)
        #expect(state.selectedRow(lines)?.id == "d")
        _ = state.handle(.nextMatch, lines)
        #expect(state.selectedRow(lines)?.id == "b")
        _ = state.handle(.previousMatch, lines)
        #expect(state.selectedRow(lines)?.id == "d")
    }

    @Test("The row under the cursor stays under it while rows come, go and are sorted; where it goes the nearest place is kept")
    func following() {
        var state = TableState<Line>()
        state.refresh(lines)
        let isFound = state.select(id: "d", lines)
        #expect(isFound)
        state.sort(by: 0, lines)
        #expect(state.selectedRow(lines)?.id == "d" && state.selected == 3)
        let fewer = lines.filter { $0.id != "d" }
        state.refresh(fewer)
        #expect(state.selectedRow(fewer)?.id == "e")
        state.refresh([])
        #expect(state.selectedIndex == nil)
    }
}
