// Rows as JSON lines: one flat object a line, also where the lines are those of an array, and with the NaN that Python writes.
import Foundation

struct TableObjects {
    /// Lines longer than this are no row of clips.
    static let maximumLine = 1 << 20

    private(set) var columns: Set<String> = []
    private(set) var rows: [TableRow] = []
    private(set) var bad: [(line: Int, reason: String)] = []

    /// - Throws: `CorpusError.badTable` where the file itself cannot be used.
    mutating func read(_ path: String) throws {
        let decoder = JSONDecoder()
        // Objects of one program have the same keys.
        var last: TableHeading?
        try FileLines.forEach(of: path, limit: Self.maximumLine) { line in
            guard !line.isCut else {
                bad.append((line.number, "the line is longer than \(Self.maximumLine) bytes"))
                return true
            }
            let text = Self.object(in: line.bytes)
            guard !text.isEmpty else { return true }
            do {
                let object = try Self.decoded(text, decoder).sorted { $0.key < $1.key }
                let names = object.map { $0.key.trimmingCharacters(in: .whitespaces).lowercased() }
                let heading: TableHeading
                if let last, last.names == names { heading = last } else { heading = try TableHeading(names) }
                last = heading
                columns.formUnion(zip(names, object).filter { !$0.isEmpty && !$1.value.text.isEmpty }.map(\.0))
                rows.append(
                    try TableRow(
                        line: line.number, heading: heading,
                        fields: object.map { RecordParser.Field(text: $0.value.text.trimmingCharacters(in: .whitespacesAndNewlines)) }))
            } catch let twice as BadRow {
                bad.append((line.number, twice.reason))
            } catch {
                bad.append((line.number, "not one JSON object of texts and numbers on a line"))
            }
            return true
        }
    }

    /// The line without blanks, and without what stands around objects in an array: the brackets and the comma after each.
    private static func object(in line: UnsafeRawBufferPointer) -> Data {
        var text = line[...]
        func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 }
        func trim() {
            while let first = text.first, isBlank(first) { text.removeFirst() }
            while let last = text.last, isBlank(last) { text.removeLast() }
        }
        func drop(_ character: Unicode.Scalar, atEnd: Bool) -> Bool {
            guard (atEnd ? text.last : text.first) == UInt8(ascii: character) else { return false }
            if atEnd { text.removeLast() } else { text.removeFirst() }
            trim()
            return true
        }
        trim()
        let whole = text
        _ = drop(",", atEnd: true)
        if text.first == UInt8(ascii: "[") {
            _ = drop("[", atEnd: false)
            if !text.isEmpty, text.first != UInt8(ascii: "{") { return Data(whole) }
        }
        if text.last == UInt8(ascii: "]") {
            _ = drop("]", atEnd: true)
            if !text.isEmpty, text.last != UInt8(ascii: "}") { return Data(whole) }
        }
        return Data(text)
    }

    private static func decoded(_ text: Data, _ decoder: JSONDecoder) throws -> [String: Scalar] {
        do { return try decoder.decode([String: Scalar].self, from: text) } catch {
            guard let standard = withoutPythonNumbers(text) else { throw error }
            return try decoder.decode([String: Scalar].self, from: standard)
        }
    }

    /// Python writes NaN and Infinity, which are no JSON: the first becomes null, the second a text. Nil where there is neither.
    private static func withoutPythonNumbers(_ text: Data) -> Data? {
        var result: [UInt8] = [], isQuoted = false, isChanged = false, at = text.startIndex
        while at < text.endIndex {
            let byte = text[at]
            if isQuoted {
                if byte == UInt8(ascii: "\\"), at + 1 < text.endIndex {
                    result.append(byte)
                    at += 1
                } else if byte == UInt8(ascii: "\"") {
                    isQuoted = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isQuoted = true
            } else if byte == UInt8(ascii: "N"), text[at...].starts(with: "NaN".utf8) {
                result += Array("null".utf8)
                (isChanged, at) = (true, at + 3)
                continue
            } else if byte == UInt8(ascii: "I"), text[at...].starts(with: "Infinity".utf8) {
                let sign = result.last == UInt8(ascii: "-") ? String(Character(Unicode.Scalar(result.removeLast()))) : ""
                result += Array("\"\(sign)Infinity\"".utf8)
                (isChanged, at) = (true, at + 8)
                continue
            }
            result.append(text[at])
            at += 1
        }
        return isChanged ? Data(result) : nil
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
