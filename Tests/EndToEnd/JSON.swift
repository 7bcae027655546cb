// JSON as a value that can be walked and compared without a type for every shape.
import Foundation

enum JSON: Equatable, Sendable {
    case object([String: JSON])
    case list([JSON])
    case text(String)
    case number(Double)
    case flag(Bool)
    case null

    /// Throws where `line` is not one JSON value.
    init(_ line: String) throws {
        do {
            self = try JSONDecoder().decode(JSON.self, from: Data(line.utf8))
        } catch {
            throw Program.Failure(description: "not JSON: \(line.prefix(200))")
        }
    }

    /// A value of an object; null where there is none, so that paths can be written without question marks.
    subscript(key: String) -> JSON {
        if case .object(let fields) = self { return fields[key] ?? .null }
        return .null
    }

    subscript(index: Int) -> JSON { array.indices.contains(index) ? array[index] : .null }

    var keys: Set<String> {
        if case .object(let fields) = self { return Set(fields.keys) }
        return []
    }

    var array: [JSON] {
        if case .list(let items) = self { return items }
        return []
    }

    var string: String? {
        if case .text(let text) = self { return text }
        return nil
    }

    var double: Double? {
        if case .number(let number) = self { return number }
        return nil
    }

    var bool: Bool? {
        if case .flag(let flag) = self { return flag }
        return nil
    }

    var int: Int? { double.flatMap { Int(exactly: $0) } }
}

extension JSON: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let items = try? container.decode([JSON].self) {
            self = .list(items)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }
}
