// Reads float32 tensors of a golden safetensors file; Media stands below the floor that reads weights.
import Foundation
import TestSupport

struct Golden {
    private let tensors: [String: (shape: [Int], values: [Float])]

    init(_ name: String) throws {
        struct Entry: Decodable {
            let shape: [Int]
            let data_offsets: [Int]
        }
        let bytes = try Data(contentsOf: Fixtures.url("golden/\(name).safetensors"))
        let length = Int(bytes.prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << (8 * UInt64($1.offset)) })
        let header = try JSONDecoder().decode([String: Entry].self, from: bytes[8..<(8 + length)])
        tensors = header.mapValues { entry in
            let body = bytes[(8 + length + entry.data_offsets[0])..<(8 + length + entry.data_offsets[1])]
            let values = [Float](unsafeUninitializedCapacity: body.count / 4) { buffer, count in
                count = body.copyBytes(to: buffer) / 4
            }
            return (entry.shape, values)
        }
    }

    func values(_ name: String) throws -> [Float] {
        guard let tensor = tensors[name] else { throw Missing(name: name) }
        return tensor.values
    }

    func shape(_ name: String) throws -> [Int] {
        guard let tensor = tensors[name] else { throw Missing(name: name) }
        return tensor.shape
    }

    struct Missing: Error { let name: String }
}

/// The largest of |a - b|; infinite where the lengths differ.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
}
