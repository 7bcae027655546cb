import Base
import Foundation

// Rows of a table that somebody wrote by hand or script: by column name, each with its line, each with its own complaint.

/// What is wrong with one row; the rest of the table stands.
struct BadRow: Error, Equatable {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

/// The columns of a table.
final class TableHeading: Sendable {
    /// In lower case; empty for a column without a name.
    let names: [String]
    let separator: UInt8
    private let places: [String: Int]

    /// - Throws: `BadRow` where a name occurs twice.
    init(_ names: [String], separator: UInt8 = UInt8(ascii: ",")) throws(BadRow) {
        self.names = names.map { $0.lowercased() }
        self.separator = separator
        var places: [String: Int] = [:]
        for (place, name) in self.names.enumerated() where !name.isEmpty {
            if let first = places.updateValue(place, forKey: name) {
                throw BadRow("a column is named twice: \(name.prefix(40)) is column \(first + 1) and column \(place + 1)")
            }
        }
        self.places = places
    }

    var columns: Set<String> { Set(places.keys) }
    /// Where semicolons separate, a comma begins the decimals.
    var hasDecimalComma: Bool { separator == UInt8(ascii: ";") }

    func place(_ name: String) -> Int? { places[name] }

    /// The names for a message.
    var words: String {
        let named = names.filter { !$0.isEmpty }
        return named.prefix(12).map { String($0.prefix(40)) }.joined(separator: ", ") + (named.count > 12 ? ", …" : "")
    }
}

/// A row of a table.
struct TableRow {
    let line: Int
    let heading: TableHeading
    private let fields: [RecordParser.Field]

    /// - Throws: `BadRow` where a field stands in no column, or the row ends before its last named column.
    init(line: Int, heading: TableHeading, fields: [RecordParser.Field]) throws(BadRow) {
        let names = heading.names
        let needed = (names.lastIndex { !$0.isEmpty } ?? -1) + 1
        guard fields.count >= needed, fields.count <= names.count || fields[names.count...].allSatisfy(\.text.isEmpty) else {
            throw BadRow("\(fields.count) fields instead of \(names.count)")
        }
        (self.line, self.heading, self.fields) = (line, heading, fields)
    }

    /// The field of a column with where it stands; nil where it is empty.
    func field(_ column: String) -> RecordParser.Field? {
        guard let place = heading.place(column), place < fields.count, !fields[place].text.isEmpty else { return nil }
        return fields[place]
    }

    /// The first field, whatever its column is called.
    var first: String { fields.first?.text ?? "" }

    /// The text of the first of these columns that is not empty.
    func text(_ columns: String...) -> String? { columns.lazy.compactMap { field($0)?.text }.first }

    /// The same for a column on which more depends than what is shown.
    /// - Throws: `BadRow` where it is no UTF-8.
    func word(_ columns: String...) throws -> String? {
        for column in columns {
            guard let field = field(column) else { continue }
            guard !field.isBroken else {
                throw BadRow("\(column) '\(field.text.prefix(80))' is not in UTF-8: save the table in this encoding")
            }
            return field.text
        }
        return nil
    }

    /// All that is not empty, by column.
    var values: [String: String] {
        var values: [String: String] = [:]
        for (name, field) in zip(heading.names, fields) where !name.isEmpty && !field.text.isEmpty { values[name] = field.text }
        return values
    }

    /// The number in a column; nil where it is empty or says that there is none (NaN, N/A, NULL).
    /// - Throws: `BadRow` for what is no number or not within `range`.
    func number(_ column: String, in range: ClosedRange<Double> = -1e300...1e300) throws -> Double? {
        guard let text = text(column), !TableNumber.isMissing(text) else { return nil }
        guard let value = TableNumber.value(text, decimalComma: heading.hasDecimalComma) else {
            throw BadRow("\(column) '\(text.prefix(40))' is not a number")
        }
        guard range.contains(value) else {
            throw BadRow("\(column) \(text.prefix(40)) is not in \(Self.short(range.lowerBound)) to \(Self.short(range.upperBound))")
        }
        return value
    }

    /// The whole number in a column, also where it is written as 23.0; nil where there is none.
    func whole(_ column: String) -> Int? { text(column).flatMap { TableNumber.whole($0, decimalComma: heading.hasDecimalComma) } }

    /// An age in whole years, down to the last birthday; nil for anything that is none.
    func years(_ column: String) -> Int? {
        guard let text = text(column), let value = TableNumber.value(text, decimalComma: heading.hasDecimalComma), (0...150).contains(value)
        else { return nil }
        return Int(value)
    }

    /// A number that names something: 7.0 is 7, anything else stays as it is written. Nil where there is none.
    func numberName(_ column: String) throws -> String? {
        guard let text = try word(column), !TableNumber.isMissing(text) else { return nil }
        if text.utf8.allSatisfy({ (48...57).contains($0) }) { return text }
        return TableNumber.whole(text, decimalComma: heading.hasDecimalComma).map(String.init) ?? text
    }

    private static func short(_ value: Double) -> String { value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)" }
}

/// A table from a CSV, TSV or JSON-lines file (one object a line). Bounded in bytes, rows and columns, since such files come from outside.
struct TableRows {
    /// The largest table of the corpora known (CREMA-D's votes) has 4 MB.
    static let maximumBytes = 64 << 20

    private(set) var columns: Set<String> = []
    private(set) var rows: [TableRow] = []
    private(set) var bad: [(line: Int, reason: String)] = []
    private var heading: TableHeading?

    static func isTable(_ name: FileName) -> Bool { ["csv", "tsv", "jsonl"].contains(name.fileExtension) }

    /// - Parameter known: names that columns may have, in lower case: they tell what separates fields.
    /// - Throws: `CorpusError.badTable` where the file itself cannot be used.
    init(contentsOf path: String, known: Set<String>) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw CorpusError.badTable(path: path, reason: String(cString: strerror(errno))) }
        guard status.st_size <= Self.maximumBytes else {
            throw CorpusError.badTable(path: path, reason: "it has \(status.st_size) bytes; a table may have \(Self.maximumBytes)")
        }
        if FileName(path).fileExtension == "jsonl" {
            var objects = TableObjects()
            try objects.read(path)
            (columns, rows, bad) = (objects.columns, objects.rows, objects.bad)
        } else {
            heading = try Self.forEach(of: path, known: known, row: { rows.append($0) }, complain: { bad.append(($0, $1)) })
            columns = heading?.columns ?? []
        }
    }

    /// Calls `body` with every row of a delimited table of any size, `complain` with every line that is none.
    /// - Returns: the columns; nil where there is nothing in the file.
    /// - Throws: `CorpusError.badTable` where the file itself cannot be used, and what `body` throws.
    @discardableResult
    static func forEach(
        of path: String, known: Set<String>, longest: Int = TableRecords.longestRecord,
        heading check: (TableHeading) throws -> Void = { _ in },
        row body: (TableRow) throws -> Void, complain: (_ line: Int, _ reason: String) -> Void
    ) throws -> TableHeading? {
        var heading: TableHeading?
        try TableRecords.forEach(of: path, known: known, longest: longest) { item, separator in
            switch (item, heading) {
            case (.record(let record), nil):
                do { heading = try TableHeading(record.fields.map(\.text), separator: separator) } catch let bad as BadRow {
                    throw CorpusError.badTable(path: path, reason: bad.reason)
                }
                if let heading { try check(heading) }
            case (.bad(let line, let reason), nil):
                throw CorpusError.badTable(path: path, reason: "line \(line), which should name the columns: \(reason)")
            case (.record(let record), let heading?):
                do { try body(TableRow(line: record.line, heading: heading, fields: record.fields)) } catch let bad as BadRow {
                    complain(record.line, bad.reason)
                }
            case (.bad(let line, let reason), _): complain(line, reason)
            }
            return true
        }
        return heading
    }

    /// Why a table without a column that it needs cannot be used.
    func lacks(_ column: String, _ about: String = "") -> String {
        let lack = "it has no column \(column)" + (about.isEmpty ? "" : ", \(about)")
        if columns.isEmpty { return lack + (bad.first.map { "; line \($0.line): \($0.reason)" } ?? "") }
        return lack + "; its columns are \(heading?.words ?? columns.sorted().prefix(12).joined(separator: ", "))"
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
