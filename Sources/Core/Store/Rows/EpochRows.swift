// The tables of epochs: scores by part, head and name.
import Base
import GRDB
import Records

struct EpochRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "epochs"

    var run: Int64
    var epoch: Int
    var step: Int
    var isBest: Bool
    var seconds: Double?
    var savingSeconds: Double?

    enum CodingKeys: String, CodingKey {
        case run, epoch, step, seconds
        case isBest = "is_best"
        case savingSeconds = "saving_seconds"
    }

    init(_ record: EpochRecord, run: Int64) {
        (self.run, epoch, step, isBest) = (run, record.epoch, record.step, record.isBest)
        (seconds, savingSeconds) = (record.seconds, record.savingSeconds)
    }

    func record(_ scores: [PartScores]) -> EpochRecord {
        EpochRecord(epoch: epoch, step: step, scores: scores, isBest: isBest, seconds: seconds ?? .nan, savingSeconds: savingSeconds)
    }
}

/// Number of samples behind a part's scores.
struct ScoredPartRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "scored_parts"

    var run: Int64
    var epoch: Int
    var part: String
    var samples: Int
}

struct MetricRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "metrics"

    var run: Int64
    var epoch: Int
    var part: String
    var head: String
    var name: String
    /// Among the part's metrics, in the order in which the run told them.
    var place: Int
    /// NULL where it is not a number.
    var value: Double?
}

struct ConfusionRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "confusions"

    var run: Int64
    var epoch: Int
    var part: String
    var head: String
    /// JSON, `[truth][answer]`.
    var counts: String
}

/// Scores of parts at an epoch, written to and read from the three tables.
enum ScoreRows {
    static let tables = ["scored_parts", "metrics", "confusions"]

    static func write(_ scores: [PartScores], run: Int64, epoch: Int, _ db: Database) throws {
        for score in scores {
            let part = score.part.rawValue
            try ScoredPartRow(run: run, epoch: epoch, part: part, samples: score.samples).insert(db, onConflict: .replace)
            for (place, value) in score.values.enumerated() {
                try MetricRow(run: run, epoch: epoch, part: part, head: value.head, name: value.name, place: place, value: value.value)
                    .insert(db, onConflict: .replace)
            }
            for (head, counts) in score.confusions {
                try ConfusionRow(run: run, epoch: epoch, part: part, head: head, counts: try JSON.text(counts))
                    .insert(db, onConflict: .replace)
            }
        }
    }

    /// Scores of the epochs after the one given, of all parts, in the order of `Part`.
    static func read(_ db: Database, run: Int64, after epoch: Int) throws -> [Int: [PartScores]] {
        var scores: [Int: [Part: PartScores]] = [:]
        func rows<Record: FetchableRecord & TableRecord>(_: Record.Type, by order: String) throws -> [Record] {
            try Record.fetchAll(
                db, sql: "SELECT * FROM \(Record.databaseTableName) WHERE run = ? AND epoch > ? ORDER BY epoch, part, \(order)",
                arguments: [run, epoch])
        }
        for row in try rows(ScoredPartRow.self, by: "samples") {
            if let part = Part(rawValue: row.part) { scores[row.epoch, default: [:]][part] = PartScores(part, samples: row.samples) }
        }
        for row in try rows(MetricRow.self, by: "place") {
            if let part = Part(rawValue: row.part) {
                scores[row.epoch]?[part]?.values.append(MetricValue(row.name, of: row.head, row.value))
            }
        }
        for row in try rows(ConfusionRow.self, by: "head") {
            if let part = Part(rawValue: row.part) { scores[row.epoch]?[part]?.confusions[row.head] = try JSON.value(row.counts) }
        }
        return scores.mapValues { parts in Part.allCases.compactMap { parts[$0] } }
    }
}
