// Writes a table as TOML that reads back to the same values: keys sorted, plain values before tables.

extension TomlValue {
    /// The text of a document. What stands at the top and is no table is a programmer's mistake.
    public var document: String {
        guard case .table(let fields) = self else { preconditionFailure("a document is a table") }
        var text = ""
        Self.write(fields, path: [], to: &text)
        return text
    }

    private static func write(_ fields: [String: TomlValue], path: [String], to text: inout String) {
        let sorted = fields.sorted { $0.key < $1.key }
        var tables: [(String, [String: TomlValue])] = []
        for (name, value) in sorted {
            if case .table(let inner) = value { tables.append((name, inner)) } else { text += "\(key(name)) = \(value.inline)\n" }
        }
        for (name, inner) in tables {
            let place = path + [name]
            let hasValues = inner.isEmpty || inner.values.contains { if case .table = $0 { false } else { true } }
            if hasValues { text += (text.isEmpty ? "" : "\n") + "[\(place.map(key).joined(separator: "."))]\n" }
            write(inner, path: place, to: &text)
        }
    }

    /// In one line, as it stands after `=`.
    public var inline: String {
        switch self {
        case .table(let fields):
            fields.isEmpty
                ? "{}"
                : "{ " + fields.sorted { $0.key < $1.key }.map { "\(Self.key($0.key)) = \($0.value.inline)" }.joined(separator: ", ") + " }"
        case .array(let items): "[" + items.map(\.inline).joined(separator: ", ") + "]"
        case .string(let text): Self.quoted(text)
        case .integer(let number): "\(number)"
        // The shortest digits that read back to the same number.
        case .real(let number): number.isNaN ? "nan" : "\(number)"
        case .bool(let flag): "\(flag)"
        case .date(let text): text
        }
    }

    private static func key(_ name: String) -> String { !name.isEmpty && name.utf8.allSatisfy(\.isBare) ? name : quoted(name) }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            // C1 controls need not be escaped, but a terminal that shows the file would obey them.
            case _ where scalar.properties.generalCategory == .control:
                result += "\\u" + String(String(0x10000 | scalar.value, radix: 16, uppercase: true).dropFirst())
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
