// ZIP archives (PKWARE's application note), as far as NumPy and PyTorch use them: stored and deflated members, ZIP64. The central directory is trusted
// over the local headers, and checked so that no member reaches into another: overlapping members are how small archives unpack to terabytes.
import CZlib
import Foundation
import Tensors

struct ZipArchive {
    struct Member: Equatable {
        var name: String
        var isDeflated: Bool
        var checksum: UInt32
        /// Bytes in the archive's data.
        var range: Range<Int>
        /// Bytes once inflated.
        var size: Int
    }

    let bytes: Data
    let format: ArrayFormat
    /// In the order of the central directory; folders are left out.
    private(set) var members: [Member] = []

    /// Deflate's shortest code repeats 258 bytes in two bits.
    private static let deflateRatio = 1032
    private static let endSize = 22

    init(bytes: Data, format: ArrayFormat = .zip) throws {
        self.bytes = bytes
        self.format = format
        let directory = try findDirectory()
        // The shortest entry has 46 bytes.
        guard directory.count <= directory.range.count / 46 else {
            throw damaged("\(directory.count) members in a directory of \(directory.range.count) bytes")
        }
        var reader = ByteReader(bytes[directory.range], format), names: Set<String> = [], spans: [Range<Int>] = []
        for _ in 0..<directory.count {
            guard let (member, span) = try entry(&reader, before: directory.range.lowerBound) else { continue }
            guard names.insert(member.name).inserted else { throw damaged("the member \"\(member.name)\" occurs twice") }
            members.append(member)
            spans.append(span)
        }
        spans.sort { $0.lowerBound < $1.lowerBound }
        for (one, next) in zip(spans, spans.dropFirst()) where one.upperBound > next.lowerBound { throw damaged("members overlap") }
    }

    func member(_ name: String) -> Member? { members.first { $0.name == name } }

    /// The member's bytes: a part of the archive's where they are stored, inflated on `allowance` otherwise.
    /// PyTorch can be told to leave checksums out, so that only NumPy's archives are held to them.
    func data(of member: Member, checksum: Bool, _ allowance: inout Allowance) throws -> Data {
        let packed = bytes[member.range]
        let data = member.isDeflated ? try inflated(packed, member, &allowance) : packed
        if checksum, Self.checksum(data) != member.checksum { throw damaged("the checksum of \"\(member.name)\" is wrong") }
        return data
    }

    static func checksum(_ data: Data) -> UInt32 {
        data.withUnsafeBytes { raw in
            guard let start = raw.bindMemory(to: UInt8.self).baseAddress else { return 0 }
            return UInt32(truncatingIfNeeded: crc32_z(0, start, raw.count))
        }
    }

    // MARK: Directory

    private func findDirectory() throws -> (range: Range<Int>, count: Int) {
        // The end record stands last; only a comment of at most 65,535 bytes may follow it.
        guard bytes.count >= Self.endSize else { throw damaged("\(bytes.count) bytes are too few") }
        let latest = bytes.endIndex - Self.endSize, earliest = max(bytes.startIndex, latest - 0xffff)
        guard
            let end = (earliest...latest).reversed().first(where: {
                bytes[$0] == 0x50 && signature(at: $0) == 0x0605_4b50 && commentFits($0)
            })
        else {
            throw damaged("there is no directory at its end; it is cut off")
        }
        var reader = ByteReader(bytes[(end + 4)...], format)
        let disk = try reader.integer(UInt16.self), directoryDisk = try reader.integer(UInt16.self)
        guard disk == directoryDisk, disk == 0 || disk == .max else {
            throw TensorFileError.unsupported(format, "archives in several parts are not read")
        }
        try reader.skip(2)
        var count = Int(try reader.integer(UInt16.self)), size = Int(try reader.integer(UInt32.self)),
            start = Int(try reader.integer(UInt32.self))
        var limit = end
        if end - bytes.startIndex >= 20, signature(at: end - 20) == 0x0706_4b50 {
            var locator = ByteReader(bytes[(end - 12)...], format)
            let offset = try locator.length()
            guard offset <= end - 20 - 56, signature(at: offset) == 0x0606_4b50 else {
                throw damaged("the ZIP64 end record is not where it is said to be")
            }
            var record = ByteReader(bytes[(offset + 32)...], format)
            (count, size, start, limit) = (try record.length(), try record.length(), try record.length(), offset)
        }
        guard start <= limit, size <= limit - start else { throw damaged("the directory lies outside the file") }
        return (start..<start + size, count)
    }

    private func signature(at index: Int) -> UInt32 {
        bytes[index..<index + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    private func commentFits(_ end: Int) -> Bool {
        end + Self.endSize + Int(bytes[end + 20]) + Int(bytes[end + 21]) << 8 == bytes.endIndex
    }

    /// One entry of the directory and all its bytes in the archive, header included; nil for a folder.
    private func entry(_ reader: inout ByteReader, before directory: Int) throws -> (Member, Range<Int>)? {
        guard try reader.integer(UInt32.self) == 0x0201_4b50 else { throw damaged("the directory is not one") }
        try reader.skip(4)
        let flags = try reader.integer(UInt16.self), method = try reader.integer(UInt16.self)
        try reader.skip(4)
        let checksum = try reader.integer(UInt32.self)
        var packed = Int(try reader.integer(UInt32.self)), size = Int(try reader.integer(UInt32.self))
        let nameLength = Int(try reader.integer(UInt16.self)), extraLength = Int(try reader.integer(UInt16.self))
        let commentLength = Int(try reader.integer(UInt16.self))
        try reader.skip(8)
        var offset = Int(try reader.integer(UInt32.self))
        let name = try reader.text(nameLength)
        var extra = ByteReader(try reader.take(extraLength), format)
        try reader.skip(commentLength)
        while extra.left >= 4 {
            let kind = try extra.integer(UInt16.self)
            var field = ByteReader(try extra.take(Int(try extra.integer(UInt16.self))), format)
            guard kind == 1 else { continue }
            if size == 0xffff_ffff { size = try field.length() }
            if packed == 0xffff_ffff { packed = try field.length() }
            if offset == 0xffff_ffff { offset = try field.length() }
        }
        guard flags & 1 == 0 else { throw TensorFileError.unsupported(format, "\"\(name)\" is encrypted") }
        guard method == 0 || method == 8 else {
            throw TensorFileError.unsupported(format, "\"\(name)\" is packed by method \(method); stored and deflated are read")
        }

        // The local header repeats the name; its own extra field differs and moves the data.
        guard offset <= directory - 30, signature(at: offset) == 0x0403_4b50 else {
            throw damaged("there is no header of \"\(name)\" at byte \(offset)")
        }
        var local = ByteReader(bytes[(offset + 26)..<directory], format)
        let localName = Int(try local.integer(UInt16.self)), localExtra = Int(try local.integer(UInt16.self))
        guard try local.text(localName) == name else { throw damaged("\"\(name)\" has another name in its own header") }
        try local.skip(localExtra)
        guard packed <= local.left else { throw damaged("\"\(name)\" reaches into the directory") }
        guard method == 8 ? size / Self.deflateRatio <= packed : size == packed else {
            throw damaged("\"\(name)\" cannot hold \(size) bytes in \(packed)")
        }
        if name.hasSuffix("/") { return nil }
        let start = local.position
        return (
            Member(name: name, isDeflated: method == 8, checksum: checksum, range: start..<start + packed, size: size),
            offset..<start + packed
        )
    }

    private func damaged(_ reason: String) -> TensorFileError { .damaged(format, reason) }

    // MARK: Inflating

    private func inflated(_ packed: Data, _ member: Member, _ allowance: inout Allowance) throws -> Data {
        try allowance.take(member.size, for: "inflating \"\(member.name)\"")
        var result = Data(count: member.size), stream = z_stream()
        guard emolab_inflate_start(&stream) == Z_OK else { throw TensorFileError.memory("zlib", wanted: 0, allowed: allowance.left) }
        defer { inflateEnd(&stream) }
        let complete = result.withUnsafeMutableBytes { (target: UnsafeMutableRawBufferPointer) in
            packed.withUnsafeBytes { source in
                // zlib counts in 32 bits; larger members go in turns. It wants an address even where nothing is to be written.
                var nothing: UInt8 = 0
                return withUnsafeMutablePointer(to: &nothing) { spare in
                    var read = 0, written = 0
                    while true {
                        let input = min(source.count - read, 1 << 30), output = min(target.count - written, 1 << 30)
                        stream.next_in = source.bindMemory(to: UInt8.self).baseAddress.map { UnsafeMutablePointer(mutating: $0 + read) }
                        stream.next_out = target.bindMemory(to: UInt8.self).baseAddress.map { $0 + written } ?? spare
                        (stream.avail_in, stream.avail_out) = (UInt32(input), UInt32(output))
                        let status = inflate(&stream, Z_NO_FLUSH)
                        let (consumed, produced) = (input - Int(stream.avail_in), output - Int(stream.avail_out))
                        read += consumed
                        written += produced
                        if status == Z_STREAM_END { return read == source.count && written == target.count }
                        guard status == Z_OK, consumed > 0 || produced > 0 else { return false }
                    }
                }
            }
        }
        guard complete else {
            throw damaged("the deflated bytes of \"\(member.name)\" are not valid, or not \(member.size) bytes once inflated")
        }
        return result
    }
}
