// NumPy's files: what NumPy wrote reads, what is written is what NumPy writes, and damage is refused.
import Foundation
import TestSupport
import Testing

@testable import Base
@testable import TensorFiles
@testable import Tensors

func arrayFile(_ name: String) throws -> Data { try Data(contentsOf: Fixtures.url("files/\(name)")) }

@Suite("npy and npz") struct NpyTests {
    private static let ramp: [Float] = [0, 1, 2, 3, 4, 5]

    /// A version 1.0 file with any header.
    private static func file(_ header: String, data: Int = 0, version: [UInt8] = [1, 0], length: Int? = nil) -> Data {
        var bytes = Data(Npy.magic + version)
        if version[0] == 1 {
            bytes.append(little: UInt16(length ?? header.utf8.count))
        } else {
            bytes.append(little: UInt32(length ?? header.utf8.count))
        }
        bytes.append(contentsOf: header.utf8)
        bytes.append(Data(count: data))
        return bytes
    }

    @Test(
        "Versions 1, 2 and 3 and both byte orders read to the same numbers",
        arguments: ["ramp.npy", "version2.npy", "version3.npy", "big-endian.npy"])
    func versions(name: String) throws {
        let array = try Npy.read(arrayFile(name))
        #expect(array.shape == [2, 3] && array.type == .f32 && array.tensor.values == Self.ramp)
    }

    @Test("A column-major array of three axes becomes row-major")
    func columnMajor() throws {
        let array = try Npy.read(arrayFile("fortran.npy"))
        #expect(array.type == .f64 && array.shape == [2, 3, 4] && array.doubles == (0..<24).map(Double.init))
    }

    @Test("An array without axes holds one number")
    func scalar() throws {
        let array = try Npy.read(arrayFile("scalar.npy"))
        #expect(array.shape == [] && array.tensor.item == 2.5)
    }

    @Test("Every element type reads from stored and deflated archives", arguments: ["types.npz", "types-deflated.npz"])
    func elementTypes(name: String) throws {
        let arrays = try Npz.read(arrayFile(name))
        let types: [String: StoredArray.ElementType] = [
            "bool": .bool, "uint8": .u8, "int8": .i8, "int16": .i16, "uint16": .u16, "float16": .f16, "int32": .i32, "uint32": .u32,
            "float32": .f32, "float64": .f64, "int64": .i64, "uint64": .u64,
        ]
        for (name, type) in types {
            #expect(arrays[name]?.type == type, "\(name)")
            #expect(arrays[name]?.doubles == [1, 0, type == .bool ? 1 : 3], "\(name)")
        }
        #expect(arrays["grid/ramp"]?.tensor.values == Self.ramp && arrays["empty"]?.shape == [0, 3] && arrays.count == types.count + 2)
    }

    @Test("Files are NumPy's own, byte for byte", arguments: ["ramp.npy", "scalar.npy"])
    func written(name: String) throws {
        let bytes = try arrayFile(name)
        #expect(try Npy.bytes(Npy.read(bytes)) == bytes)
    }

    @Test(
        "Every type writes and reads back; bfloat16, which NumPy lacks, becomes float32", arguments: StoredArray.ElementType.allCases,
        [[3], [], [2, 0], [1, 2, 1]])
    func roundTrip(type: StoredArray.ElementType, shape: [Int]) throws {
        let count = shape.reduce(1, *), data = Data((0..<UInt8(count * type.size)).map { type == .bool ? $0 % 2 : $0 })
        let array = StoredArray(type: type, shape: shape, data: data), bytes = Npy.bytes(array), read = try Npy.read(bytes)
        #expect((bytes.count - data.count * (type == .bf16 ? 2 : 1)) % 64 == 0)
        #expect(type == .bf16 ? read.type == .f32 && read.tensor.values == array.tensor.values : read == array)
    }

    @Test("Archives read back, stored and deflated, and equal arrays make equal files")
    func archive() throws {
        var stream = RandomStream(seed: 4, name: "archive")
        let arrays = [
            "weight": StoredArray(stream.normal([30, 40])), "layers/0.bias": StoredArray(.zeros([2000])), "ü": StoredArray(.scalar(1)),
        ]
        for compressed in [false, true] { #expect(try Npz.read(Npz.bytes(arrays, compressed: compressed)) == arrays) }
        #expect(Npz.bytes(arrays, compressed: true) == Npz.bytes(arrays, compressed: true))
        #expect(Npz.bytes(arrays, compressed: true).count < Npz.bytes(arrays).count - 7000)
        #expect(try Npz.read(Npz.bytes([:])) == [:])
    }

    @Test("ZIP64 fields write and read, here from 100 bytes on")
    func zip64() throws {
        var writer = ZipWriter(large: 100), allowance = ReadingLimit.standard.allowance(fileBytes: 0)
        let parts = [Data(repeating: 7, count: 99), Data(repeating: 8, count: 300), Data(), Data(repeating: 9, count: 1)]
        for (index, part) in parts.enumerated() { writer.add("part\(index)", part, deflated: index % 2 == 1) }
        let archive = try ZipArchive(bytes: writer.finished())
        #expect(archive.members.map(\.name) == ["part0", "part1", "part2", "part3"])
        for (member, part) in zip(archive.members, parts) { #expect(try archive.data(of: member, checksum: true, &allowance) == part) }
    }

    static let refusedHeaders: [(String, String, Int)] = [
        ("nothing", "", 0),
        ("cut off", "{'descr': '<f4', 'fortran_order': False, 'shape': (1", 4),
        ("a key missing", "{'descr': '<f4', 'shape': (1,)}", 4),
        ("a key twice", "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", 4),
        ("another key", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", 4),
        ("text behind", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", 4),
        ("a call", "{'descr': __import__('os').system('ls'), 'fortran_order': False, 'shape': (1,)}", 4),
        ("too little data", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 4),
        ("too much data", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", 8),
        ("a negative axis", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", 4),
        ("a shape that is no tuple", "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}", 4),
        ("numbers without a comma", "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1)}", 4),
        ("an axis beyond 64 bits", "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", 4),
        ("a product that overflows", "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 0),
        ("a product that overflows but for a zero", "{'descr': '<f8', 'fortran_order': True, 'shape': (4294967296, 4294967296, 0)}", 0),
        ("65 axes", "{'descr': '<f4', 'fortran_order': False, 'shape': (\(String(repeating: "1,", count: 65)))}", 4),
        ("complex numbers", "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", 8),
        ("objects", "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 8),
        ("text", "{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", 4),
        ("several bytes in no order", "{'descr': '|f4', 'fortran_order': False, 'shape': (1,)}", 4),
        ("neither true nor false", "{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}", 4),
        ("deep nesting", String(repeating: "{'descr':", count: 5000), 0),
    ]

    @Test("Damaged headers and foreign types are refused with a reason", arguments: refusedHeaders)
    func refused(what: String, header: String, data: Int) {
        #expect(throws: TensorFileError.self, "\(what)") { try Npy.read(Self.file(header, data: data)) }
    }

    @Test("Spacing, quotes, order of keys and native byte order do not matter")
    func lenient() throws {
        let header = "{ \"shape\" :( 2 , 1 ),'fortran_order':True,\n'descr':'=i2'}  \n"
        #expect(try Npy.read(Self.file(header, data: 4)) == StoredArray(type: .i16, shape: [2, 1], data: Data(count: 4)))
    }

    @Test("Lengths and versions that are none are refused")
    func lengths() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}"
        #expect(throws: TensorFileError.self) { try Npy.read(Self.file(header, data: 4, length: 60000)) }
        #expect(throws: TensorFileError.self) { try Npy.read(Self.file(header, data: 4, version: [2, 0], length: Int(UInt32.max))) }
        #expect(throws: TensorFileError.self) { try Npy.read(Self.file(header, data: 4, version: [4, 0])) }
        #expect(throws: TensorFileError.self) { try Npy.read(Self.file(header, data: 4, version: [1, 7])) }
    }

    @Test("Pickled objects and structured types are refused by name", arguments: ["object.npy", "structured.npy"])
    func foreign(name: String) throws {
        let bytes = try arrayFile(name)
        #expect { try Npy.read(bytes) } throws: { error in
            if case TensorFileError.unsupported(.npy, _) = error { true } else { false }
        }
    }

    @Test("A file cut anywhere is refused", arguments: ["ramp.npy", "fortran.npy", "types.npz", "types-deflated.npz"])
    func truncated(name: String) throws {
        let bytes = try arrayFile(name)
        for count in 0..<bytes.count { #expect(throws: TensorFileError.self) { try TensorFile(bytes: bytes.prefix(count)) } }
    }

    @Test("A changed byte in an archive's arrays fails their checksum", arguments: ["types.npz", "types-deflated.npz"])
    func checksum(name: String) throws {
        let bytes = try arrayFile(name)
        for member in try ZipArchive(bytes: bytes).members {
            var changed = bytes
            changed[(member.range.lowerBound + member.range.upperBound) / 2] ^= 0x10
            #expect(throws: TensorFileError.self) { try Npz.read(changed) }
        }
    }

    @Test("A bomb is refused before its memory is taken, and a small file of zeros is not one")
    func bomb() throws {
        #expect(try Npz.read(arrayFile("zeros.npz"))["zeros"]?.count == 512 * 512)
        let zeros = StoredArray(type: .u8, shape: [32 << 20], data: Data(count: 32 << 20))
        let file = Npz.bytes(["zeros": zeros], compressed: true)
        #expect(file.count < 64 << 10)
        #expect(throws: TensorFileError.self) { try Npz.read(file, limit: ReadingLimit(floor: 1 << 20)) }
        #expect(try Npz.read(file)["zeros"]?.count == 32 << 20)
    }

    @Test("An archive may not say that deflated bytes hold more than deflate can pack, or other than they do")
    func sizes() throws {
        let file = Npz.bytes(["zeros": StoredArray(.zeros([1000]))], compressed: true)
        let directory = try #require(file.range(of: Data([0x50, 0x4b, 1, 2]))).lowerBound
        for size: UInt32 in [.max - 1, 1 << 20, 4127, 4129, 0] {
            var changed = file
            changed.replaceSubrange(directory + 24..<directory + 28, with: withUnsafeBytes(of: size.littleEndian) { Data($0) })
            #expect(throws: TensorFileError.self, "\(size)") { try Npz.read(changed) }
        }
    }

    @Test("Members that share bytes are refused, even where each by itself is right")
    func overlap() throws {
        let b = StoredArray(.ones([4])), small = Npz.bytes(["b": b]), mark = Data([0x50, 0x4b, 1, 2])
        // All of b's member, header included, is the data of a.
        let member = small[..<(try #require(small.range(of: mark)).lowerBound)]
        let a = StoredArray(type: .u8, shape: [member.count], data: member), file = Npz.bytes(["a": a, "b": b])
        let inside = try #require(file.range(of: member)).lowerBound
        let first = try #require(file.range(of: mark, in: (inside + member.count)..<file.endIndex)).lowerBound
        let second = try #require(file.range(of: mark, in: (first + 4)..<file.endIndex)).lowerBound
        var changed = file
        changed.replaceSubrange(second + 42..<second + 46, with: withUnsafeBytes(of: UInt32(inside).littleEndian) { Data($0) })
        #expect(try Npz.read(file) == ["a": a, "b": b])
        #expect(throws: TensorFileError.damaged(.npz, "members overlap")) { try Npz.read(changed) }
    }
}
