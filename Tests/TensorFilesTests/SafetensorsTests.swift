// Reading and writing safetensors, and refusing what is damaged.
import Foundation
import TestSupport
import Testing

@testable import Base
@testable import TensorFiles
@testable import Tensors

@Suite("Safetensors") struct SafetensorsTests {
    private func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> Data {
        var bytes = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Data($0) }
        bytes.append(contentsOf: header.utf8)
        bytes.append(Data(count: data))
        return bytes
    }

    @Test("What is written reads back the same, at an aligned offset, larger elements first")
    func roundTrip() throws {
        var stream = RandomStream(seed: 1, name: "file")
        var written = Safetensors(
            ["b/weight": stream.normal([3, 5]), "scalar": .scalar(7), "empty": .zeros([0, 4]), "quo\"te\\ü\n": .ones([1])],
            metadata: ["format": "emolab", "note": "a \"b\""])
        written.set("counts", integers: [-3, 1 << 40], shape: [2, 1])
        let bytes = written.bytes(), read = try Safetensors(bytes: bytes)
        #expect(read == written)
        #expect(try read.tensor("b/weight").shape == [3, 5] && read.tensor("scalar").item == 7)
        #expect(try read.integers("counts") == [-3, 1 << 40])
        let header = bytes[0]
        #expect(header % 8 == 0 && bytes.count > Int(header))
        let text = String(decoding: bytes.dropFirst(8), as: UTF8.self)
        #expect(text.range(of: "counts")!.lowerBound < text.range(of: "b/weight")!.lowerBound)
    }

    @Test("A reference file written by the Rust library reads, and writes back to equal values")
    func reference() throws {
        let golden = try Safetensors(contentsOf: Fixtures.url("golden/gru_bi2.safetensors"))
        #expect(golden.entries.count == 36 && golden["w.weight_ih_l1_reverse"]?.shape == [21, 14])
        #expect(try Safetensors(bytes: golden.bytes()) == golden)
    }

    @Test("Every element type becomes the numbers it stands for")
    func elementTypes() throws {
        let cases: [(Safetensors.ElementType, [UInt8], [Double])] = [
            (.bool, [0, 1], [0, 1]), (.u8, [0, 255], [0, 255]), (.i8, [0x80, 0x7f], [-128, 127]), (.i16, [0, 0x80], [-32768]),
            (.u16, [0, 0x80], [32768]), (.f16, [0, 0x3c, 0, 0xc0, 1, 0, 0xff, 0x7b], [1, -2, 0x1p-24, 65504]), (.bf16, [0x80, 0x3f], [1]),
            (.i32, [0xff, 0xff, 0xff, 0xff], [-1]), (.u32, [0xff, 0xff, 0xff, 0xff], [4_294_967_295]), (.f32, [0, 0, 0x80, 0x3f], [1]),
            (.f64, [0, 0, 0, 0, 0, 0, 0xf0, 0xbf], [-1]), (.i64, Array(repeating: 0xff, count: 8), [-1]),
            (.u64, [1, 0, 0, 0, 0, 0, 0, 0], [1]),
        ]
        #expect(Set(cases.map(\.0)) == Set(Safetensors.ElementType.allCases))
        for (type, bytes, expected) in cases {
            var file = Safetensors()
            file.entries["x"] = .init(type: type, shape: [expected.count], data: Data(bytes))
            let read = try Safetensors(bytes: file.bytes())
            #expect(try read.doubles("x") == expected, "\(type)")
        }
        #expect(throws: SafetensorsError.missing("y")) { try Safetensors().tensor("y") }
    }

    static let damaged: [(String, String, Int)] = [
        ("not an object", "[]", 0),
        ("cut off", "{\"a\":{\"dtype\":\"F32\"", 0),
        ("text behind", "{} x", 0),
        ("a hole", #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8),
        ("a gap between", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#, 3),
        ("an overlap", #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, 3),
        ("bytes left over", #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 3),
        ("data too short", #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 1),
        ("offsets reversed", #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[2,0]}}"#, 2),
        ("a shape that does not fit", #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8),
        ("a shape that overflows", #"{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0),
        ("a number that overflows", #"{"a":{"dtype":"F64","shape":[99999999999999999999],"data_offsets":[0,0]}}"#, 0),
        ("a negative length", #"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, 1),
        ("a fraction", #"{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}"#, 1),
        ("one offset", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}"#, 1),
        ("an unknown type", #"{"a":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}"#, 1),
        ("a name twice", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2),
        (
            "an escaped name twice",
            #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2
        ),
        ("metadata of numbers", #"{"__metadata__":{"a":1}}"#, 0),
        ("half a surrogate", #"{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1),
        ("an unknown key", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"extra":[1]}}"#, 1),
        ("deep nesting", String(repeating: "{\"a\":", count: 100_000), 0),
    ]

    @Test("Damage is refused with a reason", arguments: damaged)
    func refused(what: String, header: String, data: Int) {
        #expect(throws: SafetensorsError.self, "\(what)") { try Safetensors(bytes: file(header, data: data)) }
    }

    @Test("Header lengths beyond the file or all sense are refused", arguments: [UInt64.max, 1 << 63, 100_000_001, 60, 3])
    func headerLength(length: UInt64) {
        #expect(throws: SafetensorsError.self) { try Safetensors(bytes: file("{}", length: length)) }
    }

    @Test("Files too short for a header are refused", arguments: 0..<8)
    func short(count: Int) {
        #expect(throws: SafetensorsError.tooShort(bytes: count)) { try Safetensors(bytes: Data(count: count)) }
    }

    @Test("Mutated files are refused or read within their bounds, never more")
    func mutations() throws {
        let original = [UInt8](Safetensors(["weight": .ones([3, 2]), "bias": .zeros([3])], metadata: ["a": "b"]).bytes())
        var stream = RandomStream(seed: 77, name: "mutations"), accepted = 0
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0...stream.int(below: 3) {
                switch stream.int(below: 4) {
                case 0: bytes[stream.int(below: bytes.count)] = UInt8(truncatingIfNeeded: stream.next())
                case 1: bytes[stream.int(below: bytes.count)] ^= 1 << UInt8(stream.int(below: 8))
                case 2: bytes.removeSubrange(stream.int(below: bytes.count)...)
                default: bytes.insert(UInt8(truncatingIfNeeded: stream.next()), at: stream.int(below: bytes.count))
                }
                if bytes.isEmpty { break }
            }
            guard let file = try? Safetensors(bytes: Data(bytes)) else { continue }
            accepted += 1
            let held = file.entries.values.reduce(0) { $0 + $1.data.count }
            #expect(held <= bytes.count)
            for (name, entry) in file.entries { #expect(try file.tensor(name).count == entry.shape.reduce(1, *)) }
        }
        // Changed data bytes are valid, so some are read; most are not.
        #expect(accepted > 0 && accepted < 15_000)
    }
}
