// A TOML document as a plain value, so that a user's file can be laid over defaults key by key and checked on the way.
import Corpora
import TOMLKit

indirect enum TOMLNode: Equatable {
    case table([String: TOMLNode])
    case array([TOMLNode])
    case string(String)
    case integer(Int)
    case real(Double)
    case bool(Bool)
    /// Dates and times, which no experiment holds.
    case other(String)

    static func parse(_ text: String) throws(ExperimentError) -> TOMLNode {
        do {
            return TOMLNode(try TOMLTable(string: text))
        } catch let error as TOMLParseError {
            throw .syntax(line: error.source.begin.line, column: error.source.begin.column, detail: error.description)
        } catch {
            throw .syntax(line: 1, column: 1, detail: "\(error)")
        }
    }

    init(_ experiment: Experiment) throws(ExperimentError) {
        do {
            let table: TOMLTable = try TOMLEncoder().encode(experiment)
            self = TOMLNode(table)
        } catch {
            throw .unreadable(path: "experiment", detail: "\(error)")
        }
    }

    private init(_ value: TOMLValueConvertible) {
        switch value.type {
        case .table:
            var fields: [String: TOMLNode] = [:]
            if let table = value.table {
                for key in table.keys { fields[key] = table[key].map { TOMLNode($0) } }
            }
            self = .table(fields)
        case .array: self = .array(value.array.map { $0.map { TOMLNode($0) } } ?? [])
        case .string: self = .string(value.string ?? "")
        case .int: self = .integer(value.int ?? 0)
        case .double: self = .real(value.double ?? 0)
        case .bool: self = .bool(value.bool ?? false)
        case .date, .time, .dateTime: self = .other(value.type.rawValue)
        }
    }

    /// Back to TOMLKit's value.
    private var value: TOMLValueConvertible {
        switch self {
        case .table: return table
        case .array(let items): return TOMLArray(items.map(\.value))
        case .string(let text): return text
        case .integer(let number): return number
        case .real(let number): return number
        case .bool(let flag): return flag
        case .other(let text): return text
        }
    }

    var table: TOMLTable {
        guard case .table(let fields) = self else { return TOMLTable() }
        return TOMLTable(fields.mapValues(\.value))
    }

    func string(at path: [String]) -> String? {
        if case .string(let text)? = node(at: path) { return text }
        return nil
    }

    func node(at path: [String]) -> TOMLNode? {
        guard let key = path.first else { return self }
        guard case .table(let fields) = self else { return nil }
        return fields[key]?.node(at: Array(path.dropFirst()))
    }

    mutating func set(_ value: TOMLNode, at path: [String]) {
        guard let key = path.first else {
            self = value
            return
        }
        var fields: [String: TOMLNode] = [:]
        if case .table(let present) = self { fields = present }
        var child = fields[key] ?? .table([:])
        child.set(value, at: Array(path.dropFirst()))
        fields[key] = child
        self = .table(fields)
    }

    /// This template with the user's values in place. Every key must exist here and keep its type; whole numbers may stand for real ones.
    func overlaid(with user: TOMLNode, path: [String]) throws(ExperimentError) -> TOMLNode {
        let key = path.joined(separator: ".")
        switch (self, user) {
        case (.table(var fields), .table(let changes)):
            for (name, change) in changes.sorted(by: { $0.key < $1.key }) {
                let inner = path + [name]
                guard let field = fields[name] else {
                    throw .unknownKey(key: inner.joined(separator: "."), line: nil, nearest: Self.nearest(name, among: fields, in: path))
                }
                fields[name] = try field.overlaid(with: change, path: inner)
            }
            return .table(fields)
        case (.array(let items), .array(let changes)):
            guard let example = items.first else { return user }
            var checked: [TOMLNode] = []
            for change in changes { checked.append(try example.overlaid(with: change, path: path)) }
            return .array(checked)
        case (.real, .integer(let whole)): return .real(Double(whole))
        case (.string, .string), (.integer, .integer), (.real, .real), (.bool, .bool): return user
        default: throw .wrongType(key: key, line: nil, expected: typeName, found: user.typeName)
        }
    }

    static func nearest(_ name: String, among fields: [String: TOMLNode], in path: [String]) -> String? {
        nearestName(to: name, among: fields.keys.sorted()).map { (path + [$0]).joined(separator: ".") }
    }

    var typeName: String {
        switch self {
        case .table: return "a table"
        case .array: return "an array"
        case .string: return "a string"
        case .integer: return "a whole number"
        case .real: return "a number"
        case .bool: return "true or false"
        case .other(let text): return "a \(text)"
        }
    }
}

/// Where keys stand in a TOML text: for error messages only, so unusual spellings may be missed.
struct TOMLLines {
    private var lines: [String: Int] = [:]

    init(_ text: String) {
        var section = ""
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.first == "[" {
                section = Self.squeezed(line.prefix { $0 != "]" }.drop { $0 == "[" })
                lines[section] = lines[section] ?? index + 1
            } else if let equals = line.firstIndex(of: "="), line.first != "#" {
                let key = Self.squeezed(line[..<equals])
                lines[section.isEmpty ? key : section + "." + key] = index + 1
            }
        }
    }

    func line(of key: String) -> Int? { lines[key] }

    private static func squeezed(_ text: Substring) -> String {
        String(text.filter { $0 != " " && $0 != "\t" && $0 != "\"" })
    }
}
