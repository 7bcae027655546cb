// The safetensors format (huggingface/safetensors, README "Format"): reading with every bound checked, writing as the reference does.
import Base
import Foundation
import Tensors

/// Why bytes are not a safetensors file, or a value in one cannot be used.
public enum SafetensorsError: Error, Equatable, CustomStringConvertible {
    /// What stands in place of weights; reads as the end of "the file is …".
    case foreign(String)
    case tooShort(bytes: Int)
    case headerLength(UInt64, available: Int)
    case header(String)
    case tensor(String, String)
    case layout(String)
    case missing(String)

    public var description: String {
        switch self {
        case .foreign(let what): "the file is \(what)"
        case .tooShort(let bytes): "safetensors: \(bytes) bytes are too few for a header; the file is cut off or of another format"
        case .headerLength(let length, let available): "safetensors: a header of \(length) bytes is announced, \(available) follow"
        case .header(let reason): "safetensors: the header is not valid: \(reason)"
        case .tensor(let name, let reason): "safetensors: tensor \"\(name)\": \(reason)"
        case .layout(let reason): "safetensors: the data section does not fit the header: \(reason)"
        case .missing(let name): "safetensors: there is no tensor \"\(name)\""
        }
    }
}

/// Named arrays with their element types, as a safetensors file holds them.
public struct Safetensors: Sendable, Equatable {
    public typealias ElementType = StoredArray.ElementType
    /// One array: little-endian, row-major bytes.
    public typealias Entry = StoredArray

    public var entries: [String: Entry] = [:]
    public var metadata: [String: String] = [:]

    public init() {}

    /// Tensors as F32.
    public init(_ tensors: [String: Tensor], metadata: [String: String] = [:]) {
        self.metadata = metadata
        for (name, tensor) in tensors { self[name] = tensor }
    }

    /// The array of that name converted to float32, or nil where there is none; setting writes F32.
    public subscript(name: String) -> Tensor? {
        get { entries[name]?.tensor }
        set { entries[name] = newValue.map { Entry($0) } }
    }

    /// The array of that name converted to float32. Throws where there is none.
    public func tensor(_ name: String) throws -> Tensor { try entry(name).tensor }

    /// The array of that name as doubles, row-major, for values that float32 would round.
    public func doubles(_ name: String) throws -> [Double] { try entry(name).doubles }

    /// The array of that name as integers. Throws where it is missing or holds fractions.
    public func integers(_ name: String) throws -> [Int] {
        let entry = try entry(name)
        guard let integers = entry.integers else {
            throw SafetensorsError.tensor(name, "\(entry.type.rawValue) where integers are expected")
        }
        return integers
    }

    private func entry(_ name: String) throws -> Entry {
        guard let entry = entries[name] else { throw SafetensorsError.missing(name) }
        return entry
    }

    /// Adds integers as I64.
    public mutating func set(_ name: String, integers: [Int], shape: [Int]? = nil) {
        let bits = integers.map { UInt64(bitPattern: Int64($0)) }
        entries[name] = Entry(type: .i64, shape: shape ?? [integers.count], data: Self.littleEndian(bits))
    }

    // MARK: Reading

    static let longestHeader: UInt64 = 100_000_000
    /// Of any file of arrays: sixteen times the weights and the optimiser's state of the largest model here.
    static let longestFile = 32 << 30

    /// Reads a file into memory; it is not mapped, so that a file cut short while it is in use cannot end the program.
    public init(contentsOf url: URL) throws { try self.init(bytes: BoundedFile.data(of: url, atMost: Self.longestFile)) }

    /// Reads a whole file's bytes. Never takes more memory than they justify.
    public init(bytes: Data) throws {
        let bytes = bytes.startIndex == 0 ? bytes : Data(bytes)
        guard bytes.count >= 8 else { throw SafetensorsError.tooShort(bytes: bytes.count) }
        let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
        guard length <= Self.longestHeader, length <= UInt64(bytes.count - 8) else {
            if let what = TensorFile.foreign(bytes) { throw SafetensorsError.foreign(what) }
            throw SafetensorsError.headerLength(length, available: bytes.count - 8)
        }
        let body = bytes[(8 + Int(length))...]
        var header = HeaderParser(bytes[8..<8 + Int(length)])
        let parsed = try header.parse()
        metadata = parsed.metadata

        var end = 0
        for tensor in parsed.tensors.sorted(by: { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }) {
            guard tensor.begin == end, tensor.end >= tensor.begin else {
                throw SafetensorsError.layout("\"\(tensor.name)\" lies at \(tensor.begin) ..< \(tensor.end), \(end) is the next free byte")
            }
            guard tensor.end <= body.count else {
                throw SafetensorsError.layout("\"\(tensor.name)\" ends at \(tensor.end) of \(body.count) bytes")
            }
            guard StoredArray.byteCount(tensor.type, tensor.shape) == tensor.end - tensor.begin else {
                throw SafetensorsError.tensor(
                    tensor.name, "shape \(tensor.shape) of \(tensor.type.rawValue) does not fill \(tensor.end - tensor.begin) bytes")
            }
            end = tensor.end
            entries[tensor.name] = Entry(
                type: tensor.type, shape: tensor.shape, data: body[body.startIndex + tensor.begin..<body.startIndex + tensor.end])
        }
        guard end == body.count else { throw SafetensorsError.layout("\(body.count - end) bytes after the last tensor") }
    }

    // MARK: Writing

    /// The file's bytes: larger elements first, then by name; the header is padded so that data starts at a multiple of 8.
    public func bytes() -> Data {
        let order = entries.sorted { ($1.value.type.size, $0.key) < ($0.value.type.size, $1.key) }
        var header = "{", separator = ""
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
            header += "\"__metadata__\":{\(pairs.joined(separator: ","))}"
            separator = ","
        }
        var end = 0
        for (name, entry) in order {
            let begin = end
            end += entry.data.count
            let shape = entry.shape.map(String.init).joined(separator: ",")
            header +=
                "\(separator)\(Self.quoted(name)):{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}"
            separator = ","
        }
        header += "}"
        header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        var bytes = Self.littleEndian([UInt64(header.utf8.count)])
        bytes.append(contentsOf: header.utf8)
        for (_, entry) in order { bytes.append(entry.data) }
        return bytes
    }

    /// Puts the file in the place of `url`, whole or not at all. Throws `FileFailure`.
    public func write(to url: URL, permissions: mode_t = 0o600) throws {
        try DurableFile.write([bytes()], to: url, permissions: permissions)
    }

    private static func littleEndian<Bits: FixedWidthInteger>(_ values: [Bits]) -> Data {
        values.map(\.littleEndian).withUnsafeBytes { Data($0) }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{0}"..<"\u{20}":
                let hex = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
