// TOML 1.0 (toml.io): what a document holds, as plain values.

public indirect enum TomlValue: Sendable, Equatable {
    case table([String: TomlValue])
    case array([TomlValue])
    case string(String)
    case integer(Int)
    case real(Double)
    case bool(Bool)
    /// A date, a time or both, checked and as it was written: nothing here calculates with one.
    case date(String)

    /// The value under a path of keys; nil where there is none.
    public subscript(path: [String]) -> TomlValue? {
        var value = self
        for key in path {
            guard case .table(let fields) = value, let field = fields[key] else { return nil }
            value = field
        }
        return value
    }

    public var typeName: String {
        switch self {
        case .table: "a table"
        case .array: "an array"
        case .string: "a string"
        case .integer: "a whole number"
        case .real: "a number"
        case .bool: "true or false"
        case .date: "a date"
        }
    }
}

/// A document that was read, and the lines on which its keys stand.
public struct TomlDocument: Sendable {
    /// Keys of the top level.
    public let fields: [String: TomlValue]
    let lines: TomlLines

    public var value: TomlValue { .table(fields) }

    /// The line, from 1, on which the key or table of that path was first named; nil where there is none. Elements of arrays have no path.
    public func line(of path: [String]) -> Int? {
        var place = lines
        for key in path {
            guard let inner = place.fields[key] else { return nil }
            place = inner
        }
        return path.isEmpty ? nil : place.line
    }
}

/// Lines in the shape of a document's tables.
struct TomlLines: Sendable {
    var line: Int
    var fields: [String: TomlLines] = [:]
}

/// Where a text is no TOML, and what was expected there.
public struct TomlError: Error, Equatable, CustomStringConvertible, Sendable {
    /// From 1.
    public let line: Int
    /// From 1, in Unicode scalars.
    public let column: Int
    /// Without line ends and control characters, whatever the text holds.
    public let reason: String

    public var description: String { "line \(line), column \(column): \(reason)" }
}

/// What a document may hold: foreign text costs time and memory in proportion to its length, and no depth of the stack.
public struct TomlLimits: Sendable {
    /// Of the whole text, in bytes.
    public var bytes = 1 << 20
    /// Of tables and arrays within each other.
    public var depth = 64

    public init(bytes: Int = 1 << 20, depth: Int = 64) {
        self.bytes = bytes
        self.depth = depth
    }
}
