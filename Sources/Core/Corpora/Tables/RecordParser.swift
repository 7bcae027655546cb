// Fields of a delimited line as RFC 4180 has them, read as leniently as nothing gets lost by it.
import Foundation

/// Takes the lines of one record, one after the other: more than one where a quote is open at a line's end.
struct RecordParser {
    struct Field: Equatable {
        /// Without quotes, and without blanks around it.
        var text: String
        /// Where the text lies in the file, in bytes; nil where it does not stand there as it is.
        var offset: Int?
        /// True where the bytes are no UTF-8, and `text` holds U+FFFD instead.
        var isBroken = false
    }

    enum Outcome: Equatable {
        case complete
        /// A quote is open.
        case open
        /// Something else than a separator follows a closing quote, so that it is hardly the one that was meant.
        case bad(String)
    }

    static let maximumColumns = 512

    let separator: UInt8
    private(set) var fields: [Field] = []
    /// The text of a quoted field so far.
    private var quoted: [UInt8] = []
    private var quotedOffset: Int?
    private(set) var isOpen = false
    /// The quoted field holds what would end a field or a row without quotes.
    private var holdsEnds = false

    init(separator: UInt8) { self.separator = separator }

    private static let quote = UInt8(ascii: "\"")

    mutating func take(_ line: UnsafeRawBufferPointer, offset: Int?) -> Outcome {
        var at = 0
        if isOpen {
            quoted.append(UInt8(ascii: "\n"))
            (holdsEnds, quotedOffset) = (true, nil)
        }
        while true {
            guard fields.count < Self.maximumColumns else { return .bad("more than \(Self.maximumColumns) fields") }
            if !isOpen {
                let start = skipBlanks(line, at)
                guard start < line.count, line[start] == Self.quote else {
                    let end = find(separator, line, at) ?? line.count
                    append(UnsafeRawBufferPointer(rebasing: line[at..<end]), offset: offset.map { $0 + at })
                    if end == line.count { return .complete }
                    at = end + 1
                    continue
                }
                (isOpen, holdsEnds, quotedOffset, at) = (true, false, offset.map { $0 + start + 1 }, start + 1)
                quoted.removeAll(keepingCapacity: true)
            }
            // Inside a quoted field.
            guard let end = find(Self.quote, line, at) else {
                quoted.append(contentsOf: line[at...])
                return .open
            }
            quoted.append(contentsOf: line[at..<end])
            if end + 1 < line.count, line[end + 1] == Self.quote {
                quoted.append(Self.quote)
                (quotedOffset, at) = (nil, end + 2)
                continue
            }
            at = end + 1
            var next = skipBlanks(line, at)
            if next < line.count, line[next] != separator {
                guard !holdsEnds, !quoted.contains(separator) else { return .bad("other text follows the quote that closes it") }
                // A word in quotes that begins a longer text: both are the field.
                next = find(separator, line, at) ?? line.count
                quoted.append(contentsOf: line[at..<next])
                quotedOffset = nil
            }
            isOpen = false
            quoted.withUnsafeBytes { append($0, offset: quotedOffset) }
            if next == line.count { return .complete }
            at = next + 1
        }
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer, offset: Int?) {
        var (start, end) = (0, bytes.count)
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        while start < end, isBlank(bytes[start]) { start += 1 }
        // Tables that were put together carry the mark of the later one in their middle.
        if end - start >= 3, bytes[start] == 0xEF, bytes[start + 1] == 0xBB, bytes[start + 2] == 0xBF { start += 3 }
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        let content = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        var field = Field(text: "", offset: offset.map { $0 + start })
        if let text = String(validating: content, as: UTF8.self) {
            field.text = text
        } else {
            (field.text, field.isBroken) = (String(decoding: content, as: UTF8.self), true)
        }
        if let first = content.first, let last = content.last, first >= 0x80 || last >= 0x80 {
            field.text = field.text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        fields.append(field)
    }

    private func skipBlanks(_ line: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var at = start
        while at < line.count, line[at] == 0x20 || line[at] == 0x09, line[at] != separator { at += 1 }
        return at
    }

    private func find(_ byte: UInt8, _ line: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        guard start < line.count, let base = line.baseAddress, let found = memchr(base + start, Int32(byte), line.count - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - base
    }
}
