// Writing ZIP archives as NumPy reads them: no dates, so that equal arrays make equal files; ZIP64 where a number needs it.
import CZlib
import Foundation
import Tensors

struct ZipWriter {
    private var bytes = Data()
    private var directory = Data()
    private var count = 0
    /// From here on a number goes to the ZIP64 fields; a test lowers it.
    private let large: Int

    init(large: Int = 0xffff_ffff) { self.large = large }

    mutating func add(_ name: String, _ data: Data, deflated: Bool) {
        let offset = bytes.count, packed = deflated ? Self.deflate(data) : data
        let isLarge = max(data.count, packed.count) >= large, isFar = offset >= large
        var sizes = Data()
        if isLarge { sizes.append(little: UInt64(data.count), UInt64(packed.count)) }

        var common = Data()
        // General flag 11: the name is UTF-8. Date: the first of January 1980, the first there is.
        common.append(little: UInt16(isLarge || isFar ? 45 : 20), 1 << 11, deflated ? 8 : 0, 0, 0x21)
        common.append(little: ZipArchive.checksum(data), isLarge ? .max : UInt32(packed.count), isLarge ? .max : UInt32(data.count))
        common.append(little: UInt16(name.utf8.count))

        bytes.append(little: UInt32(0x0403_4b50))
        bytes.append(common)
        bytes.append(little: UInt16(isLarge ? 20 : 0))
        bytes.append(contentsOf: name.utf8)
        if isLarge {
            bytes.append(little: UInt16(1), 16)
            bytes.append(sizes)
        }
        bytes.append(packed)

        var extra = sizes
        if isFar { extra.append(little: UInt64(offset)) }
        directory.append(little: UInt32(0x0201_4b50))
        directory.append(little: UInt16(45))
        directory.append(common)
        directory.append(little: UInt16(extra.isEmpty ? 0 : extra.count + 4), 0, 0, 0)
        directory.append(little: UInt32(0), isFar ? .max : UInt32(offset))
        directory.append(contentsOf: name.utf8)
        if !extra.isEmpty {
            directory.append(little: UInt16(1), UInt16(extra.count))
            directory.append(extra)
        }
        count += 1
    }

    /// The archive with its directory.
    consuming func finished() -> Data {
        let start = bytes.count
        bytes.append(directory)
        if count >= min(large, 0xffff) || start >= large || directory.count >= large {
            let record = bytes.count
            bytes.append(little: UInt32(0x0606_4b50))
            bytes.append(little: UInt64(44))
            bytes.append(little: UInt16(45), 45)
            bytes.append(little: UInt32(0), 0)
            bytes.append(little: UInt64(count), UInt64(count), UInt64(directory.count), UInt64(start))
            bytes.append(little: UInt32(0x0706_4b50), 0)
            bytes.append(little: UInt64(record))
            bytes.append(little: UInt32(1))
        }
        bytes.append(little: UInt32(0x0605_4b50))
        bytes.append(little: UInt16(0), 0, UInt16(min(count, 0xffff)), UInt16(min(count, 0xffff)))
        bytes.append(little: UInt32(min(directory.count, 0xffff_ffff)), UInt32(min(start, 0xffff_ffff)))
        bytes.append(little: UInt16(0))
        return bytes
    }

    private static func deflate(_ data: Data) -> Data {
        var stream = z_stream(), result = Data()
        expect(emolab_deflate_start(&stream, Z_DEFAULT_COMPRESSION) == Z_OK, "zlib could not take memory")
        defer { deflateEnd(&stream) }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        data.withUnsafeBytes { source in
            var read = 0, status = Z_OK
            while status != Z_STREAM_END {
                let input = min(source.count - read, 1 << 30)
                stream.next_in = source.bindMemory(to: UInt8.self).baseAddress.map { UnsafeMutablePointer(mutating: $0 + read) }
                stream.avail_in = UInt32(input)
                let produced = chunk.withUnsafeMutableBufferPointer { target in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    status = CZlib.deflate(&stream, read + input == source.count ? Z_FINISH : Z_NO_FLUSH)
                    return target.count - Int(stream.avail_out)
                }
                read += input - Int(stream.avail_in)
                result.append(contentsOf: chunk[..<produced])
            }
        }
        return result
    }
}

extension Data {
    /// Appends numbers in little-endian order.
    mutating func append<Bits: FixedWidthInteger>(little values: Bits...) {
        for value in values { Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) } }
    }
}
