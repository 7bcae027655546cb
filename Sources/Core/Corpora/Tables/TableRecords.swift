// The one reader of delimited tables: records out of lines, whatever separates their fields, and a complaint where a quote is left open.
import Foundation

enum TableRecords {
    struct Record {
        /// Where it begins; counts from 1.
        let line: Int
        var fields: [RecordParser.Field]

        var isEmpty: Bool { fields.allSatisfy(\.text.isEmpty) }
    }

    enum Item {
        case record(Record)
        case bad(line: Int, reason: String)
    }

    /// What may stand between fields, the likeliest first.
    static let separators = Array(",\t;|".utf8)
    /// A record of clips has some hundred bytes, one of FER2013 nine thousand.
    static let longestRecord = 1 << 20
    /// So many bytes are read again after quotes that did not close; after them a quote must close in its line.
    private static let mostReadAgain = 4 << 20

    /// Calls `body` with every record that holds anything, and every line that is none, until it returns false. Empty records are passed over.
    /// - Parameters:
    ///   - known: names that the first record may hold; the separator is the one that makes most of them appear.
    ///   - longest: bytes of a record.
    /// - Throws: `CorpusError.badTable`, and what `body` throws.
    static func forEach(
        of path: String, known: Set<String>, longest: Int = longestRecord, _ body: (_ item: Item, _ separator: UInt8) throws -> Bool
    ) throws {
        let standard = UInt8(ascii: FileName(path).fileExtension == "tsv" ? "\t" : ",")
        var reader: RecordReader?
        var isDone = false
        try FileLines.forEach(of: path, limit: longest) { line in
            if reader == nil {
                guard line.bytes.contains(where: { $0 > 0x20 }) else { return true }
                // Excel says so itself where it is not a comma: sep=;
                if line.bytes.count == 5, line.text.lowercased().hasPrefix("sep="), separators.contains(line.bytes[4]) {
                    reader = RecordReader(separator: line.bytes[4], longest: longest)
                    return true
                }
                reader = RecordReader(separator: separator(of: line.bytes, known: known, standard: standard), longest: longest)
            }
            guard let reader else { return false }
            isDone = try !reader.take(line) { try body($0, reader.separator) }
            return !isDone
        }
        if let reader, !isDone { _ = try reader.finish { try body($0, reader.separator) } }
    }

    /// What separates the fields of a heading: whatever lets most known names appear, in doubt what the file's name promises, then whatever makes most fields.
    static func separator(of heading: UnsafeRawBufferPointer, known: Set<String>, standard: UInt8) -> UInt8 {
        func score(_ separator: UInt8) -> (known: Int, isStandard: Int, fields: Int) {
            var parser = RecordParser(separator: separator)
            _ = parser.take(heading, offset: nil)
            let found = parser.fields.count { known.contains($0.text.lowercased()) }
            return (found, separator == standard && (parser.fields.count > 1 || found > 0) ? 1 : 0, parser.fields.count)
        }
        var best = (separator: standard, score: score(standard))
        for separator in separators where separator != standard {
            let score = score(separator)
            if score > best.score { best = (separator, score) }
        }
        return best.score.known > 0 || best.score.fields > 1 ? best.separator : standard
    }

    /// Follows open quotes over lines, and goes back where one swallowed what are rows.
    private final class RecordReader {
        let separator: UInt8
        let longest: Int
        private var parser: RecordParser
        /// Lines of the record that is open.
        private var pending: [(bytes: [UInt8], number: Int, offset: Int?)] = []
        private var pendingBytes = 0
        private var readAgain = 0
        /// Fields of the first record, which names the columns.
        private var width: Int?

        init(separator: UInt8, longest: Int) {
            (self.separator, self.longest) = (separator, longest)
            parser = RecordParser(separator: separator)
        }

        /// - Returns: false where `body` wants no more.
        func take(_ line: FileLines.Line, _ body: (Item) throws -> Bool) throws -> Bool {
            try take(line.bytes, line.number, line.offset, isCut: line.isCut, body)
        }

        private func take(_ bytes: UnsafeRawBufferPointer, _ number: Int, _ offset: Int?, isCut: Bool, _ body: (Item) throws -> Bool) throws
            -> Bool
        {
            if pending.isEmpty {
                guard !isCut else { return try body(.bad(line: number, reason: "the row is longer than \(longest) bytes")) }
                parser = RecordParser(separator: separator)
            } else if isCut || pendingBytes + bytes.count > longest || looksLikeRow(bytes) {
                return try giveUp(nil, body) && take(bytes, number, offset, isCut: isCut, body)
            }
            switch parser.take(bytes, offset: offset) {
            case .complete:
                let record = Record(line: pending.first?.number ?? number, fields: parser.fields)
                forget()
                if record.isEmpty { return true }
                if width == nil { width = record.fields.count }
                return try body(.record(record))
            case .open:
                pending.append((Array(bytes), number, offset))
                pendingBytes += bytes.count + 1
                return readAgain < mostReadAgain ? true : try giveUp(nil, body)
            case .bad(let reason):
                pending.append((Array(bytes), number, offset))
                return try giveUp(reason, body)
            }
        }

        func finish(_ body: (Item) throws -> Bool) throws -> Bool {
            while !pending.isEmpty { guard try giveUp(nil, body) else { return false } }
            return true
        }

        /// Complains about the line in which the quote opens, and reads the lines after it by themselves.
        private func giveUp(_ reason: String?, _ body: (Item) throws -> Bool) throws -> Bool {
            let lines = pending, bytes = pendingBytes, column = parser.fields.count + 1
            forget()
            guard let first = lines.first else { return true }
            if lines.count > 1 { readAgain += bytes }
            let words =
                lines.count > 1 || reason == nil
                ? "a quote opens in field \(column) and is not closed" : "in field \(column) a quote opens, and \(reason ?? "")"
            guard try body(.bad(line: first.number, reason: words)) else { return false }
            for line in lines.dropFirst() {
                guard try line.bytes.withUnsafeBytes({ try take($0, line.number, line.offset, isCut: false, body) }) else { return false }
            }
            return true
        }

        private func forget() {
            pending.removeAll()
            pendingBytes = 0
        }

        /// True where a line inside of quotes is a row by itself, as many fields as the heading has and a first one of the same kind: the quote before it was a slip.
        private func looksLikeRow(_ line: UnsafeRawBufferPointer) -> Bool {
            guard let width, width >= 3, let opening = pending.first?.bytes else { return false }
            var own = RecordParser(separator: separator), first = RecordParser(separator: separator)
            guard own.take(line, offset: nil) == .complete, own.fields.count == width else { return false }
            _ = opening.withUnsafeBytes { first.take($0, offset: nil) }
            guard let name = first.fields.first?.text, let other = own.fields.first?.text, !name.isEmpty, !other.isEmpty else {
                return false
            }
            let (a, b) = (FileName(name).fileExtension, FileName(other).fileExtension)
            if !a.isEmpty, a.utf8.count <= 5 { return a == b }
            if Int(name) != nil { return Int(other) != nil }
            return !other.contains(where: \.isWhitespace) && !name.contains(where: \.isWhitespace)
        }
    }
}
