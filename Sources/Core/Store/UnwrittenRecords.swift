// What a run told while its store could not be written, as lines of JSON in its folder: the first names the run, each of the others is a record.
import Base
import Foundation
import SQLiteFiles

struct UnwrittenRecords {
    /// Which run, and which of its attempts, told this.
    struct Header: Codable, Equatable {
        var format = "emolab unwritten records 1"
        var run: Int64
        var name: String
        /// When the run was made, seconds since 1970: a number alone is given again in another store.
        var created: Double
        var attempt: Int

        init(_ run: RunSummary) {
            (self.run, name, created, attempt) = (run.id, run.name, run.created.timeIntervalSince1970, run.attempt)
        }
    }

    static let fileName = "unwritten.jsonl"

    /// Bytes of a file and of a line that are read. A million steps are some 300 MB; the longest line holds one epoch's answers.
    static let largestFile = 4 << 30
    static let longestLine = 64 << 20

    /// Writes the file whole or not at all.
    static func write(_ records: [TimedEvent], of header: Header, to url: URL) throws {
        var parts = [Data((try JSON.text(header) + "\n").utf8)]
        var part = Data()
        for record in records {
            // One record that has no JSON must not cost the others.
            guard let line = try? JSON.text(record) else { continue }
            part.append(contentsOf: line.utf8)
            part.append(0x0A)
            if part.count > 1 << 20 {
                parts.append(part)
                part = Data()
            }
        }
        parts.append(part)
        try DurableFile.write(parts, to: url)
    }

    /// Where the user's own temporary files lie, for a run whose folder cannot be written.
    static func temporaryFile(for header: Header) -> URL {
        FileManager.default.temporaryDirectory.appendingPathComponent(
            "emolab-run-\(header.run)-attempt-\(header.attempt)-\(UUID().uuidString.prefix(8)).jsonl")
    }

    /// A file being read. Nothing of it is believed: sizes are bounded, and a line that is no record is counted and passed over.
    struct Reader {
        let header: Header
        private let data: Data
        private var position: Int
        /// Lines that are no record.
        private(set) var damaged = 0

        /// - Throws: `StoreError.cannotRecover` for a file that is none of these; `FileFailure` where it cannot be read.
        init(_ url: URL, by files: DurableFile = .system) throws {
            func refusal(_ reason: String) -> StoreError { .cannotRecover(path: url.path, reason: reason) }
            guard DurableFile.isThere(url) else { throw refusal("there is no such file") }
            if let size = try FileIdentity.at(url.path)?.size, size > UnwrittenRecords.largestFile { throw refusal("it is too large") }
            // Not mapped: where the disk fails, a call can say so.
            do throws(FileFailure) { data = try files.read(url) } catch {
                if error.code == EISDIR { throw refusal("it is a folder") }
                throw error
            }
            position = data.startIndex
            let first = Self.line(data, &position) ?? Data()
            guard first.count < 1 << 16, let header: Header = try? JSON.value(String(decoding: first, as: UTF8.self)),
                header.format.hasPrefix("emolab unwritten records ")
            else { throw refusal("it holds no records of a run") }
            guard header.format == "emolab unwritten records 1" else { throw refusal("a newer emolab wrote it") }
            self.header = header
        }

        private static func line(_ data: Data, _ position: inout Int) -> Data? {
            guard position < data.endIndex else { return nil }
            let end = data[position...].firstIndex(of: 0x0A) ?? data.endIndex
            defer { position = min(end + 1, data.endIndex) }
            return data[position..<end]
        }

        /// At most `limit` further records; empty at the end.
        mutating func next(_ limit: Int) -> [TimedEvent] {
            var records: [TimedEvent] = []
            while records.count < limit, let line = Self.line(data, &position) {
                if line.isEmpty { continue }
                guard line.count <= UnwrittenRecords.longestLine,
                    let record: TimedEvent = try? JSON.value(String(decoding: line, as: UTF8.self)),
                    record.time.isFinite
                else {
                    damaged += 1
                    continue
                }
                records.append(record)
            }
            return records
        }
    }
}
