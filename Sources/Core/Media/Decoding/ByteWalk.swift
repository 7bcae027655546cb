// Small reads anywhere in a file, and numbers and names in what was read.
import Foundation

/// Small reads anywhere in a file.
final class ByteWalk {
    let size: Int64
    private let handle: Int32

    init?(_ path: String) {
        handle = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        var status = stat()
        guard handle >= 0, fstat(handle, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            if handle >= 0 { close(handle) }
            return nil
        }
        size = Int64(status.st_size)
    }

    deinit { close(handle) }

    /// Fewer bytes at the file's end, nil where there are none.
    func read(at place: Int64, count: Int) -> [UInt8]? {
        guard place >= 0, place <= size else { return nil }
        let read = [UInt8](unsafeUninitializedCapacity: max(count, 1)) { buffer, filled in
            filled = max(0, pread(handle, buffer.baseAddress, count, off_t(place)))
        }
        return read.isEmpty && count > 0 ? nil : read
    }

    /// An element of Matroska: its name, where its content begins, and where that ends; nil as an end where it has no length.
    func element(at place: Int64) -> (id: UInt64, start: Int64, end: Int64?)? {
        guard let head = read(at: place, count: 12), let first = head.first, first > 0 else { return nil }
        let idLength = first.leadingZeroBitCount + 1
        guard idLength <= 4, head.count > idLength, head[idLength] > 0 else { return nil }
        let sizeLength = head[idLength].leadingZeroBitCount + 1
        guard head.count >= idLength + sizeLength else { return nil }
        let mask = UInt64.max >> UInt64(64 - 7 * sizeLength)
        let length = head.number(idLength, sizeLength, isBigEndian: true) & mask
        let start = place + Int64(idLength + sizeLength)
        return (
            head.number(0, idLength, isBigEndian: true), start,
            length == mask ? nil : start.addingReportingOverflow(Int64(length)).partialValue
        )
    }
}

extension [UInt8] {
    /// The number of `count` bytes from `place` on, as far as there are bytes.
    func number(_ place: Int, _ count: Int, isBigEndian: Bool) -> UInt64 {
        let bytes = self[Swift.min(place, self.count)..<Swift.min(place + count, self.count)]
        return isBigEndian ? bytes.reduce(0) { $0 << 8 | UInt64($1) } : bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func text(_ from: Int, _ end: Int) -> String {
        String(decoding: self[Swift.min(from, count)..<Swift.min(end, count)], as: Unicode.ASCII.self)
    }
}
