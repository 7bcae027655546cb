// Content hashes in 128 bits (XXH3, Yann Collet). They name contents; they are no guard against malice.
import CXxhash
import Foundation

public enum ContentHash {
    /// Thirty-two hexadecimal digits over bytes in memory.
    package static func text(_ text: String) -> String {
        var text = text
        return text.withUTF8 { hexadecimal(XXH3_128bits($0.baseAddress, $0.count)) }
    }

    /// Sixty-four bits of bytes in memory, as SQLite's whole numbers.
    public static func checksum(_ bytes: UnsafeRawBufferPointer) -> Int64 { Int64(bitPattern: XXH3_64bits(bytes.baseAddress, bytes.count)) }

    /// All bytes of a file, read in pieces; nil where it cannot be read.
    package static func file(_ path: String) -> String? {
        let handle = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard handle >= 0 else { return nil }
        defer { close(handle) }
        guard let state = XXH3_createState() else { return nil }
        defer { XXH3_freeState(state) }
        XXH3_128bits_reset(state)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = read(handle, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return hexadecimal(XXH3_128bits_digest(state)) }
            XXH3_128bits_update(state, buffer.baseAddress, count)
        }
    }

    private static func hexadecimal(_ hash: XXH128_hash_t) -> String { hexadecimal(hash.high64) + hexadecimal(hash.low64) }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
