import Base
import Foundation

/// The lines of a text file of any size, one at a time: holds a piece of it, never the whole. Lines end in LF, CRLF or CR; a mark of the byte order is no text.
/// UTF-16 is converted, up to `TableText.maximumConverted`.
enum FileLines {
    struct Line {
        /// Without the line end; valid only while it is looked at.
        let bytes: UnsafeRawBufferPointer
        /// Counts from 1.
        let number: Int
        /// Where it begins, in bytes of the file; nil where the file was converted.
        let offset: Int?
        /// True where it is longer than the limit and only its beginning is here.
        let isCut: Bool

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// Calls `body` with every line until it returns false.
    /// - Throws: `CorpusError.badTable` where the file cannot be read or is no text, and what `body` throws.
    static func forEach(of path: String, limit: Int = 1 << 16, _ body: (Line) throws -> Bool) throws {
        let handle = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard handle >= 0 else { throw CorpusError.badTable(path: path, reason: String(cString: strerror(errno))) }
        defer { close(handle) }
        let capacity = max(2 * limit, 1 << 20)
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
        defer { buffer.deallocate() }
        var count = try fill(buffer, capacity, from: handle, path)
        let (encoding, mark): (TableText.Encoding, Int)
        do { (encoding, mark) = try TableText.encoding(of: Data(bytes: buffer, count: min(count, 4096))) } catch {
            throw CorpusError.badTable(path: path, reason: error.reason)
        }
        if case .utf16(let isBig) = encoding {
            let text = try converted(path, isBig: isBig, mark: mark)
            try text.withUnsafeBytes { raw in
                var rest = raw
                try forEach(limit: limit, capacity, buffer, body, from: 0, filled: 0, isConverted: true) { into, room in
                    let part = min(room, rest.count)
                    if part > 0, let start = rest.baseAddress { into.copyMemory(from: start, byteCount: part) }
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part))
                    return part
                }
            }
            return
        }
        if mark > 0 {
            memmove(buffer, buffer + mark, count - mark)
            count -= mark
        }
        try forEach(limit: limit, capacity, buffer, body, from: mark, filled: count, isConverted: false) { into, room in
            try fill(into, room, from: handle, path)
        }
    }

    private static func converted(_ path: String, isBig: Bool, mark: Int) throws -> Data {
        do {
            let data = try BoundedFile.data(of: URL(fileURLWithPath: path), atMost: TableText.maximumConverted)
            return TableText.converted(Data(data.dropFirst(mark)), isBig: isBig)
        } catch {
            throw CorpusError.badTable(path: path, reason: "it is text in UTF-16 and \(error.reason): save it as UTF-8")
        }
    }

    /// Reads until the room is full or the file ends.
    private static func fill(_ into: UnsafeMutableRawPointer, _ room: Int, from handle: Int32, _ path: String) throws -> Int {
        var filled = 0
        while filled < room {
            let count = read(handle, into + filled, room - filled)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw CorpusError.badTable(path: path, reason: String(cString: strerror(errno))) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// - Parameters:
    ///   - buffer: holds `filled` bytes of the text, the first of which lies at byte `first` of the file.
    ///   - more: reads on into the room given and says how much; 0 at the end.
    private static func forEach(
        limit: Int, _ capacity: Int, _ buffer: UnsafeMutableRawPointer, _ body: (Line) throws -> Bool, from first: Int, filled: Int,
        isConverted: Bool,
        more: (UnsafeMutableRawPointer, Int) throws -> Int
    ) throws {
        // The buffer holds `filled` bytes of the file from `offset` on; the next line begins at `start`.
        var (filled, offset, start, number) = (filled, first, 0, 1)
        if isConverted { filled = try more(buffer, capacity) }
        var (isSkipping, isAtEnd) = (false, filled == 0)
        // Old Macs ended lines in CR alone.
        let isOldMac = memchr(buffer, 0x0A, filled) == nil && memchr(buffer, 0x0D, filled) != nil
        let lineEnd: Int32 = isOldMac ? 0x0D : 0x0A
        while true {
            let rest = UnsafeRawBufferPointer(start: buffer + start, count: filled - start)
            let found = memchr(buffer + start, lineEnd, filled - start)
            let end = found.map { UnsafeRawPointer($0) - UnsafeRawPointer(buffer + start) }
            if isSkipping {
                start += end.map { $0 + 1 } ?? rest.count
                if end != nil { (isSkipping, number) = (false, number + 1) }
            } else if end != nil || isAtEnd || rest.count > limit {
                let length = min(end ?? rest.count, limit)
                if end == nil, isAtEnd, rest.isEmpty { return }
                let isCut = (end ?? rest.count) > limit
                var text = UnsafeRawBufferPointer(rebasing: rest[..<length])
                if !isCut, text.last == UInt8(ascii: "\r") { text = UnsafeRawBufferPointer(rebasing: text.dropLast()) }
                guard try body(Line(bytes: text, number: number, offset: isConverted ? nil : offset + start, isCut: isCut)) else { return }
                start += end.map { $0 + 1 } ?? rest.count
                if end != nil { number += 1 } else { isSkipping = true }
            }
            if end == nil {
                if isAtEnd { return }
                memmove(buffer, buffer + start, filled - start)
                (offset, filled, start) = (offset + start, filled - start, 0)
                let count = try more(buffer + filled, capacity - filled)
                filled += count
                isAtEnd = count == 0
            }
        }
    }
}
