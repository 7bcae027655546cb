// A model's configuration: one JSON object, read key by key, every value checked where it is read.
import Foundation

/// The keys of a configuration file, e.g. Hugging Face's `config.json`.
public struct ModelConfiguration: Sendable, Equatable {
    enum Value: Sendable, Equatable {
        case object([String: Value])
        case list([Value])
        case text(String)
        case number(Double)
        case flag(Bool)
        case null
    }

    private let values: [String: Value]

    /// No key at all: every default.
    public init() { values = [:] }

    init(_ values: [String: Value]) { self.values = values }

    /// Reads JSON. Throws ``CatalogueError``.
    public init(json: Data) throws(CatalogueError) {
        let value: Value
        do { value = try JSONDecoder().decode(Value.self, from: json) } catch {
            let detail = (error as? DecodingError).map(Self.detail) ?? "\(error)"
            throw .syntax(json.isEmpty ? "it is empty" : detail)
        }
        guard case .object(let values) = value else { throw .syntax("its outermost value is no object") }
        self.values = values
    }

    private static func detail(_ error: DecodingError) -> String {
        guard case .dataCorrupted(let context) = error else { return "\(error)" }
        // Foundation's own reason names the line and column.
        let reason = (context.underlyingError as NSError?)?.userInfo["NSDebugDescription"] as? String
        return reason ?? context.debugDescription
    }

    /// What a file of ours may say; Hugging Face's own reader ignores what it does not know.
    func allowOnly(_ keys: [String]) throws(CatalogueError) {
        guard let unknown = values.keys.filter({ !keys.contains($0) }).min() else { return }
        throw .configuration(key: unknown, problem: "is no key of this configuration (keys: \(keys.joined(separator: ", ")))")
    }

    func has(_ key: String) -> Bool { values[key].map { $0 != .null } ?? false }

    func whole(_ key: String, default standard: Int, in range: ClosedRange<Int> = 1...65_536) throws(CatalogueError) -> Int {
        guard has(key), let value = values[key] else { return standard }
        return try whole(key, value, in: range)
    }

    func wholes(_ key: String, default standard: [Int], in range: ClosedRange<Int> = 1...65_536) throws(CatalogueError) -> [Int] {
        guard has(key) else { return standard }
        guard case .list(let items)? = values[key], !items.isEmpty else {
            throw .configuration(key: key, problem: "is not a list of whole numbers")
        }
        var result: [Int] = []
        for item in items { result.append(try whole(key, item, in: range)) }
        return result
    }

    func number(_ key: String, default standard: Double, in range: ClosedRange<Double>) throws(CatalogueError) -> Double {
        guard has(key) else { return standard }
        guard case .number(let number)? = values[key] else { throw .configuration(key: key, problem: "is not a number") }
        guard range.contains(number) else {
            throw .configuration(key: key, problem: "is \(number), not \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func flag(_ key: String, default standard: Bool) throws(CatalogueError) -> Bool {
        guard has(key) else { return standard }
        guard case .flag(let flag)? = values[key] else { throw .configuration(key: key, problem: "is neither true nor false") }
        return flag
    }

    /// One of `valid`.
    func text(_ key: String, default standard: String, valid: [String]) throws(CatalogueError) -> String {
        guard has(key) else { return standard }
        guard case .text(let text)? = values[key] else { throw .configuration(key: key, problem: "is not a text") }
        guard valid.contains(text) else {
            throw .configuration(key: key, problem: "is '\(text)', which is not supported (supported: \(valid.joined(separator: ", ")))")
        }
        return text
    }

    private func whole(_ key: String, _ value: Value, in range: ClosedRange<Int>) throws(CatalogueError) -> Int {
        guard case .number(let number) = value, let whole = Int(exactly: number) else {
            throw .configuration(key: key, problem: "is not a whole number")
        }
        guard range.contains(whole) else {
            throw .configuration(key: key, problem: "is \(whole), not \(range.lowerBound) to \(range.upperBound)")
        }
        return whole
    }
}

extension ModelConfiguration.Value: Decodable {
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
        } else if let items = try? container.decode([Self].self) {
            self = .list(items)
        } else {
            self = .object(try container.decode([String: Self].self))
        }
    }
}
