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
    /// Rows whose number of fields is not the header's.
    let unevenRows: Int

    /// - Throws: what reading the file throws; `CommaSeparatedError` where it is too large.
    init(contentsOf url: URL) throws {
        let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
        guard size <= Self.maximumBytes else { throw CommaSeparatedError.tooLarge(path: url.path, bytes: size) }
        self.init(bytes: Array(try Data(contentsOf: url)))
    }

    init(bytes: [UInt8]) {
        var records = Self.records(bytes)
        let header = records.isEmpty ? [] : records.removeFirst().map { $0.trimmingCharacters(in: .whitespaces) }
        var uneven = 0
        rows = records.map { record in
            if record.count == header.count { return record }
            uneven += 1
            return Array(record.prefix(header.count)) + Array(repeating: "", count: max(0, header.count - record.count))
        }
        self.header = header
        unevenRows = uneven
    }

    /// The place of a column, by name without regard to case.
    func column(_ name: String) -> Int? { header.firstIndex { $0.lowercased() == name.lowercased() } }

    private static func records(_ bytes: [UInt8]) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
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
            if record != [""] { records.append(record) }
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
            case (UInt8(ascii: ","), false): endField()
            case (UInt8(ascii: "\r"), false) where next == UInt8(ascii: "\n"): break
            case (UInt8(ascii: "\n"), false), (UInt8(ascii: "\r"), false): endRecord()
            default: field.append(byte)
            }
            i += 1
        }
        if !field.isEmpty || !record.isEmpty { endRecord() }
        return records
    }
}

enum CommaSeparatedError: Error, CustomStringConvertible {
    case tooLarge(path: String, bytes: Int)

    var description: String {
        switch self {
        case .tooLarge(let path, let bytes): "\(path) has \(bytes) bytes; a table may have \(CommaSeparated.maximumBytes)"
        }
    }
}
