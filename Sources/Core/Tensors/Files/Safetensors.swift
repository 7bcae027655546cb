// The safetensors format (huggingface/safetensors, README "Format"): reading with every bound checked, writing as the reference does.
import Foundation

/// Why bytes are not a safetensors file, or a value in one cannot be used.
public enum SafetensorsError: Error, Equatable, CustomStringConvertible {
    case tooShort(bytes: Int)
    case headerLength(UInt64, available: Int)
    case header(String)
    case tensor(String, String)
    case layout(String)
    case missing(String)

    public var description: String {
        switch self {
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
    public enum ElementType: String, Sendable, CaseIterable {
        case bool = "BOOL", u8 = "U8", i8 = "I8", i16 = "I16", u16 = "U16", f16 = "F16", bf16 = "BF16", i32 = "I32", u32 = "U32", f32 = "F32"
        case f64 = "F64", i64 = "I64", u64 = "U64"

        /// Bytes an element.
        public var size: Int {
            switch self {
            case .bool, .u8, .i8: 1
            case .i16, .u16, .f16, .bf16: 2
            case .i32, .u32, .f32: 4
            case .f64, .i64, .u64: 8
            }
        }
    }

    /// One array: little-endian, row-major bytes.
    public struct Entry: Sendable, Equatable {
        public var type: ElementType
        public var shape: [Int]
        public var data: Data

        public init(type: ElementType, shape: [Int], data: Data) {
            self.type = type
            self.shape = shape
            self.data = data
        }
    }

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
        get { entries[name].map(Self.tensor) }
        set {
            entries[name] = newValue.map { tensor in
                Entry(type: .f32, shape: tensor.shape, data: Self.littleEndian(tensor.values.map(\.bitPattern)))
            }
        }
    }

    /// The array of that name converted to float32. Throws where there is none.
    public func tensor(_ name: String) throws -> Tensor {
        guard let entry = entries[name] else { throw SafetensorsError.missing(name) }
        return Self.tensor(entry)
    }

    /// The array of that name as doubles, row-major, for values that float32 would round.
    public func doubles(_ name: String) throws -> [Double] {
        guard let entry = entries[name] else { throw SafetensorsError.missing(name) }
        return Self.doubles(entry)
    }

    /// The array of that name as integers. Throws where it is missing or holds fractions.
    public func integers(_ name: String) throws -> [Int] {
        guard let entry = entries[name] else { throw SafetensorsError.missing(name) }
        switch entry.type {
        case .bool, .u8: return entry.data.map { Int($0) }
        case .i8: return entry.data.map { Int(Int8(bitPattern: $0)) }
        case .i16: return Self.elements(entry.data, UInt16.self).map { Int(Int16(bitPattern: $0)) }
        case .u16: return Self.elements(entry.data, UInt16.self).map { Int($0) }
        case .i32: return Self.elements(entry.data, UInt32.self).map { Int(Int32(bitPattern: $0)) }
        case .u32: return Self.elements(entry.data, UInt32.self).map { Int($0) }
        case .i64: return Self.elements(entry.data, UInt64.self).map { Int(Int64(bitPattern: $0)) }
        case .u64, .f16, .bf16, .f32, .f64: throw SafetensorsError.tensor(name, "\(entry.type.rawValue) where integers are expected")
        }
    }

    /// Adds integers as I64.
    public mutating func set(_ name: String, integers: [Int], shape: [Int]? = nil) {
        let bits = integers.map { UInt64(bitPattern: Int64($0)) }
        entries[name] = Entry(type: .i64, shape: shape ?? [integers.count], data: Self.littleEndian(bits))
    }

    // MARK: Reading

    private static let longestHeader: UInt64 = 100_000_000

    /// Reads a file into memory; it is not mapped, so that a file cut short while it is in use cannot end the program.
    public init(contentsOf url: URL) throws { try self.init(bytes: Data(contentsOf: url)) }

    /// Reads a whole file's bytes. Never takes more memory than they justify.
    public init(bytes: Data) throws {
        let bytes = bytes.startIndex == 0 ? bytes : Data(bytes)
        guard bytes.count >= 8 else { throw SafetensorsError.tooShort(bytes: bytes.count) }
        let length = (0 ..< 8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
        guard length <= Self.longestHeader, length <= UInt64(bytes.count - 8) else {
            throw SafetensorsError.headerLength(length, available: bytes.count - 8)
        }
        let body = bytes[(8 + Int(length))...]
        var header = HeaderParser(bytes[8 ..< 8 + Int(length)])
        let parsed = try header.parse()
        metadata = parsed.metadata

        var end = 0
        for tensor in parsed.tensors.sorted(by: { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }) {
            guard tensor.begin == end, tensor.end >= tensor.begin else {
                throw SafetensorsError.layout("\"\(tensor.name)\" lies at \(tensor.begin) ..< \(tensor.end), \(end) is the next free byte")
            }
            guard tensor.end <= body.count else { throw SafetensorsError.layout("\"\(tensor.name)\" ends at \(tensor.end) of \(body.count) bytes") }
            var wanted = tensor.type.size, overflow = false
            for axis in tensor.shape {
                let product = wanted.multipliedReportingOverflow(by: axis)
                overflow = overflow || product.overflow
                wanted = product.partialValue
            }
            // A zero later in the shape makes an overflowed product zero again; such shapes are refused with the rest.
            guard !overflow, wanted == tensor.end - tensor.begin else {
                throw SafetensorsError.tensor(tensor.name, "shape \(tensor.shape) of \(tensor.type.rawValue) does not fill \(tensor.end - tensor.begin) bytes")
            }
            end = tensor.end
            entries[tensor.name] = Entry(
                type: tensor.type, shape: tensor.shape, data: body[body.startIndex + tensor.begin ..< body.startIndex + tensor.end])
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
            header += "\(separator)\(Self.quoted(name)):{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}"
            separator = ","
        }
        header += "}"
        header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        var bytes = Self.littleEndian([UInt64(header.utf8.count)])
        bytes.append(contentsOf: header.utf8)
        for (_, entry) in order { bytes.append(entry.data) }
        return bytes
    }

    /// Writes beside `url` and renames, so that a reader never sees half a file.
    public func write(to url: URL) throws { try bytes().write(to: url, options: .atomic) }

    // MARK: Elements

    private static func tensor(_ entry: Entry) -> Tensor {
        switch entry.type {
        case .f32: Tensor(elements(entry.data, UInt32.self).map(Float.init(bitPattern:)), shape: entry.shape)
        default: Tensor(doubles(entry).map(Float.init), shape: entry.shape)
        }
    }

    private static func doubles(_ entry: Entry) -> [Double] {
        switch entry.type {
        case .bool, .u8: entry.data.map { Double($0) }
        case .i8: entry.data.map { Double(Int8(bitPattern: $0)) }
        case .i16: elements(entry.data, UInt16.self).map { Double(Int16(bitPattern: $0)) }
        case .u16: elements(entry.data, UInt16.self).map { Double($0) }
        case .f16: elements(entry.data, UInt16.self).map(halfPrecision)
        case .bf16: elements(entry.data, UInt16.self).map { Double(Float(bitPattern: UInt32($0) << 16)) }
        case .i32: elements(entry.data, UInt32.self).map { Double(Int32(bitPattern: $0)) }
        case .u32: elements(entry.data, UInt32.self).map { Double($0) }
        case .f32: elements(entry.data, UInt32.self).map { Double(Float(bitPattern: $0)) }
        case .f64: elements(entry.data, UInt64.self).map(Double.init(bitPattern:))
        case .i64: elements(entry.data, UInt64.self).map { Double(Int64(bitPattern: $0)) }
        case .u64: elements(entry.data, UInt64.self).map { Double($0) }
        }
    }

    /// IEEE half precision; Swift's Float16 does not exist on every platform.
    private static func halfPrecision(_ bits: UInt16) -> Double {
        let sign = bits >> 15 == 0 ? 1.0 : -1.0, exponent = Int(bits >> 10 & 31), fraction = Double(bits & 1023)
        if exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
        return exponent == 0 ? sign * fraction * 0x1p-24 : sign * (1024 + fraction) * pow(2, Double(exponent - 25))
    }

    private static func elements<Bits: FixedWidthInteger>(_ data: Data, _: Bits.Type) -> [Bits] {
        data.withUnsafeBytes { raw in
            (0 ..< raw.count / MemoryLayout<Bits>.size).map { Bits(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Bits>.size, as: Bits.self)) }
        }
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
            case "\u{0}" ..< "\u{20}":
                let hex = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
