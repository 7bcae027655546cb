// Compression of prepared clips: bytes are put in an order in which they repeat (planes, differences), then zstd.
import CZstd

enum Zstandard {
    /// Level 1: on faces higher levels save less than two hundredths and take several times as long.
    static let level: Int32 = 1

    enum Failure: Error { case compression, damaged }

    static func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
        let bound = ZSTD_compressBound(bytes.count)
        var failed = false
        let result = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            let written = bytes.withUnsafeBytes { ZSTD_compress(target.baseAddress, bound, $0.baseAddress, $0.count, level) }
            failed = ZSTD_isError(written) != 0
            count = failed ? 0 : written
        }
        if failed { throw Failure.compression }
        return result
    }

    /// - Parameter count: bytes that must come out; never more are written.
    static func expanded(_ bytes: UnsafeRawBufferPointer, count: Int) throws -> [UInt8] {
        var failed = false
        let result = [UInt8](unsafeUninitializedCapacity: max(count, 1)) { target, filled in
            let written = ZSTD_decompress(target.baseAddress, count, bytes.baseAddress, bytes.count)
            failed = ZSTD_isError(written) != 0 || written != count
            filled = failed ? 0 : count
        }
        if failed { throw Failure.damaged }
        return result
    }
}

/// Reversible orders of bytes that compress better than the plain one.
enum BytePlanes {
    /// First bytes of all numbers, then second bytes, …: exponents and high bytes of neighbours are alike.
    static func split(_ bytes: UnsafeRawBufferPointer, width: Int) -> [UInt8] {
        let count = bytes.count / width
        return [UInt8](unsafeUninitializedCapacity: bytes.count) { target, filled in
            for plane in 0..<width {
                for i in 0..<count { target[plane * count + i] = bytes[i * width + plane] }
            }
            filled = count * width
        }
    }

    static func join(_ planes: [UInt8], width: Int) -> [UInt8] {
        let count = planes.count / width
        return planes.withUnsafeBufferPointer { planes in
            [UInt8](unsafeUninitializedCapacity: planes.count) { target, filled in
                for plane in 0..<width {
                    for i in 0..<count { target[i * width + plane] = planes[plane * count + i] }
                }
                filled = count * width
            }
        }
    }

    static func floats(_ values: [Float]) -> [UInt8] {
        values.map(\.bitPattern.littleEndian).withUnsafeBytes { split($0, width: 4) }
    }

    static func floats(_ planes: [UInt8]) -> [Float] {
        let count = planes.count / 4
        return planes.withUnsafeBufferPointer { planes in
            [Float](unsafeUninitializedCapacity: count) { target, filled in
                for i in 0..<count {
                    let (a, b) = (UInt32(planes[i]), UInt32(planes[count + i]))
                    let (c, d) = (UInt32(planes[2 * count + i]), UInt32(planes[3 * count + i]))
                    target[i] = Float(bitPattern: a | b << 8 | c << 16 | d << 24)
                }
                filled = count
            }
        }
    }

    /// Samples as differences to the one before.
    static func samples(_ values: [Int16]) -> [UInt8] {
        var previous: Int16 = 0
        let differences = values.map { value -> Int16 in
            defer { previous = value }
            return (value &- previous).littleEndian
        }
        return differences.withUnsafeBytes { split($0, width: 2) }
    }

    static func samples(_ planes: [UInt8]) -> [Int16] {
        let count = planes.count / 2
        var value: Int16 = 0
        return planes.withUnsafeBufferPointer { planes in
            [Int16](unsafeUninitializedCapacity: count) { target, filled in
                for i in 0..<count {
                    value &+= Int16(bitPattern: UInt16(planes[i]) | UInt16(planes[count + i]) << 8)
                    target[i] = value
                }
                filled = count
            }
        }
    }

    /// Pictures `[frames, size, size, 3]` as planes of red less green, green, blue less green, each row less the one above. Measured on
    /// faces of 112 px beside no filter, left, up, the frame before and their pairs: among the smallest, and each step runs on vectors.
    static func pictures(_ pixels: [UInt8], size: Int) -> [UInt8] {
        let plane = size * size
        let frames = plane > 0 ? pixels.count / (3 * plane) : 0
        return pixels.withUnsafeBufferPointer { pixels in
            [UInt8](unsafeUninitializedCapacity: pixels.count) { target, filled in
                for frame in 0..<frames {
                    let (from, to) = (frame * 3 * plane, frame * 3 * plane)
                    for i in 0..<plane {
                        let green = pixels[from + 3 * i + 1]
                        target[to + i] = pixels[from + 3 * i] &- green
                        target[to + plane + i] = green
                        target[to + 2 * plane + i] = pixels[from + 3 * i + 2] &- green
                    }
                    for channel in 0..<3 {
                        let top = to + channel * plane
                        for i in stride(from: plane - 1, through: size, by: -1) { target[top + i] &-= target[top + i - size] }
                    }
                }
                filled = pixels.count
            }
        }
    }

    static func pictures(planes: [UInt8], size: Int) -> [UInt8] {
        let plane = size * size
        let frames = plane > 0 ? planes.count / (3 * plane) : 0
        var planes = planes
        return planes.withUnsafeMutableBufferPointer { planes in
            for channel in 0..<(3 * frames) {
                let top = planes.baseAddress! + channel * plane
                for row in 1..<max(size, 1) {
                    let line = top + row * size
                    for i in 0..<size { line[i] &+= (line - size)[i] }
                }
            }
            return [UInt8](unsafeUninitializedCapacity: planes.count) { target, filled in
                for frame in 0..<frames {
                    let base = frame * 3 * plane
                    for i in 0..<plane {
                        let green = planes[base + plane + i]
                        target[base + 3 * i] = planes[base + i] &+ green
                        target[base + 3 * i + 1] = green
                        target[base + 3 * i + 2] = planes[base + 2 * plane + i] &+ green
                    }
                }
                filled = planes.count
            }
        }
    }
}
