// One way in: the format is told by the bytes.
import Foundation
import TestSupport
import Testing

@testable import TensorFiles
@testable import Tensors

@Suite("Files of arrays") struct TensorFileTests {
    @Test(
        "The format is told by the bytes",
        arguments: [
            ("types.safetensors", ArrayFormat.safetensors), ("ramp.npy", .npy), ("types.npz", .npz), ("types-deflated.npz", .npz),
            ("module.pt", .pyTorch),
            ("module-legacy.pt", .pyTorchLegacy),
        ])
    func recognised(name: String, format: ArrayFormat) throws {
        let file = try TensorFile(contentsOf: Fixtures.url("files/\(name)"))
        #expect(file.format == format && !file.arrays.isEmpty)
        for name in file.names { #expect(try file.tensor(name).shape == file.arrays[name]?.shape) }
        #expect(throws: TensorFileError.missing("nothing")) { try file.tensor("nothing") }
    }

    @Test(
        "Anything else is refused and named by its first bytes",
        arguments: ["", "P", "<html><body>", "\u{93}NUMPY", "PK\u{5}\u{6}", "PK\u{3}\u{4}..."])
    func unrecognised(text: String) {
        #expect(throws: TensorFileError.self) { try TensorFile(bytes: Data(text.utf8)) }
        #expect(throws: TensorFileError.unrecognised("it starts with 76 65 72 73 69 6f 6e 20")) {
            try TensorFile(bytes: Data("version of ours".utf8))
        }
    }

    @Test("A part of other data reads as the file it is")
    func slices() throws {
        for name in ["types.safetensors", "ramp.npy", "types.npz", "module.pt", "module-legacy.pt"] {
            let bytes = try arrayFile(name), padded = Data(repeating: 0, count: 13) + bytes
            #expect(try TensorFile(bytes: padded[13...]) == TensorFile(bytes: bytes), "\(name)")
        }
    }

    @Test("What the safetensors library wrote reads as PyTorch's own file of the same tensors")
    func sameTensors() throws {
        let one = try TensorFile(bytes: arrayFile("types.safetensors")), other = try TensorFile(bytes: arrayFile("types.pt"))
        #expect(one.metadata == ["format": "pt"])
        for name in other.names { #expect(one.arrays[name] == other.arrays[name], "\(name)") }
        #expect(one.arrays["scalar"]?.shape == [] && one.arrays["empty"]?.shape == [0, 3])
        for name in ["uint16", "uint32", "uint64"] { #expect(one.arrays[name]?.integers == [0, 1, 7]) }
    }

    @Test("Weights go from PyTorch's format to each of ours and back unchanged", arguments: TensorFile.Output.allCases)
    func converted(output: TensorFile.Output) throws {
        let weights = try TensorFile(bytes: arrayFile("module.pt"))
        #expect(try TensorFile(bytes: TensorFile.bytes(of: weights.arrays, as: output)).arrays == weights.arrays)
    }

    @Test("Half precision equals a division by powers of two for every bit pattern")
    func halfPrecision() {
        let data = Data((0...UInt16.max).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
        let values = StoredArray(type: .f16, shape: [65536], data: data).tensor.values
        for bits in 0...0xffff {
            let exponent = bits >> 10 & 31, fraction = Double(bits & 1023), sign: Double = bits >> 15 == 0 ? 1 : -1
            let expected = exponent == 0 ? fraction * 0x1p-24 : (1024 + fraction) * exp2(Double(exponent - 25))
            switch (exponent, fraction) {
            case (31, 0): #expect(values[bits] == Float(sign) * .infinity)
            case (31, _): #expect(values[bits].isNaN)
            default: #expect(values[bits] == Float(sign * expected) && (values[bits].sign == .minus) == (sign < 0))
            }
        }
    }

    @Test("Integers beyond float32 keep their value as integers and round once as floats")
    func integers() {
        let large = StoredArray(type: .i64, shape: [1], data: withUnsafeBytes(of: Int64(1 << 53 + 1).littleEndian) { Data($0) })
        #expect(large.integers == [1 << 53 + 1] && large.tensor.item == Float(Int64(1 << 53 + 1)))
        let beyond = StoredArray(type: .u64, shape: [1], data: Data(repeating: 0xff, count: 8))
        #expect(beyond.integers == nil && beyond.tensor.item == 0x1p64)
    }

    @Test("Shapes whose axes overflow are refused even where one of them is zero")
    func overflow() {
        #expect(StoredArray.byteCount(.f32, [0, 1 << 40, 1 << 40]) == nil)
        #expect(
            StoredArray.byteCount(.f32, [0, 1 << 40]) == 0 && StoredArray.byteCount(.f64, []) == 8
                && StoredArray.byteCount(.u8, [-1]) == nil)
    }
}
