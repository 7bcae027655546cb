// How files of sound alone end by their own structure, and broadcasts and ASF: FLAC, MP3, CAF, Wave64, AU, MPEG transport streams, ASF (WMA, WMV).
import Foundation

extension ContainerEnd {
    /// STREAMINFO counts the samples; 0 where they are not known. Frames can only be found by decoding them.
    static func flac(_ bytes: ByteWalk) -> Kind {
        guard let head = bytes.read(at: 0, count: 26), head.count == 26, head[4] & 0x7f == 0 else { return .unknown }
        return head.number(21, 5, isBigEndian: true) & 0xf_ffff_ffff == 0 ? .unknown : .exactLength
    }

    /// Core Audio's chunks: a name, and 64 bits of length; -1 where the chunk goes on to the file's end.
    static func coreAudio(_ bytes: ByteWalk) -> ContainerEnd {
        var place: Int64 = 8
        for _ in 0..<most {
            guard let head = bytes.read(at: place, count: 12), head.count == 12 else { break }
            let length = Int64(bitPattern: head.number(4, 8, isBigEndian: true)), start = place + 12
            if head.text(0, 4) == "data" { return sound(from: start, length: length, size: bytes.size) }
            let (next, isTooFar) = start.addingReportingOverflow(length)
            guard length >= 0, !isTooFar, next <= bytes.size else { break }
            place = next
        }
        return ContainerEnd(kind: .lacksBytes)
    }

    /// Sony's Wave64: a name of 16 bytes that begins with RIFF's own, and 64 bits of length that count these 24 bytes; chunks begin at multiples of 8.
    static func wave64(_ bytes: ByteWalk) -> ContainerEnd {
        var place: Int64 = 40
        for _ in 0..<most {
            guard let head = bytes.read(at: place, count: 24), head.count == 24 else { break }
            let length = Int64(bitPattern: head.number(16, 8, isBigEndian: false))
            if head.text(0, 4) == "data" { return sound(from: place + 24, length: length > 24 ? length - 24 : 0, size: bytes.size) }
            let (next, isTooFar) = place.addingReportingOverflow(length)
            guard length >= 24, !isTooFar, next <= bytes.size else { break }
            place = next + (8 - next % 8) % 8
        }
        return ContainerEnd(kind: .lacksBytes)
    }

    /// Sun's AU: where the sound begins, and how many bytes it has.
    static func sun(_ head: [UInt8], size: Int64) -> ContainerEnd {
        sound(from: Int64(head.number(4, 4, isBigEndian: true)), length: Int64(head.number(8, 4, isBigEndian: true)), size: size)
    }

    /// ASF's objects: a name of 16 bytes and 64 bits of length that count these 24 bytes. A live writer's object of data has no length.
    static func advancedSystems(_ bytes: ByteWalk) -> Kind {
        let data: [UInt8] = [0x36, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, 0xa6, 0xd9, 0x00, 0xaa, 0x00, 0x62, 0xce, 0x6c]
        var place: Int64 = 0, hasMedia = false
        for _ in 0..<most where place < bytes.size {
            guard let head = bytes.read(at: place, count: 24), head.count == 24 else { break }
            let length = Int64(bitPattern: head.number(16, 8, isBigEndian: false)), isData = head.starts(with: data)
            if isData, isOpen(length) || length <= 50 { return .unknown }
            let (next, isTooFar) = place.addingReportingOverflow(length)
            guard length >= 24 else { return hasMedia ? .whole : .unknown }
            if isTooFar || next > bytes.size { return isData ? .cutInMedia : hasMedia ? .whole : .lacksBytes }
            hasMedia = hasMedia || isData
            place = next
        }
        return hasMedia ? .whole : .lacksBytes
    }

    /// Seconds by the object of file properties, less what players wait before they begin; nil for a live writer's.
    static func advancedSystemsSeconds(_ bytes: ByteWalk) -> Double? {
        let properties: [UInt8] = [0xa1, 0xdc, 0xab, 0x8c, 0x47, 0xa9, 0xcf, 0x11, 0x8e, 0xe4, 0x00, 0xc0, 0x0c, 0x20, 0x53, 0x65]
        guard let header = bytes.read(at: 16, count: 8), header.count == 8 else { return nil }
        let end = Int64(bitPattern: header.number(0, 8, isBigEndian: false))
        var place: Int64 = 30
        for _ in 0..<100 where place < end {
            guard let head = bytes.read(at: place, count: 92), head.count >= 24 else { return nil }
            if head.starts(with: properties) {
                guard head.count == 92, head[88] & 1 == 0 else { return nil }
                // In 100 ns, and in ms.
                let seconds = Double(head.number(64, 8, isBigEndian: false)) * 1e-7 - Double(head.number(80, 8, isBigEndian: false)) * 1e-3
                return seconds > 0 && seconds < 1e6 ? seconds : nil
            }
            let length = Int64(bitPattern: head.number(16, 8, isBigEndian: false))
            guard length >= 24, length < min(end, bytes.size) else { return nil }
            place += length
        }
        return nil
    }

    /// Bytes of a packet of an MPEG transport stream, with a time stamp before each or without; nil for other files.
    static func broadcastStride(_ bytes: ByteWalk) -> Int64? {
        for (stride, first) in [(188, 0), (192, 4)] as [(Int64, Int64)] where bytes.size > 8 * stride {
            if (0..<8).allSatisfy({ bytes.read(at: first + $0 * stride, count: 1)?.first == 0x47 }) { return stride }
        }
        return nil
    }

    // MARK: MP3

    /// MPEG audio goes from frame to frame, each of which tells its length. The first may hold Xing's or Info's count of all bytes.
    static func mpegAudio(_ bytes: ByteWalk) -> Kind {
        guard let head = bytes.read(at: 0, count: 10), head.count == 10 else { return .unknown }
        var place: Int64 = 0
        if head.text(0, 3) == "ID3" {
            let length = head[6..<10].reduce(Int64(0)) { $0 << 7 | Int64($1 & 0x7f) }
            place = 10 + length + (head[5] & 0x10 != 0 ? 10 : 0)
        }
        let first = place
        var promised: Int64?, frames = 0
        for _ in 0..<most where place < bytes.size {
            guard let head = bytes.read(at: place, count: 4) else { return .unknown }
            guard head.count == 4 else { return frames > 1 && head[0] == 0xff ? .cutInMedia : .unknown }
            guard let length = frameLength(head) else {
                // What follows the sound: tags.
                let tags = ["TAG", "APE", "LYR", "ID3"]
                return frames > 1 && tags.contains(head.text(0, 3)) ? ((promised ?? 0) > place - first ? .lacksBytes : .whole) : .unknown
            }
            if place + length > bytes.size { return frames > 1 ? .cutInMedia : .unknown }
            if frames == 0, let frame = bytes.read(at: place, count: 64) { promised = countedBytes(frame) }
            frames += 1
            place += length
        }
        guard frames > 1 else { return .unknown }
        return (promised ?? 0) > place - first ? .lacksBytes : .whole
    }

    /// Bytes of a frame by its four bytes of header; nil where they are none, or its bit rate is free.
    private static func frameLength(_ head: [UInt8]) -> Int64? {
        let version = head[1] >> 3 & 3, layer = head[1] >> 1 & 3, rateIndex = Int(head[2] >> 4), frequency = Int(head[2] >> 2 & 3)
        guard head[0] == 0xff, head[1] & 0xe0 == 0xe0, version != 1, layer == 1, (1...14).contains(rateIndex), frequency < 3 else {
            return nil
        }
        let isFirst = version == 3
        let rates =
            isFirst
            ? [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320] : [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
        let hertz = [44_100, 48_000, 32_000][frequency] / (isFirst ? 1 : version == 2 ? 2 : 4)
        return Int64((isFirst ? 144_000 : 72_000) * rates[rateIndex - 1] / hertz) + Int64(head[2] >> 1 & 1)
    }

    /// Xing's count of bytes, which follows its flags and perhaps a count of frames.
    private static func countedBytes(_ frame: [UInt8]) -> Int64? {
        guard let place = (4..<max(4, frame.count - 15)).first(where: { ["Xing", "Info"].contains(frame.text($0, $0 + 4)) }) else {
            return nil
        }
        let flags = frame[place + 7]
        guard flags & 2 != 0 else { return nil }
        return Int64(frame.number(place + (flags & 1 != 0 ? 12 : 8), 4, isBigEndian: true))
    }
}
