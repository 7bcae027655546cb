// The tables of steps: what each step is, and its values by series.
import GRDB
import Records

/// A row of `steps`. Its keys head the first columns of metrics.csv too.
enum StepColumn: String, CodingKey, CaseIterable {
    case step, epoch, domain, samples, seconds
    case waitingSeconds = "waiting_seconds"
}

/// A row of `series`: the number that stands for a series in `step_values`.
struct SeriesRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "series"

    var run: Int64
    var id: Int
    var kind: String
    var name: String
    var head: String
    var unit: String?

    init(_ series: Series, run: Int64, id: Int) {
        (self.run, self.id, kind, name, head, unit) = (run, id, series.kind.rawValue, series.name, series.head, series.unit)
    }

    /// A kind that this program does not know is a figure like any other.
    var series: Series { Series(.init(rawValue: kind) ?? .diagnostic, name, of: head, unit: unit) }

    static func all(_ db: Database, run: Int64) throws -> [SeriesRow] {
        try fetchAll(db, sql: "SELECT * FROM series WHERE run = ? ORDER BY id", arguments: [run])
    }
}

/// Writes steps. A series that no plan announced gets its number when its first value comes.
final class StepWriter {
    private let db: Database
    private let run: Int64
    /// The series' numbers by `Series.id`.
    private var numbers: [String: Int]
    private let insertStep, insertValue, forget: Statement

    init(_ db: Database, run: Int64) throws {
        (self.db, self.run) = (db, run)
        numbers = Dictionary(try SeriesRow.all(db, run: run).map { ($0.series.id, $0.id) }, uniquingKeysWith: { first, _ in first })
        insertStep = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO steps (run, step, epoch, domain, samples, seconds, waiting_seconds) VALUES (?, ?, ?, ?, ?, ?, ?)")
        insertValue = try db.cachedStatement(sql: "INSERT OR REPLACE INTO step_values (run, step, series, value) VALUES (?, ?, ?, ?)")
        forget = try db.cachedStatement(sql: "DELETE FROM step_values WHERE run = ? AND step = ?")
    }

    func announce(_ series: Series) throws {
        if numbers[series.id] == nil { try add(series) }
    }

    func write(_ step: StepRecord) throws {
        try insertStep.execute(arguments: [
            run, step.step, step.epoch, step.domain.rawValue, step.samples, step.seconds, step.waitingSeconds,
        ])
        try forget.execute(arguments: [run, step.step])
        try step.values.forEach { id, value in
            try insertValue.execute(arguments: [run, step.step, try number(of: id), value])
        }
    }

    private func number(of id: String) throws -> Int {
        if let number = numbers[id] { return number }
        let parts = id.split(separator: ".", maxSplits: 1), kind = parts.first.flatMap { Series.Kind(rawValue: String($0)) }
        return try add(kind.flatMap { kind in parts.count == 2 ? Series(kind, String(parts[1])) : nil } ?? Series(.diagnostic, id), as: id)
    }

    @discardableResult
    private func add(_ series: Series, as id: String? = nil) throws -> Int {
        let number = (numbers.values.max() ?? 0) + 1
        try SeriesRow(series, run: run, id: number).insert(db)
        numbers[id ?? series.id] = number
        return number
    }
}
