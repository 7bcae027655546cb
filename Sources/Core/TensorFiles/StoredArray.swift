// One array as a file holds it: element type, shape and row-major little-endian bytes. What every format here reads into and writes from.
import Foundation
import Tensors

/// An array in its file's own precision; ``tensor`` converts it to float32.
public struct StoredArray: Sendable, Equatable {
    /// Element types, named as safetensors names them.
    public enum ElementType: String, Sendable, CaseIterable {
        case bool = "BOOL", u8 = "U8", i8 = "I8", i16 = "I16", u16 = "U16", f16 = "F16", bf16 = "BF16", i32 = "I32", u32 = "U32", f32 =
            "F32"
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

    public var type: ElementType
    public var shape: [Int]
    /// Row-major, little-endian, without gaps.
    public var data: Data

    public init(type: ElementType, shape: [Int], data: Data) {
        self.type = type
        self.shape = shape
        self.data = data
    }

    /// The tensor's values as F32.
    public init(_ tensor: Tensor) {
        let data = tensor.withUnsafeBuffer { values in
            var data = Data(capacity: 4 * values.count)
            for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
            return data
        }
        self.init(type: .f32, shape: tensor.shape, data: data)
    }

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The values rounded to float32. Half precision and bfloat16 convert exactly.
    public var tensor: Tensor {
        Tensor(shape: shape) { values in
            switch type {
            case .bool: convert(UInt8.self, into: values) { $0 == 0 ? 0 : 1 }
            case .u8: convert(UInt8.self, into: values) { Float($0) }
            case .i8: convert(Int8.self, into: values) { Float($0) }
            case .i16: convert(Int16.self, into: values) { Float($0) }
            case .u16: convert(UInt16.self, into: values) { Float($0) }
            case .f16: convert(UInt16.self, into: values, Self.halfPrecision)
            case .bf16: convert(UInt16.self, into: values) { Float(bitPattern: UInt32($0) << 16) }
            case .i32: convert(Int32.self, into: values) { Float($0) }
            case .u32: convert(UInt32.self, into: values) { Float($0) }
            case .f32: convert(UInt32.self, into: values) { Float(bitPattern: $0) }
            case .f64: convert(UInt64.self, into: values) { Float(Double(bitPattern: $0)) }
            case .i64: convert(Int64.self, into: values) { Float($0) }
            case .u64: convert(UInt64.self, into: values) { Float($0) }
            }
        }
    }

    /// The values as doubles, row-major, for what float32 would round.
    public var doubles: [Double] {
        switch type {
        case .f64: elements(UInt64.self).map(Double.init(bitPattern:))
        case .i64: elements(Int64.self).map { Double($0) }
        case .u64: elements(UInt64.self).map { Double($0) }
        case .i32: elements(Int32.self).map { Double($0) }
        case .u32: elements(UInt32.self).map { Double($0) }
        case .bool, .u8, .i8, .i16, .u16, .f16, .bf16, .f32: tensor.values.map { Double($0) }
        }
    }

    /// The values as integers, or nil where the type has fractions or a value is beyond `Int`.
    public var integers: [Int]? {
        switch type {
        case .bool, .u8: return data.map { Int($0) }
        case .i8: return elements(Int8.self).map { Int($0) }
        case .i16: return elements(Int16.self).map { Int($0) }
        case .u16: return elements(UInt16.self).map { Int($0) }
        case .i32: return elements(Int32.self).map { Int($0) }
        case .u32: return elements(UInt32.self).map { Int($0) }
        case .i64: return elements(Int64.self).map { Int($0) }
        case .u64:
            let values = elements(UInt64.self)
            return values.allSatisfy { $0 <= UInt64(Int.max) } ? values.map { Int($0) } : nil
        case .f16, .bf16, .f32, .f64: return nil
        }
    }

    /// Bytes that `shape` takes, or nil where that is no number: a negative axis, or a product beyond `Int` even with the axes of length zero
    /// left out, so that no later product of some of the axes can overflow.
    static func byteCount(_ type: ElementType, _ shape: [Int]) -> Int? {
        var bytes = type.size
        for axis in shape where axis != 0 {
            let product = bytes.multipliedReportingOverflow(by: axis)
            guard axis > 0, !product.overflow else { return nil }
            bytes = product.partialValue
        }
        return shape.contains(0) ? 0 : bytes
    }

    private func convert<Bits: FixedWidthInteger>(_: Bits.Type, into values: UnsafeMutableBufferPointer<Float>, _ value: (Bits) -> Float) {
        expect(data.count == values.count * MemoryLayout<Bits>.size, "\(data.count) bytes do not fill shape \(shape) of \(type.rawValue)")
        data.withUnsafeBytes { raw in
            for index in values.indices {
                values[index] = value(Bits(littleEndian: raw.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)))
            }
        }
    }

    private func elements<Bits: FixedWidthInteger>(_: Bits.Type) -> [Bits] {
        data.withUnsafeBytes { raw in
            (0..<raw.count / MemoryLayout<Bits>.size).map {
                Bits(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Bits>.size, as: Bits.self))
            }
        }
    }

    /// IEEE half precision; Swift's Float16 does not exist on every platform. The product moves the exponent's bias, also for subnormal numbers.
    private static func halfPrecision(_ bits: UInt16) -> Float {
        let magnitude = UInt32(bits & 0x7fff) << 13, sign = UInt32(bits & 0x8000) << 16
        if bits & 0x7c00 == 0x7c00 { return Float(bitPattern: sign | 0x7f80_0000 | magnitude) }
        return Float(bitPattern: sign | (Float(bitPattern: magnitude) * 0x1p112).bitPattern)
    }
}
