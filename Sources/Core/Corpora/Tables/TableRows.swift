import Foundation

// Rows of a table that somebody wrote by hand or script: by column name, each with its line, each with its own complaint.

/// What is wrong with one row; the rest of the table stands.
struct BadRow: Error, Equatable {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

/// A row of a table: values by column name in lower case, empty ones left out.
struct TableRow {
    let line: Int
    let values: [String: String]

    func text(_ columns: String...) -> String? { columns.lazy.compactMap { values[$0] }.first }

    /// The number in a column; nil where it is empty.
    /// - Throws: `BadRow` for what is no number or not within `range`.
    func number(_ column: String, in range: ClosedRange<Double> = -1e300...1e300) throws -> Double? {
        guard let text = values[column] else { return nil }
        guard let value = Double(text), value.isFinite else { throw BadRow("\(column) '\(text.prefix(40))' is not a number") }
        guard range.contains(value) else {
            throw BadRow("\(column) \(text.prefix(40)) is not in \(Self.short(range.lowerBound)) to \(Self.short(range.upperBound))")
        }
        return value
    }

    private static func short(_ value: Double) -> String { value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)" }
}

/// A table from a CSV, TSV or JSON-lines file (one object a line), by its extension. Bounded as `CommaSeparated`.
struct TableRows {
    /// Lines longer than this are no row of clips.
    static let maximumLine = 1 << 20

    private(set) var columns: Set<String> = []
    private(set) var rows: [TableRow] = []
    private(set) var bad: [(line: Int, reason: String)] = []

    static func isTable(_ name: FileName) -> Bool { ["csv", "tsv", "jsonl"].contains(name.fileExtension) }

    /// - Throws: `CorpusError.badTable` where the file itself cannot be used.
    init(contentsOf path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw CorpusError.badTable(path: path, reason: String(cString: strerror(errno))) }
        guard status.st_size <= CommaSeparated.maximumBytes else {
            throw CorpusError.badTable(path: path, reason: "it has \(status.st_size) bytes; a table may have \(CommaSeparated.maximumBytes)")
        }
        switch FileName(path).fileExtension {
        case "jsonl": try readObjects(path)
        case let kind: try readFields(path, separator: UInt8(ascii: kind == "tsv" ? "\t" : ","))
        }
    }

    private mutating func readFields(_ path: String, separator: UInt8) throws {
        let table: CommaSeparated
        do {
            table = try CommaSeparated(contentsOf: URL(fileURLWithPath: path), separator: separator)
        } catch {
            throw CorpusError.badTable(path: path, reason: "\(error)")
        }
        let names = table.header.map { $0.lowercased() }
        columns = Set(names)
        guard columns.count == names.count else { throw CorpusError.badTable(path: path, reason: "a column is named twice") }
        for (row, (line, width)) in zip(table.rows, zip(table.lines, table.widths)) {
            guard width == names.count else {
                bad.append((line, "\(width) fields instead of \(names.count)"))
                continue
            }
            let values = zip(names, row).map { ($0, $1.trimmingCharacters(in: .whitespaces)) }.filter { !$1.isEmpty && !$0.isEmpty }
            rows.append(TableRow(line: line, values: Dictionary(uniqueKeysWithValues: values)))
        }
    }

    private mutating func readObjects(_ path: String) throws {
        let decoder = JSONDecoder()
        try FileLines.forEach(of: path, limit: Self.maximumLine) { line in
            guard !line.isCut else {
                bad.append((line.number, "the line is longer than \(Self.maximumLine) bytes"))
                return true
            }
            guard line.bytes.contains(where: { $0 > 32 }) else { return true }
            do {
                let object = try decoder.decode([String: Scalar].self, from: Data(line.bytes))
                var values: [String: String] = [:]
                for (key, value) in object {
                    let text = value.text.trimmingCharacters(in: .whitespaces)
                    if !text.isEmpty { values[key.lowercased()] = text }
                }
                columns.formUnion(values.keys)
                rows.append(TableRow(line: line.number, values: values))
            } catch {
                bad.append((line.number, "not one JSON object of texts and numbers"))
            }
            return true
        }
    }

    /// A value of a flat JSON object as text.
    private struct Scalar: Decodable {
        var text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                text = ""
            } else if let value = try? container.decode(String.self) {
                text = value
            } else if let value = try? container.decode(Bool.self) {
                text = value ? "true" : "false"
            } else if let value = try? container.decode(Int.self) {
                text = String(value)
            } else {
                text = "\(try container.decode(Double.self))"
            }
        }
    }
}

/// Complaints about rows of one file as rejected files, `path:line`; after a hundred the rest is counted.
struct RowComplaints {
    static let limit = 100

    private(set) var rejected: [RejectedFile] = []
    private var more = 0

    mutating func add(_ path: String, line: Int, _ reason: String) {
        if rejected.count < Self.limit { rejected.append(RejectedFile(path: "\(path):\(line)", reason: reason)) } else { more += 1 }
    }

    /// The complaints, the last of them standing for all that were not listed.
    func all(of path: String) -> [RejectedFile] {
        more == 0 ? rejected : rejected + [RejectedFile(path: path, reason: "\(more) further rows cannot be used")]
    }
}
