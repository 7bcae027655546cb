// The four kinds of TOML strings, and keys.

extension TomlCursor {
    /// A string of any kind; the cursor stands at its first quote.
    mutating func string() throws(TomlError) -> String {
        guard let quote = byte else { throw expected("a quote") }
        let isMultiline = byte(1) == quote && byte(2) == quote
        return isMultiline ? try multilineString(quote) : try lineString(quote)
    }

    /// In one pair of quotes and one line.
    mutating func lineString(_ quote: UInt8) throws(TomlError) -> String {
        let opening = self
        advance()
        var text = "", start = offset
        while let byte, byte != .newline, byte != .return {
            if byte == quote {
                text += self.text(from: start)
                advance()
                return text
            }
            guard !byte.isForbidden else { throw expected("no control character in a string: write it as \\u0000 with its number") }
            guard byte == .backslash, quote == .quote else {
                advance()
                continue
            }
            text += self.text(from: start)
            text.unicodeScalars.append(try escape())
            start = offset
        }
        throw opening.error("the string that begins here is not closed in its line")
    }

    /// In three quotes on each side: a line end right after the first ones is dropped, CR LF becomes LF, and two quotes may stand inside.
    private mutating func multilineString(_ quote: UInt8) throws(TomlError) -> String {
        let opening = self
        advance(3)
        _ = takeNewline()
        var text = "", start = offset
        while let byte {
            switch byte {
            case quote:
                var count = 1
                while self.byte(count) == quote { count += 1 }
                guard count >= 3 else {
                    advance(count)
                    continue
                }
                guard count <= 5 else { throw error("at most five quotes end a string") }
                advance(count - 3)
                text += self.text(from: start)
                advance(3)
                return text
            case .backslash where quote == .quote:
                text += self.text(from: start)
                if !skipFoldedLines() { text.unicodeScalars.append(try escape()) }
                start = offset
            case .return, .newline:
                text += self.text(from: start)
                guard takeNewline() else { throw expected("a line end of LF or CR LF") }
                text += "\n"
                start = offset
            default:
                guard !byte.isForbidden else { throw expected("no control character in a string: write it as \\u0000 with its number") }
                advance()
            }
        }
        throw opening.error("the string that begins here is never closed")
    }

    /// `\` at a line's end: it and all blanks and line ends up to the next character are nothing. False, and nothing taken, elsewhere.
    private mutating func skipFoldedLines() -> Bool {
        var ahead = self
        ahead.advance()
        ahead.skipBlanks()
        guard ahead.takeNewline() else { return false }
        repeat { ahead.skipBlanks() } while ahead.takeNewline()
        self = ahead
        return true
    }

    private mutating func escape() throws(TomlError) -> Unicode.Scalar {
        let place = self
        advance()
        let letter = byte
        if letter != nil { advance() }
        switch letter {
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "r"): return "\r"
        case UInt8.quote: return "\""
        case UInt8.backslash: return "\\"
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = letter == UInt8(ascii: "u") ? 4 : 8
            var value: UInt32 = 0
            for _ in 0..<count {
                guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                    throw expected("\(count) hexadecimal digits of a character")
                }
                value = value << 4 | UInt32(digit)
                advance()
            }
            guard let scalar = Unicode.Scalar(value) else { throw place.error("no character has that number") }
            return scalar
        default: throw place.error("after a backslash stands one of b t n f r \" \\ u U; in single quotes it stands for itself")
        }
    }

    /// `a`, `"a b"`, `a . "b.c"`: its parts, of which there is one at least; the cursor stands after the blanks behind it.
    /// `depth` bounds their number.
    mutating func key(depth: Int) throws(TomlError) -> [String] {
        var parts: [String] = []
        repeat {
            skipBlanks()
            guard parts.count < depth else { throw error("tables deeper than that are not read") }
            if byte == .quote || byte == .apostrophe {
                guard let quote = byte, byte(1) != quote || byte(2) != quote else { throw error("a key in one pair of quotes") }
                parts.append(try lineString(quote))
            } else {
                let start = offset
                while let byte, byte.isBare { advance() }
                guard offset > start else { throw expected("a key: letters, digits, _ and -, anything else in quotes") }
                parts.append(text(from: start))
            }
            skipBlanks()
        } while take(.dot)
        return parts
    }
}
