// Reads TOML 1.0: strictly, with a line and a column for whatever is wrong, in time and memory that grow with the text alone.

extension TomlDocument {
    /// - Throws: `TomlError` at the first place that is no TOML 1.0, or beyond `limits`.
    public init(_ text: String, limits: TomlLimits = TomlLimits()) throws(TomlError) {
        try self.init(bytes: Array(text.utf8), limits: limits)
    }

    public init(bytes: [UInt8], limits: TomlLimits = TomlLimits()) throws(TomlError) {
        var parser = TomlParser(cursor: try TomlCursor(bytes, limits: limits), limits: limits)
        try parser.parse()
        (fields, lines) = parser.root.frozen()
    }
}

/// A table under construction. Who may add to it depends on how it came to be.
private final class OpenTable {
    enum Origin {
        /// Stands before the last name of a header: a header of its own may still come.
        case passed
        /// By a header `[x]` or `[[x]]`.
        case header
        /// By a dotted key: only dotted keys of the same section add to it, and headers of tables within it.
        case dotted
        /// By braces: complete.
        case inline
    }
    enum Field {
        case value(TomlValue)
        case table(OpenTable)
        case tables(OpenTables)
    }

    var origin: Origin
    let line: Int
    var fields: [String: (field: Field, line: Int)] = [:]

    init(_ origin: Origin, line: Int) { (self.origin, self.line) = (origin, line) }

    func frozen() -> (fields: [String: TomlValue], lines: TomlLines) {
        var values: [String: TomlValue] = [:], places = TomlLines(line: line)
        for (name, (field, line)) in fields {
            places.fields[name] = TomlLines(line: line)
            switch field {
            case .value(let value): values[name] = value
            case .table(let table):
                let (fields, lines) = table.frozen()
                values[name] = .table(fields)
                places.fields[name] = lines
            case .tables(let tables): values[name] = .array(tables.items.map { .table($0.frozen().fields) })
            }
        }
        return (values, places)
    }
}

/// `[[x]]`; never empty.
private final class OpenTables {
    var items: [OpenTable]

    init(_ first: OpenTable) { items = [first] }
}

private struct TomlParser {
    var cursor: TomlCursor
    let limits: TomlLimits
    let root = OpenTable(.header, line: 1)

    mutating func parse() throws(TomlError) {
        var section = root, depth = 0
        while true {
            try cursor.skipLines()
            guard let byte = cursor.byte else { return }
            if byte == .openBracket {
                (section, depth) = try header()
            } else {
                try pair(into: section, depth: depth)
            }
            cursor.skipBlanks()
            try cursor.skipComment()
            guard cursor.takeNewline() || cursor.isAtEnd else { throw cursor.expected("the end of the line") }
        }
    }

    /// `[a.b]` or `[[a.b]]`: the table that follows, and how deep it lies.
    private mutating func header() throws(TomlError) -> (OpenTable, Int) {
        let place = cursor
        cursor.advance()
        let isArray = cursor.take(.openBracket)
        let path = try cursor.key(depth: limits.depth)
        guard cursor.take(.closeBracket) else { throw cursor.expected("] after the table's name") }
        guard !isArray || cursor.take(.closeBracket) else { throw cursor.expected("]] after the name of an array of tables") }
        var table = root
        for name in path.dropLast() {
            switch table.fields[name]?.field {
            case nil:
                let inner = OpenTable(.passed, line: place.line)
                table.fields[name] = (.table(inner), place.line)
                table = inner
            case .table(let inner):
                guard inner.origin != .inline else {
                    throw place.error("\(quoted(name)) is a table in braces, which is complete as it stands")
                }
                table = inner
            case .tables(let tables): table = tables.items[tables.items.count - 1]
            case .value: throw taken(name, by: table, at: place)
            }
        }
        let name = path[path.count - 1]
        if isArray {
            let inner = OpenTable(.header, line: place.line)
            switch table.fields[name]?.field {
            case nil: table.fields[name] = (.tables(OpenTables(inner)), place.line)
            case .tables(let tables): tables.items.append(inner)
            default: throw taken(name, by: table, at: place)
            }
            return (inner, path.count)
        }
        switch table.fields[name]?.field {
        case nil:
            let inner = OpenTable(.header, line: place.line)
            table.fields[name] = (.table(inner), place.line)
            return (inner, path.count)
        case .table(let inner) where inner.origin == .passed:
            inner.origin = .header
            return (inner, path.count)
        default: throw taken(name, by: table, at: place)
        }
    }

    /// `key = value`, into a table that lies `depth` deep.
    private mutating func pair(into section: OpenTable, depth: Int) throws(TomlError) {
        let place = cursor
        let path = try cursor.key(depth: limits.depth - depth)
        guard cursor.take(.equals) else { throw cursor.expectedAfterKey("= after the key") }
        cursor.skipBlanks()
        var table = section
        for name in path.dropLast() {
            switch table.fields[name]?.field {
            case nil:
                let inner = OpenTable(.dotted, line: place.line)
                table.fields[name] = (.table(inner), place.line)
                table = inner
            case .table(let inner) where inner.origin == .dotted: table = inner
            default: throw taken(name, by: table, at: place)
            }
        }
        let name = path[path.count - 1]
        guard table.fields[name] == nil else { throw taken(name, by: table, at: place) }
        table.fields[name] = (try value(depth: depth + path.count), place.line)
    }

    private mutating func value(depth: Int) throws(TomlError) -> OpenTable.Field {
        guard depth <= limits.depth else { throw cursor.error("tables and arrays deeper than that are not read") }
        switch cursor.byte {
        case UInt8.quote, UInt8.apostrophe: return .value(.string(try cursor.string()))
        case UInt8.openBracket: return .value(.array(try array(depth: depth)))
        case UInt8.openBrace: return .table(try inlineTable(depth: depth))
        default: return .value(try cursor.bareValue())
        }
    }

    private mutating func array(depth: Int) throws(TomlError) -> [TomlValue] {
        cursor.advance()
        var items: [TomlValue] = []
        while true {
            try cursor.skipLines()
            if cursor.take(.closeBracket) { return items }
            switch try value(depth: depth + 1) {
            case .value(let value): items.append(value)
            case .table(let table): items.append(.table(table.frozen().fields))
            case .tables: preconditionFailure("only headers make arrays of open tables")
            }
            try cursor.skipLines()
            if cursor.take(.comma) { continue }
            guard cursor.take(.closeBracket) else { throw cursor.expected(", or ] after an array's value") }
            return items
        }
    }

    private mutating func inlineTable(depth: Int) throws(TomlError) -> OpenTable {
        let table = OpenTable(.inline, line: cursor.line)
        cursor.advance()
        cursor.skipBlanks()
        if cursor.take(.closeBrace) { return table }
        while true {
            cursor.skipBlanks()
            try pair(into: table, depth: depth)
            cursor.skipBlanks()
            if cursor.take(.comma) { continue }
            guard cursor.take(.closeBrace) else { throw cursor.expected(", or } in the same line after a value of a table in braces") }
            return table
        }
    }

    private func taken(_ name: String, by table: OpenTable, at place: TomlCursor) -> TomlError {
        let line = table.fields[name].map { " in line \($0.line)" } ?? ""
        return place.error("\(quoted(name)) is there already\(line), and cannot be set or added to again")
    }

    /// A name as messages may hold it.
    private func quoted(_ name: String) -> String {
        let shown = name.unicodeScalars.prefix(40).map { (0x20...0x7E).contains($0.value) || $0.properties.isAlphabetic ? String($0) : "?" }
            .joined()
        return "'\(shown)'"
    }
}
