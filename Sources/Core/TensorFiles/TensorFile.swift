// One way in for arrays and weights: the format is recognised by the bytes, never by the file's name.
import Base
import Foundation
import Tensors

/// Named arrays from a safetensors, npy, npz or PyTorch file. No file can run code, and none takes more memory than ``ReadingLimit`` allows.
public struct TensorFile: Sendable, Equatable {
    public let format: ArrayFormat
    /// In their own precision; ``tensor(_:)`` converts to float32. A PyTorch file's nested names are joined by dots.
    public let arrays: [String: StoredArray]
    /// What safetensors keeps as `__metadata__`; in a PyTorch file the numbers and texts beside the tensors.
    public let metadata: [String: String]

    /// The name of the array in a file that holds one without a name: npy, and a tensor saved by itself.
    public static let onlyName = "array"

    /// Reads a file into memory; it is not mapped, so that a file cut short while it is in use cannot end the program.
    /// The index of several files stands for all of them.
    public init(contentsOf url: URL, limit: ReadingLimit = .standard) throws {
        let bytes = try BoundedFile.data(of: url, atMost: Safetensors.longestFile)
        if let index = ShardIndex(bytes) {
            self = try index.read(in: url.deletingLastPathComponent(), limit: limit)
        } else {
            try self.init(bytes: bytes, limit: limit)
        }
    }

    init(format: ArrayFormat, arrays: [String: StoredArray], metadata: [String: String]) {
        (self.format, self.arrays, self.metadata) = (format, arrays, metadata)
    }

    /// Reads a whole file's bytes. Throws ``TensorFileError`` or ``SafetensorsError``.
    public init(bytes: Data, limit: ReadingLimit = .standard) throws {
        let bytes = bytes.startIndex == 0 ? bytes : Data(bytes)
        var allowance = limit.allowance(fileBytes: bytes.count)
        if bytes.starts(with: Npy.magic) {
            (format, metadata) = (.npy, [:])
            arrays = [Self.onlyName: try Npy.read(bytes, &allowance)]
        } else if bytes.starts(with: [0x50, 0x4b, 3, 4]) || bytes.starts(with: [0x50, 0x4b, 5, 6]) {
            let archive = try ZipArchive(bytes: bytes)
            if let pickle = PyTorchFile.pickle(in: archive) {
                let contents = try PyTorchFile.read(archive, pickle: pickle, allowance)
                (format, arrays, metadata) = (.pyTorch, contents.arrays, contents.metadata)
            } else {
                guard archive.members.allSatisfy({ $0.name.hasSuffix(".npy") }) else {
                    throw TensorFileError.unsupported(
                        .zip, "the archive is neither npz nor PyTorch: it has members that are not arrays, and no data.pkl")
                }
                (format, metadata) = (.npz, [:])
                arrays = try Npz.read(archive, &allowance)
            }
        } else if bytes.first == 0x80, bytes.dropFirst(2).starts(with: PyTorchFile.legacyStart) {
            let contents = try PyTorchFile.readLegacy(bytes, allowance)
            (format, arrays, metadata) = (.pyTorchLegacy, contents.arrays, contents.metadata)
        } else if let what = Self.foreign(bytes) {
            throw TensorFileError.foreign(what)
        } else if bytes.count > 8, bytes[8] == UInt8(ascii: "{") {
            let file = try Safetensors(bytes: bytes)
            (format, arrays, metadata) = (.safetensors, file.entries, file.metadata)
        } else {
            let start = bytes.prefix(8).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined(separator: " ")
            throw TensorFileError.unrecognised(bytes.isEmpty ? "it is empty" : "it starts with \(start)")
        }
    }

    /// What stands in place of weights, where that can be told; nil for anything else.
    public static func foreign(_ bytes: Data) -> String? {
        if let what = ForeignFile.description(of: bytes) { return what }
        if let index = ShardIndex(bytes) { return "\(index.words), not the weights: name the index by its path, with its files beside it" }
        guard let first = bytes.first(where: { $0 > 0x20 }), bytes.count <= 16 << 20,
            first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return nil }
        struct Message: Decodable { var error: String?, message: String?, detail: String? }
        guard (try? JSONDecoder().decode(AnyJSON.self, from: bytes)) != nil else { return nil }
        let said = (try? JSONDecoder().decode(Message.self, from: bytes)).flatMap { $0.error ?? $0.message ?? $0.detail }
        return said.map { "a server's message (\"\($0.prefix(120))\"), not weights: download them again by their own address" }
            ?? "a JSON text, such as a configuration, not weights"
    }

    /// Any value: that it is JSON is all that is asked.
    private struct AnyJSON: Decodable {
        init(from decoder: any Decoder) throws { _ = try decoder.singleValueContainer() }
    }

    /// Names in alphabetical order.
    public var names: [String] { arrays.keys.sorted() }

    /// The array of that name converted to float32. Throws where there is none.
    public func tensor(_ name: String) throws -> Tensor {
        guard let array = arrays[name] else { throw TensorFileError.missing(name) }
        return array.tensor
    }

    /// What ``bytes(of:as:)`` writes.
    public enum Output: Sendable, CaseIterable { case safetensors, npz, compressedNpz }

    /// A file's bytes; equal arrays make equal files. One array without a name goes through ``Npy/bytes(_:)``.
    public static func bytes(of arrays: [String: StoredArray], metadata: [String: String] = [:], as output: Output) -> Data {
        switch output {
        case .npz: return Npz.bytes(arrays)
        case .compressedNpz: return Npz.bytes(arrays, compressed: true)
        case .safetensors:
            var file = Safetensors()
            (file.entries, file.metadata) = (arrays, metadata)
            return file.bytes()
        }
    }
}
