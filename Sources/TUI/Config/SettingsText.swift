// Files of settings that users write: TOML with words, whole numbers, true and false, and lists of words, as keys in the order of their lines.
import Base
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

    subscript(_ key: String) -> Entry? { entries.first { $0.key == key } }

    /// - Throws: `ConfigProblem` with the line that cannot be read.
    init(_ text: String, file: String) throws(ConfigProblem) {
        let document: TomlDocument
        do { document = try TomlDocument(text) } catch {
            throw ConfigProblem(file: file, line: error.line, reason: CellText.clean(error.reason))
        }
        try collect(document.fields, under: [], of: document, file)
        entries.sort { ($0.line, $0.key) < ($1.line, $1.key) }
        // `"train.pause"` in [keys] and `pause` in [keys.train] are the same here.
        var taken: Set<String> = []
        for entry in entries where !taken.insert(entry.key).inserted {
            throw ConfigProblem(file: file, line: entry.line, reason: CellText.clean("\(entry.key) is there twice"))
        }
    }

    private mutating func collect(_ fields: [String: TomlValue], under path: [String], of document: TomlDocument, _ file: String)
        throws(ConfigProblem)
    {
        for (name, value) in fields {
            let inner = path + [name]
            let (key, line) = (inner.joined(separator: "."), document.line(of: inner) ?? 1)
            func add(_ value: Value) { entries.append(Entry(key: key, value: value, line: line)) }
            switch value {
            case .table(let fields): try collect(fields, under: inner, of: document, file)
            case .string(let text): add(.word(text))
            case .integer(let number): add(.number(number))
            case .bool(let flag): add(.flag(flag))
            case .array(let items):
                let words = items.compactMap { if case .string(let word) = $0 { word } else { nil } }
                guard words.count == items.count else {
                    throw ConfigProblem(file: file, line: line, reason: CellText.clean("\(key): a list holds words in quotes"))
                }
                add(.list(words))
            case .real, .date:
                throw ConfigProblem(
                    file: file, line: line, reason: CellText.clean("\(key) is neither in quotes, nor a whole number, true or false"))
            }
        }
    }
}
