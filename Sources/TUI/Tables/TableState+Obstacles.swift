// Why a table's key can do nothing now, in words.

extension TableState {
    /// Nil where the command does something, and where it is none of a table's.
    /// - Parameter what: the rows, in the plural.
    func obstacle(_ command: Command, _ rows: [Row], of what: String, _ keys: KeyNames) -> String? {
        switch command {
        case .nextRow, .nextPage:
            visible.isEmpty ? "no \(what) to go through" : selected >= visible.count - 1 ? "this is the last row" : nil
        case .previousRow, .previousPage: visible.isEmpty ? "no \(what) to go through" : selected == 0 ? "this is the first row" : nil
        case .firstRow: visible.isEmpty ? "no \(what) to go through" : selected == 0 ? "this is the first row" : nil
        case .lastRow: visible.isEmpty ? "no \(what) to go through" : selected >= visible.count - 1 ? "this is the last row" : nil
        case .filter, .sortColumn, .sortDirection: rows.isEmpty ? "there are no \(what) yet" : nil
        case .clearFilter: hasFilter ? nil : "there is no filter to clear"
        case .nextMatch, .previousMatch: matchObstacle(rows, keys)
        default: nil
        }
    }

    private func matchObstacle(_ rows: [Row], _ keys: KeyNames) -> String? {
        if hasFilter {
            return
                "the list shows only what matches: \(keys[.clearFilter]) clears the filter, then \(keys[.nextMatch]) goes through its rows"
        }
        guard hasSearch else { return "there was no filter yet: \(keys[.filter]) types one" }
        let matches = matchCount(rows)
        return matches == 0
            ? "no row matches the last filter" : matches == 1 && isMatch(selectedRow(rows)) ? "no other row matches the last filter" : nil
    }
}
