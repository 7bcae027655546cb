// Files of settings that users write, read line by line: the part of TOML 1.0 that has words, whole numbers, true and false, lists of words in
// one line, and sections. Not TOMLKit, which reads experiments: its parser ends the program at some damaged files (toml++ asserts), and a screen
// must open whatever is in a file.
import Viz

struct SettingsText {
    enum Value: Equatable {
        case word(String)
        case number(Int)
        case flag(Bool)
        case list([String])
    }

    struct Entry: Equatable {
        /// With its section: `keys.train.pause`.
        var key: String
        var value: Value
        var line: Int
    }

    private(set) var entries: [Entry] = []
    private(set) var sections: Set<String> = []

    subscript(_ key: String) -> Entry? { entries.first { $0.key == key } }

    /// - Throws: `ConfigProblem` with the line that cannot be read.
    init(_ text: String, file: String) throws(ConfigProblem) {
        var section = ""
        // By scalars: as a Character, CR and LF together are neither of both.
        for (index, scalars) in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var line = LineReader(rest: Substring(scalars))
            do throws(LineReader.Wrong) {
                guard let first = line.next() else { continue }
                if first == "[" {
                    line.take()
                    section = try line.name()
                    try line.expect("]")
                    sections.insert(section)
                } else {
                    let name = try line.name()
                    try line.expect("=")
                    let key = section.isEmpty ? name : section + "." + name
                    guard self[key] == nil else { throw LineReader.Wrong(reason: "\(name) is there twice") }
                    entries.append(Entry(key: key, value: try line.value(), line: index + 1))
                }
                guard line.next() == nil else { throw LineReader.Wrong(reason: "“\(line.rest.prefix(20))” is too much in this line") }
            } catch {
                throw ConfigProblem(file: file, line: index + 1, reason: CellText.clean(error.reason))
            }
        }
    }
}

/// What is left of one line.
private struct LineReader {
    struct Wrong: Error { var reason: String }

    var rest: Substring

    /// The next character that is neither blank nor in a comment; nil at the line's end.
    mutating func next() -> Character? {
        while let first = rest.first, first == " " || first == "\t" || first == "\r" || first == "\u{FEFF}" { rest.removeFirst() }
        return rest.first == "#" ? nil : rest.first
    }

    mutating func take() { rest.removeFirst() }

    mutating func expect(_ character: Character) throws(Wrong) {
        guard next() == character else { throw Wrong(reason: "\(character) is missing") }
        take()
    }

    /// `train.pause`, `"train.pause"`, `keys."train.pause"`.
    mutating func name() throws(Wrong) -> String {
        var parts: [String] = []
        repeat {
            if !parts.isEmpty { take() }
            guard let first = next() else { throw Wrong(reason: "a name is missing") }
            if first == "\"" || first == "'" {
                parts.append(try string())
            } else {
                let bare = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
                guard !bare.isEmpty else { throw Wrong(reason: "a name begins with a letter, a digit or a quote, not with \(first)") }
                parts.append(String(bare))
                rest = rest[bare.endIndex...]
            }
        } while next() == "."
        return parts.joined(separator: ".")
    }

    mutating func value() throws(Wrong) -> SettingsText.Value {
        guard let first = next() else { throw Wrong(reason: "a value is missing") }
        switch first {
        case "\"", "'": return .word(try string())
        case "[":
            take()
            var words: [String] = []
            while next() != "]" {
                guard next() == "\"" || next() == "'" else { throw Wrong(reason: "a list holds words in quotes and ends in its line") }
                words.append(try string())
                if next() == "," { take() } else { break }
            }
            try expect("]")
            return .list(words)
        default:
            let word = rest.prefix { !" \t\r#,]".contains($0) }
            rest = rest[word.endIndex...]
            if word == "true" || word == "false" { return .flag(word == "true") }
            if let number = Int(word) { return .number(number) }
            throw Wrong(reason: "“\(word.prefix(20))” is neither in quotes, nor a whole number, true or false")
        }
    }

    /// In double quotes with escapes, in single ones as it stands.
    private mutating func string() throws(Wrong) -> String {
        let quote = rest.removeFirst()
        var text = ""
        while let character = rest.popFirst() {
            if character == quote { return text }
            guard character == "\\", quote == "\"" else {
                text.append(character)
                continue
            }
            switch rest.popFirst() {
            case "\"": text.append("\"")
            case "\\": text.append("\\")
            case "t": text.append("\t")
            case "n": text.append("\n")
            case "u":
                guard rest.count >= 4, let code = UInt32(rest.prefix(4), radix: 16), let scalar = Unicode.Scalar(code) else { throw Wrong(reason: "\\u wants four hexadecimal digits") }
                text.unicodeScalars.append(scalar)
                rest = rest.dropFirst(4)
            default: throw Wrong(reason: "an unknown escape after \\")
            }
        }
        throw Wrong(reason: "a quote is not closed")
    }
}
