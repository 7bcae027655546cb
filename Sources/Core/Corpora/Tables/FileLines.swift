import Foundation

/// The lines of a file of any size, one at a time: holds a piece of it, never the whole.
enum FileLines {
    struct Line {
        /// Without the line end; valid only while it is looked at.
        let bytes: UnsafeRawBufferPointer
        /// Counts from 1.
        let number: Int
        /// Where it begins, in bytes.
        let offset: Int
        /// True where it is longer than the limit and only its beginning is here.
        let isCut: Bool

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// Calls `body` with every line until it returns false.
    /// - Throws: `CorpusError.badTable` where the file cannot be read, and what `body` throws.
    static func forEach(of path: String, limit: Int = 1 << 16, _ body: (Line) throws -> Bool) throws {
        let handle = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard handle >= 0 else { throw CorpusError.badTable(path: path, reason: String(cString: strerror(errno))) }
        defer { close(handle) }
        let capacity = max(2 * limit, 1 << 20)
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
        defer { buffer.deallocate() }
        // The buffer holds `filled` bytes of the file from `offset` on; the next line begins at `start`.
        var (filled, offset, start, number) = (0, 0, 0, 1)
        var (isSkipping, isAtEnd) = (false, false)
        while true {
            let rest = UnsafeRawBufferPointer(start: buffer + start, count: filled - start)
            let found = memchr(buffer + start, 0x0A, filled - start)
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
                guard try body(Line(bytes: text, number: number, offset: offset + start, isCut: isCut)) else { return }
                start += end.map { $0 + 1 } ?? rest.count
                if end != nil { number += 1 } else { isSkipping = true }
            }
            if end == nil {
                if isAtEnd { return }
                memmove(buffer, buffer + start, filled - start)
                (offset, filled, start) = (offset + start, filled - start, 0)
                let count = read(handle, buffer + filled, capacity - filled)
                guard count >= 0 else {
                    if errno == EINTR { continue }
                    throw CorpusError.badTable(path: path, reason: String(cString: strerror(errno)))
                }
                filled += count
                isAtEnd = count == 0
            }
        }
    }
}
