import Files
import Foundation

/// A table of comma-separated values as RFC 4180 has it, read leniently: BOM, CRLF or LF, quoted fields with line ends and doubled quotes.
/// Bounded in bytes, rows and columns, since such files come from outside.
struct CommaSeparated {
    /// The largest table of the corpora known (CREMA-D's votes) has 4 MB.
    static let maximumBytes = 64 << 20
    static let maximumColumns = 512

    let header: [String]
    /// Rows as long as the header; shorter ones are filled with empty fields, longer ones cut.
    let rows: [[String]]
    /// For each row the line that it begins in, the header's being 1, and how many fields it really has.
    let lines: [Int]
    let widths: [Int]

    /// Rows whose number of fields is not the header's.
    var unevenRows: Int { widths.count { $0 != header.count } }

    /// - Throws: `UnreadableFile`, also where it is too large.
    init(contentsOf url: URL, separator: UInt8 = UInt8(ascii: ",")) throws {
        self.init(bytes: Array(try BoundedFile.data(of: url, atMost: Self.maximumBytes)), separator: separator)
    }

    init(bytes: [UInt8], separator: UInt8 = UInt8(ascii: ",")) {
        var records = Self.records(bytes, separator: separator)
        let header = records.isEmpty ? [] : records.removeFirst().fields.map { $0.trimmingCharacters(in: .whitespaces) }
        rows = records.map { record in
            if record.fields.count == header.count { return record.fields }
            return Array(record.fields.prefix(header.count)) + Array(repeating: "", count: max(0, header.count - record.fields.count))
        }
        lines = records.map(\.line)
        widths = records.map(\.fields.count)
        self.header = header
    }

    /// The place of a column, by name without regard to case.
    func column(_ name: String) -> Int? { header.firstIndex { $0.lowercased() == name.lowercased() } }

    private static func records(_ bytes: [UInt8], separator: UInt8) -> [(fields: [String], line: Int)] {
        var records: [(fields: [String], line: Int)] = []
        var record: [String] = []
        var (line, firstLine) = (1, 1)
        var field: [UInt8] = []
        var isQuoted = false
        var i = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        func text() -> String { String(decoding: field, as: UTF8.self) }
        func endField() {
            if record.count < maximumColumns { record.append(text()) }
            field.removeAll(keepingCapacity: true)
        }
        func endRecord() {
            endField()
            if record != [""] { records.append((record, firstLine)) }
            record.removeAll(keepingCapacity: true)
        }
        while i < bytes.count {
            let byte = bytes[i]
            let next = i + 1 < bytes.count ? bytes[i + 1] : 0
            switch (byte, isQuoted) {
            case (UInt8(ascii: "\""), true) where next == UInt8(ascii: "\""):
                field.append(byte)
                i += 1
            case (UInt8(ascii: "\""), true): isQuoted = false
            case (UInt8(ascii: "\""), false) where field.isEmpty: isQuoted = true
            case (separator, false): endField()
            case (UInt8(ascii: "\r"), false) where next == UInt8(ascii: "\n"): break
            case (UInt8(ascii: "\n"), false), (UInt8(ascii: "\r"), false):
                line += 1
                endRecord()
                firstLine = line
            default:
                if byte == UInt8(ascii: "\n") { line += 1 }
                field.append(byte)
            }
            i += 1
        }
        if !field.isEmpty || !record.isEmpty { endRecord() }
        return records
    }
}
