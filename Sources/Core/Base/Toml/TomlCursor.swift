// A place in a TOML text's bytes, and what may be said about it.

struct TomlCursor {
    let bytes: [UInt8]
    private(set) var offset = 0
    private(set) var line = 1
    private var lineStart = 0

    /// - Throws: `TomlError` for text that is too long or no UTF-8.
    init(_ bytes: [UInt8], limits: TomlLimits) throws(TomlError) {
        guard bytes.count <= limits.bytes else {
            throw TomlError(line: 1, column: 1, reason: "the text has \(bytes.count) bytes, at most \(limits.bytes) are read")
        }
        self.bytes = bytes
        if let wrong = Self.firstInvalid(bytes) {
            while offset < wrong { advance() }
            throw error("a byte that is no UTF-8")
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { (offset, lineStart) = (3, 3) }
    }

    var isAtEnd: Bool { offset == bytes.count }
    var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }
    func byte(_ ahead: Int) -> UInt8? { offset + ahead < bytes.count ? bytes[offset + ahead] : nil }
    func text(from start: Int) -> String { String(decoding: bytes[start..<offset], as: UTF8.self) }

    mutating func advance(_ count: Int = 1) {
        for _ in 0..<count {
            if bytes[offset] == .newline { (line, lineStart) = (line + 1, offset + 1) }
            offset += 1
        }
    }

    mutating func take(_ wanted: UInt8) -> Bool {
        guard byte == wanted else { return false }
        advance()
        return true
    }

    mutating func skipBlanks() {
        while byte == .space || byte == .tab { advance() }
    }

    /// LF or CR LF; false, and nothing taken, at anything else.
    mutating func takeNewline() -> Bool {
        if byte == .return, byte(1) == .newline { advance(2) } else if byte == .newline { advance() } else { return false }
        return true
    }

    /// From `#` to the end of the line, which stays.
    mutating func skipComment() throws(TomlError) {
        guard byte == .hash else { return }
        while let byte, byte != .newline, !(byte == .return && self.byte(1) == .newline) {
            guard !byte.isForbidden else { throw error("a comment without control characters") }
            advance()
        }
    }

    /// Blanks, comments and line ends.
    mutating func skipLines() throws(TomlError) {
        repeat {
            skipBlanks()
            try skipComment()
        } while takeNewline()
    }

    /// `expected …, found …` here.
    func expected(_ what: String) -> TomlError { error("expected \(what), found \(found)") }

    /// The same behind a bare key, which a letter with an accent or of another script ends.
    func expectedAfterKey(_ what: String) -> TomlError {
        let hint = (byte ?? 0) >= 0x80 ? "; a key with such letters stands in quotes" : ""
        return error("expected \(what), found \(found)\(hint)")
    }

    func error(_ reason: String) -> TomlError {
        let column = bytes[lineStart..<min(offset, bytes.count)].count { $0 & 0xC0 != 0x80 } + 1
        return TomlError(line: line, column: column, reason: reason)
    }

    private var found: String {
        guard let byte else { return "the end" }
        if byte == .newline || byte == .return && self.byte(1) == .newline { return "the end of the line" }
        // Whole UTF-8 was checked at the beginning.
        guard let scalar = String(decoding: bytes[offset..<min(offset + 4, bytes.count)], as: UTF8.self).unicodeScalars.first else {
            return "the end"
        }
        let isShown = (0x21...0x7E).contains(scalar.value) || scalar.properties.isAlphabetic
        return isShown
            ? "“\(scalar)”"
            : "U+" + String(String(0x10000 | scalar.value, radix: 16, uppercase: true).suffix(scalar.value > 0xFFFF ? 5 : 4))
    }

    /// Where the first byte that is no UTF-8 stands.
    private static func firstInvalid(_ bytes: [UInt8]) -> Int? {
        var offset = 0
        while offset < bytes.count {
            let first = bytes[offset]
            if first < 0x80 {
                offset += 1
                continue
            }
            let (length, least): (Int, UInt32)
            switch first {
            case 0xC2...0xDF: (length, least) = (2, 0x80)
            case 0xE0...0xEF: (length, least) = (3, 0x800)
            case 0xF0...0xF4: (length, least) = (4, 0x10000)
            default: return offset
            }
            guard offset + length <= bytes.count else { return offset }
            var value = UInt32(first) & (0x7F >> UInt32(length))
            for next in bytes[(offset + 1)..<(offset + length)] {
                guard next & 0xC0 == 0x80 else { return offset }
                value = value << 6 | UInt32(next & 0x3F)
            }
            guard value >= least, Unicode.Scalar(value) != nil else { return offset }
            offset += length
        }
        return nil
    }
}

extension UInt8 {
    static let tab = UInt8(ascii: "\t"), newline = UInt8(ascii: "\n"), `return` = UInt8(ascii: "\r"), space = UInt8(ascii: " ")
    static let hash = UInt8(ascii: "#"), quote = UInt8(ascii: "\""), apostrophe = UInt8(ascii: "'"), backslash = UInt8(ascii: "\\")
    static let dot = UInt8(ascii: "."), comma = UInt8(ascii: ","), equals = UInt8(ascii: "=")
    static let openBracket = UInt8(ascii: "["), closeBracket = UInt8(ascii: "]"), openBrace = UInt8(ascii: "{"),
        closeBrace = UInt8(ascii: "}")

    /// Control characters but the tab, which stand nowhere in a document but at line ends.
    var isForbidden: Bool { self < 0x20 && self != .tab || self == 0x7F }
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isLetter: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }
    var isBare: Bool { isLetter || isDigit || self == UInt8(ascii: "_") || self == UInt8(ascii: "-") }
}
