// A run's samples: each has a number in the run, by which its answers name it.
import Base
import Foundation
import GRDB
import Records

struct SampleRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "run_samples"
    /// What orders a run's samples: parts and clips by name, the units of a clip in their order in time.
    static let order = "s.part, s.clip, s.start_ms, s.unit"

    var run: Int64
    var sample: Int
    var part: String
    var clip: String
    var unit: String
    var start: Int?
    var end: Int?
    var speaker: String
    /// JSON.
    var truth: String

    enum CodingKeys: String, CodingKey {
        case run, sample, part, clip, unit, speaker, truth
        case start = "start_ms"
        case end = "end_ms"
    }

    init(_ sample: RunSample, number: Int, run: Int64) throws {
        (self.run, self.sample, part, clip) = (run, number, sample.part.rawValue, sample.clip)
        (unit, speaker, truth) = (sample.unit.text, sample.speaker, try JSON.text(sample.truth))
        if case .span(let span) = sample.unit { (start, end) = (span.lowerBound, span.upperBound) }
    }

    /// Nil where this program does not know the part or the unit.
    func record() throws -> RunSample? {
        guard let part = Part(rawValue: part), let unit = SampleUnit(unit) else { return nil }
        return RunSample(part, clip: clip, unit: unit, speaker: speaker, truth: try JSON.value(truth))
    }
}

/// The numbers of a run's samples. One that nobody announced gets a number when its first answer comes.
struct SampleNumbers {
    private let db: Database
    private let run: Int64
    private let find: Statement

    init(_ db: Database, run: Int64) throws {
        (self.db, self.run) = (db, run)
        find = try db.cachedStatement(sql: "SELECT sample FROM run_samples WHERE run = ? AND part = ? AND clip = ? AND unit = ?")
    }

    func number(of part: Part, _ clip: String, _ unit: SampleUnit) throws -> Int? {
        try Int.fetchOne(find, arguments: [run, part.rawValue, clip, unit.text])
    }

    func number(of answer: Answer) throws -> Int {
        try number(of: answer.part, answer.clip, answer.unit) ?? add(RunSample(answer.part, clip: answer.clip, unit: answer.unit))
    }

    /// Writes a sample under the number that it has, or the next one.
    @discardableResult
    func put(_ sample: RunSample) throws -> Int {
        guard let number = try number(of: sample.part, sample.clip, sample.unit) else { return try add(sample) }
        try SampleRow(sample, number: number, run: run).insert(db, onConflict: .replace)
        return number
    }

    private func add(_ sample: RunSample) throws -> Int {
        let next = try db.cachedStatement(sql: "SELECT coalesce(max(sample), 0) + 1 FROM run_samples WHERE run = ?")
        let number = try Int.fetchOne(next, arguments: [run]) ?? 1
        try SampleRow(sample, number: number, run: run).insert(db)
        return number
    }
}

/// Outputs as a blob: 32-bit floats, little-endian.
enum PackedFloats {
    static func pack(_ values: [Float]) -> Data {
        var data = Data(capacity: values.count * 4)
        for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
        return data
    }

    static func unpack(_ data: Data) -> [Float] {
        data.withUnsafeBytes { bytes in
            (0..<(bytes.count / 4)).map { i in
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: i * 4, as: UInt32.self)))
            }
        }
    }
}
