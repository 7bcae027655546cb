// Reading numbers and runs of bytes one after the other, never beyond the end.
import Foundation
import Tensors

struct ByteReader {
    let bytes: Data
    let format: ArrayFormat
    /// Index into `bytes` of the next byte.
    private(set) var position: Int

    init(_ bytes: Data, _ format: ArrayFormat) {
        self.bytes = bytes
        self.format = format
        position = bytes.startIndex
    }

    var left: Int { bytes.endIndex - position }
    /// Bytes read so far.
    var offset: Int { position - bytes.startIndex }

    mutating func byte() throws -> UInt8 {
        guard position < bytes.endIndex else { throw ended(1) }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next `count` bytes, shared with the whole.
    mutating func take(_ count: Int) throws -> Data {
        guard count >= 0, count <= left else { throw ended(count) }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func skip(_ count: Int) throws { _ = try take(count) }

    /// A little-endian number.
    mutating func integer<Bits: FixedWidthInteger>(_: Bits.Type) throws -> Bits {
        try take(MemoryLayout<Bits>.size).withUnsafeBytes { Bits(littleEndian: $0.loadUnaligned(as: Bits.self)) }
    }

    /// A little-endian 64-bit length, refused where `Int` cannot hold it.
    mutating func length() throws -> Int {
        let value = try integer(UInt64.self)
        guard let length = Int(exactly: value) else { throw damaged("a length of \(value) bytes") }
        return length
    }

    mutating func text(_ count: Int) throws -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else { throw damaged("text is not UTF-8") }
        return text
    }

    /// Text up to a line feed, of at most `limit` bytes.
    mutating func line(limit: Int) throws -> String {
        guard let end = bytes[position...].prefix(limit + 1).firstIndex(of: UInt8(ascii: "\n")) else {
            throw damaged("a name without end, or longer than \(limit) bytes")
        }
        let line = try text(end - position)
        position = end + 1
        return line
    }

    func damaged(_ reason: String) -> TensorFileError { .damaged(format, "\(reason), at byte \(offset)") }

    private func ended(_ wanted: Int) -> TensorFileError { damaged("\(wanted) more bytes are announced, \(left) follow") }
}
