// Steps and their values are read by two scans of their tables side by side: a run has a million of them.
import GRDB
import Records

enum StepReader {
    static func steps(_ db: Database, run: Int64, after step: Int, limit: Int) throws -> [StepRecord] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(StepColumn.allCases.map(\.rawValue).joined(separator: ", "))
                FROM steps WHERE run = ? AND step > ? ORDER BY step LIMIT ?
                """)
        var values = try Values(db, run: run, after: step)
        let cursor = try Row.fetchCursor(statement, arguments: [run, step, limit])
        func place(_ column: StepColumn) -> Int { statement.index(ofColumn: column.rawValue)! }  // Selected above.
        let (number, epoch, domain) = (place(.step), place(.epoch), place(.domain))
        let (samples, seconds, waiting) = (place(.samples), place(.seconds), place(.waitingSeconds))
        var steps: [StepRecord] = []
        while let row = try cursor.next() {
            let step: Int = row[number]
            steps.append(
                StepRecord(
                    step: step, epoch: row[epoch], domain: Domain(rawValue: row[domain]) ?? .source, values: try values.of(step),
                    samples: row[samples], seconds: row[seconds] ?? .nan, waitingSeconds: row[waiting] ?? .nan))
        }
        return steps
    }

    /// The rows of `step_values`, one step after the other.
    private struct Values {
        /// One text a series, shared by all of its values.
        private let ids: [Int: String]
        private let cursor: RowCursor
        private let step, series, value: Int
        private var next: (step: Int, id: String?, value: Double)?

        init(_ db: Database, run: Int64, after first: Int) throws {
            ids = Dictionary(try SeriesRow.all(db, run: run).map { ($0.id, $0.series.id) }, uniquingKeysWith: { first, _ in first })
            let statement = try db.cachedStatement(
                sql: "SELECT step, series, value FROM step_values WHERE run = ? AND step > ? ORDER BY step, series")
            cursor = try Row.fetchCursor(statement, arguments: [run, first])
            func place(_ column: String) -> Int { statement.index(ofColumn: column)! }  // Selected above.
            (step, series, value) = (place("step"), place("series"), place("value"))
            try advance()
        }

        private mutating func advance() throws {
            next = try cursor.next().map { row in (row[step], ids[row[series]], row[value] ?? .nan) }
        }

        /// Those of a step greater than all that were asked before.
        mutating func of(_ step: Int) throws -> StepValues {
            var values = StepValues()
            while let entry = next, entry.step <= step {
                if entry.step == step, let id = entry.id { values.append(id, entry.value) }
                try advance()
            }
            return values
        }
    }
}
