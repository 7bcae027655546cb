// Values that stand without quotes in TOML: numbers, true and false, dates and times.

extension TomlCursor {
    mutating func bareValue() throws(TomlError) -> TomlValue {
        let place = self, start = offset
        while let byte, byte.isBare || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ":") || byte == .dot { advance() }
        // A blank may stand between a date and a time.
        if offset - start == 10, bytes[start + 4] == UInt8(ascii: "-"), byte == .space, let next = byte(1), next.isDigit {
            advance()
            while let byte, byte.isBare || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ":") || byte == .dot { advance() }
        }
        guard offset > start else { throw place.expected("a value: text stands in quotes") }
        let word = Array(bytes[start..<offset])
        switch String(decoding: word, as: UTF8.self) {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "inf", "+inf": return .real(.infinity)
        case "-inf": return .real(-.infinity)
        case "nan", "+nan", "-nan": return .real(.nan)
        case let text:
            if let value = try Self.number(word, place) { return value }
            if Self.isDate(word) { return .date(text) }
            throw place.error("“\(text.prefix(40))” is no number, date, true or false: text stands in quotes")
        }
    }

    /// nil where the word is no number.
    private static func number(_ word: [UInt8], _ place: TomlCursor) throws(TomlError) -> TomlValue? {
        if word.count > 2, word[0] == UInt8(ascii: "0"),
            let radix = [UInt8(ascii: "x"): 16, UInt8(ascii: "o"): 8, UInt8(ascii: "b"): 2][word[1]]
        {
            guard let digits = digits(word[2...], radix: radix) else { return nil }
            guard let number = Int(digits, radix: radix) else { throw place.error("whole numbers are at most \(Int.max)") }
            return .integer(number)
        }
        let isSigned = word.first == UInt8(ascii: "+") || word.first == UInt8(ascii: "-")
        let sign = word.first == UInt8(ascii: "-") ? "-" : ""
        var rest = word.dropFirst(isSigned ? 1 : 0)
        func takeDigits() -> String? {
            let run = rest.prefix { $0.isDigit || $0 == UInt8(ascii: "_") }
            rest = rest[run.endIndex...]
            return digits(run, radix: 10)
        }
        guard let whole = takeDigits(), whole == "0" || whole.first != "0" else { return nil }
        if rest.isEmpty {
            guard let number = Int(sign + whole) else { throw place.error("whole numbers are \(Int.min) to \(Int.max)") }
            return .integer(number)
        }
        var text = sign + whole
        if rest.first == .dot {
            rest = rest.dropFirst()
            guard let fraction = takeDigits() else { return nil }
            text += "." + fraction
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            text += "e"
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                text.unicodeScalars.append(Unicode.Scalar(sign))
                rest = rest.dropFirst()
            }
            guard let exponent = takeDigits() else { return nil }
            text += exponent
        }
        guard rest.isEmpty, let number = Double(text) else { return nil }
        guard number.isFinite else { throw place.error("numbers are at most \(Double.greatestFiniteMagnitude), or inf") }
        return .real(number)
    }

    /// Digits without their underscores, each of which must stand between two of them; nil where one does not, or there are none.
    private static func digits(_ word: ArraySlice<UInt8>, radix: Int) -> String? {
        var text = "", isAfterDigit = false
        for byte in word {
            if byte == UInt8(ascii: "_") {
                guard isAfterDigit else { return nil }
                isAfterDigit = false
            } else {
                guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digit < radix else { return nil }
                text.unicodeScalars.append(Unicode.Scalar(byte))
                isAfterDigit = true
            }
        }
        return isAfterDigit ? text : nil
    }

    /// RFC 3339: a date, a time, both, or both with an offset; all parts within their bounds.
    private static func isDate(_ word: [UInt8]) -> Bool {
        var rest = word[...]
        func number(_ digits: Int, _ bounds: ClosedRange<Int>) -> Int? {
            let run = rest.prefix(digits)
            guard run.count == digits, run.allSatisfy(\.isDigit) else { return nil }
            rest = rest[run.endIndex...]
            let value = run.reduce(0) { 10 * $0 + Int($1 - 0x30) }
            return bounds.contains(value) ? value : nil
        }
        func take(_ wanted: [UInt8]) -> Bool {
            guard let first = rest.first, wanted.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        func time() -> Bool {
            guard number(2, 0...23) != nil, take([UInt8(ascii: ":")]), number(2, 0...59) != nil, take([UInt8(ascii: ":")]),
                number(2, 0...60) != nil
            else { return false }
            guard take([.dot]) else { return true }
            let fraction = rest.prefix(while: \.isDigit)
            rest = rest[fraction.endIndex...]
            return !fraction.isEmpty
        }
        if word.count > 2, word[2] == UInt8(ascii: ":") { return time() && rest.isEmpty }
        guard let year = number(4, 0...9999), take([UInt8(ascii: "-")]), let month = number(2, 1...12), take([UInt8(ascii: "-")]),
            let day = number(2, 1...31), day <= daysOf(month, year)
        else { return false }
        if rest.isEmpty { return true }
        guard take([.space, UInt8(ascii: "T"), UInt8(ascii: "t")]), time() else { return false }
        if rest.isEmpty { return true }
        if take([UInt8(ascii: "Z"), UInt8(ascii: "z")]) { return rest.isEmpty }
        return take([UInt8(ascii: "+"), UInt8(ascii: "-")]) && number(2, 0...23) != nil && take([UInt8(ascii: ":")])
            && number(2, 0...59) != nil
            && rest.isEmpty
    }

    private static func daysOf(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
