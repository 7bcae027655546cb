// The list of runs, read once in pages and then row by row: ten thousand runs cost nothing while one of them trains.
import Foundation
import Records
import Store

struct RunListReader {
    /// Newest first.
    private(set) var rows: [RunRow] = []
    /// What the store's counter of changes was at the last look.
    private var counter: Int?
    /// The first reading goes on below this number; nil once it reached the oldest run.
    private var nextPage: Int64? = .max
    private var version = 0
    /// Rows changed that nobody was told of yet.
    private var isStale = true

    /// Runs of one page of the first reading: the newest are on the screen before the oldest are read.
    static let page = 1000

    /// True while there are pages left.
    var isReading: Bool { nextPage != nil }

    /// The list where it is to be told anew: at once where runs came, went or changed their state, else when `isDue`.
    /// - Parameter isDue: also look which processes still live.
    mutating func read(_ store: RunStore, changed: Bool, isDue: Bool) throws -> RunsView? {
        var isUrgent = false
        if counter == nil || changed {
            let changes = try store.runChanges(after: counter)
            counter = changes.counter
            for run in changes.runs { isUrgent = take(run) || isUrgent }
            if nextPage == nil, rows.count > changes.total {
                try removeDeleted(store)
                isUrgent = true
            }
        }
        if let before = nextPage {
            // The first page is small: it is what the first frame waits for.
            let limit = rows.isEmpty ? Self.page : 4 * Self.page
            let runs = try store.runs(before: before, limit: limit)
            for run in runs where index(of: run.id) == nil { insert(RunRow(run)) }
            nextPage = runs.count < limit ? nil : runs.last?.id
            // Runs may have gone while the pages were read.
            if nextPage == nil, try rows.count > store.runChanges(after: nil).total { try removeDeleted(store) }
            isUrgent = true
        }
        if isDue {
            for run in try store.openRuns() { isUrgent = take(run) || isUrgent }
        }
        guard isUrgent || (isDue && isStale) else { return nil }
        isStale = false
        version += 1
        var view = RunsView()
        view.state = .ready
        view.rows = rows
        view.isComplete = nextPage == nil
        view.version = version
        return view
    }

    /// The next look that is due tells the list again.
    mutating func forget() { isStale = true }

    private mutating func removeDeleted(_ store: RunStore) throws {
        let left = try store.runIDs()
        rows.removeAll { !left.contains($0.id) }
    }

    func row(_ id: Int64) -> RunRow? { index(of: id).map { rows[$0] } }

    /// Puts a row in its place; true where it is new or in another state than before.
    private mutating func take(_ run: RunSummary) -> Bool {
        guard let index = index(of: run.id) else {
            // Runs below the first reading's place come with their page.
            if let nextPage, run.id < nextPage, nextPage != .max { return false }
            if nextPage == .max { return false }
            insert(RunRow(run))
            return true
        }
        guard rows[index].summary != run else { return false }
        let row = RunRow(run)
        let isUrgent = row.state != rows[index].state || run.parent != rows[index].summary.parent
        rows[index] = row
        isStale = true
        return isUrgent
    }

    /// Place of the first run that is not newer than `id`.
    private func place(_ id: Int64) -> Int {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].id > id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func index(of id: Int64) -> Int? {
        let place = place(id)
        return rows.indices.contains(place) && rows[place].id == id ? place : nil
    }

    private mutating func insert(_ row: RunRow) {
        rows.insert(row, at: place(row.id))
        isStale = true
    }
}
