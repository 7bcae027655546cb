// A checksum over all of a safetensors file, kept in its own metadata: a byte that changed on the disk is found before it is trained on.
import Base
import Foundation
import TensorFiles

enum CheckpointSeal {
    enum Finding { case whole, broken, none }

    private static let key = "emolab.checksum"
    private static let digits = 16

    /// The file's bytes with their checksum (XXH3, 64 bits) in the metadata, taken while zeros stood in its place.
    static func bytes(of stored: Safetensors) -> Data {
        var stored = stored
        stored.metadata[key] = String(repeating: "0", count: digits)
        var bytes = stored.bytes()
        guard let place = place(in: bytes) else { preconditionFailure("the metadata was written a line above") }
        bytes.replaceSubrange(place, with: checksum(of: bytes))
        return bytes
    }

    /// Whether the bytes are those that were sealed. Leaves zeros in the checksum's place.
    static func check(_ bytes: inout Data) -> Finding {
        guard let place = place(in: bytes) else { return .none }
        let stored = Data(bytes[place])
        bytes.replaceSubrange(place, with: Data(repeating: UInt8(ascii: "0"), count: digits))
        return stored == checksum(of: bytes) ? .whole : .broken
    }

    /// Where the digits stand. A quote inside a string of the header is escaped, so no other text looks like the key.
    private static func place(in bytes: Data) -> Range<Data.Index>? {
        guard bytes.count >= 8 else { return nil }
        let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[bytes.startIndex + $1]) << (8 * UInt64($1)) }
        let header = bytes.startIndex + 8..<bytes.startIndex + 8 + Int(min(length, UInt64(bytes.count - 8)))
        guard let found = bytes.range(of: Data("\"\(key)\":\"".utf8), in: header), found.upperBound + digits <= header.upperBound else {
            return nil
        }
        return found.upperBound..<found.upperBound + digits
    }

    private static func checksum(of bytes: Data) -> Data {
        let text = String(UInt64(bitPattern: bytes.withUnsafeBytes { ContentHash.checksum($0) }), radix: 16)
        return Data((String(repeating: "0", count: digits - text.count) + text).utf8)
    }
}
