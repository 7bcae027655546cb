// A run's samples: the part of each, its speaker and its truth.
import Foundation
import GRDB
import Records

extension RunStore {
    /// Writes a run's samples. Those that it has keep their numbers, by which answers name them; others that have no answers go.
    package func recordSamples(_ samples: [RunSample], run: Int64) throws {
        try write { db in
            let numbers = try SampleNumbers(db, run: run)
            var kept: Set<Int> = []
            for sample in samples { kept.insert(try numbers.put(sample)) }
            let known = try Int.fetchSet(db, sql: "SELECT sample FROM run_samples WHERE run = ?", arguments: [run])
            let delete = try db.makeStatement(
                sql: """
                    DELETE FROM run_samples WHERE run = :run AND sample = :sample
                        AND NOT EXISTS (SELECT 1 FROM answers WHERE run = :run AND sample = :sample)
                    """)
            for number in known.subtracting(kept) { try delete.execute(arguments: ["run": run, "sample": number]) }
        }
    }

    /// Every sample of a run, also those that could not be used, sorted by part, clip and unit.
    public func samples(run: Int64) throws -> [RunSample] {
        try read { db in
            let cursor = try SampleRow.fetchCursor(
                db, sql: "SELECT * FROM run_samples AS s WHERE run = ? ORDER BY \(SampleRow.order)", arguments: [run])
            var samples: [RunSample] = []
            while let row = try cursor.next() { if let sample = try row.record() { samples.append(sample) } }
            return samples
        }
    }
}
