// How a file ends by its own structure: whether its last piece of sound or picture is whole, and whether bytes are missing behind it.
// Walks from element to element without reading what is in them: RIFF and its kin, ISO files (MP4, MOV), Matroska, FLV, Ogg; others in SoundEnds.swift.
import Foundation

struct ContainerEnd: Equatable {
    enum Kind: Equatable {
        /// Every element is there to its end.
        case whole
        /// The file ends within an element that holds sound or pictures.
        case cutInMedia
        /// Elements end with the file, and the file's header counts more bytes.
        case lacksBytes
        /// The structure tells nothing of its end, and the header tells the length to the sample.
        case exactLength
        /// A structure that is not walked.
        case unknown
    }

    var kind: Kind
    /// True where the writer could not know how long its sound would be: a pipe, a program that was stopped.
    var hasOpenLength = false
    /// Of the bytes of sound and pictures that are promised the share that is there, where the structure tells.
    var share: Double?
    /// Seconds that the header promises of each stream, where libav shortens them for a file that was cut: AVI.
    var promised: [Double?] = []
    /// Seconds that the header promises of the whole, where libav does not read them: ASF.
    var seconds: Double?

    /// Elements that a walk looks at: an hour of FLV has some 300,000.
    static let most = 3_000_000
    /// A sound that lacks less than this is whole: some writers count header or padding in.
    static let padding: Int64 = 64

    /// Whether a length stands for "not known" rather than for a length: what programs leave that cannot go back in what they write.
    /// It is 0, or just beside the largest number of 31 or 32 bits: SoX and espeak 0x7FFFF000, arecord 0x7FFFFF00, FFmpeg 0xFFFFFFFF,
    /// others these less the header; SoX in AIFF 0x7F000000. Anything else is a length, also of a recording of hours.
    static func isOpen(_ bytes: Int64) -> Bool {
        let near: Int64 = 1 << 20
        return bytes <= 0 || abs(bytes - 1 << 31) < near || abs(bytes - 1 << 32) < near || abs(bytes - 0x7f00_0000) < 1 << 16
            || bytes >= 1 << 44
    }

    init(kind: Kind, hasOpenLength: Bool = false, share: Double? = nil, promised: [Double?] = []) {
        (self.kind, self.hasOpenLength, self.share, self.promised) = (kind, hasOpenLength, share, promised)
    }

    init(of path: String) {
        guard let bytes = ByteWalk(path), let head = bytes.read(at: 0, count: 16) else {
            self.init(kind: .unknown)
            return
        }
        switch head.text(0, 4) {
        case "RIFF", "RIFX", "RF64", "BW64": self = Self.riff(bytes, isBigEndian: head.text(0, 4) == "RIFX")
        case "FORM": self = Self.riff(bytes, isBigEndian: true)
        case "OggS": self.init(kind: Self.ogg(bytes))
        case "FLV\u{1}": self.init(kind: Self.flash(bytes))
        case "fLaC": self.init(kind: Self.flac(bytes))
        case "caff": self = Self.coreAudio(bytes)
        case "riff": self = Self.wave64(bytes)
        case ".snd": self = Self.sun(head, size: bytes.size)
        default:
            if head.prefix(4).elementsEqual([0x1a, 0x45, 0xdf, 0xa3]) {
                self.init(kind: Self.matroska(bytes))
            } else if ["ftyp", "styp", "moov", "moof", "mdat", "wide", "free", "skip", "sidx"].contains(head.text(4, 8)) {
                self.init(kind: Self.boxes(bytes))
            } else if head.starts(with: [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11]) {
                self.init(kind: Self.advancedSystems(bytes))
                seconds = Self.advancedSystemsSeconds(bytes)
            } else if let stride = Self.broadcastStride(bytes) {
                self.init(kind: bytes.size % stride == 0 ? .whole : .cutInMedia)
            } else {
                self.init(kind: Self.mpegAudio(bytes))
            }
        }
    }

    /// A sound of `length` bytes from `start` on.
    static func sound(from start: Int64, length: Int64, size: Int64) -> ContainerEnd {
        if isOpen(length) { return ContainerEnd(kind: .whole, hasOpenLength: true) }
        guard start + length > size + padding else { return ContainerEnd(kind: .whole) }
        return ContainerEnd(kind: .cutInMedia, share: Double(max(0, size - start)) / Double(length))
    }

    // MARK: RIFF, AIFF

    /// WAV and AVI with their kin of the other byte order and of 64-bit lengths, and AIFF.
    private static func riff(_ bytes: ByteWalk, isBigEndian: Bool) -> ContainerEnd {
        var place: Int64 = 12
        /// From the chunk ds64, which holds the lengths that do not fit into 32 bits.
        var wideLength: Int64?
        var hasMedia = false
        var promised: [Double?] = []
        /// Bytes of the lists `movi` that are whole: an AVI of OpenDML has one for each gigabyte.
        var whole: Int64 = 0
        for _ in 0..<most {
            guard let head = bytes.read(at: place, count: 12), head.count >= 8 else { break }
            let name = head.text(0, 4), start = place + 8
            var length = Int64(head.number(4, 4, isBigEndian: isBigEndian))
            if name == "RIFF" {
                place += 12
                continue
            }
            if name == "LIST", head.text(8, 12) == "hdrl", promised.isEmpty {
                promised = streamLengths(bytes, from: place + 12, to: start + length)
            }
            if name == "ds64", let sizes = bytes.read(at: start + 8, count: 8), sizes.count == 8 {
                wideLength = Int64(clamping: sizes.number(0, 8, isBigEndian: false))
            }
            if name == "data" || name == "SSND" || name == "LIST" && head.text(8, 12) == "movi" {
                if name == "data", length == 0xffff_ffff, let wideLength { length = wideLength }
                if isOpen(length) { return ContainerEnd(kind: .whole, hasOpenLength: true) }
                // Padding is what writers of WAV count in, not those of AVI.
                if start + length > bytes.size + (name == "LIST" ? 1 : padding) {
                    return ContainerEnd(
                        kind: .cutInMedia, share: Double(whole + max(0, bytes.size - start)) / Double(whole + length), promised: promised)
                }
                hasMedia = true
                whole += length
            }
            let (next, isTooFar) = start.addingReportingOverflow(length + length & 1)
            // What follows sound and pictures may be cut.
            if isTooFar || next > bytes.size + padding { return ContainerEnd(kind: hasMedia ? .whole : .lacksBytes, promised: promised) }
            place = next
        }
        return ContainerEnd(kind: .whole, promised: promised)
    }

    /// Seconds of each stream by its header in an AVI: `strh` holds scale, rate, start and length; nil where the length is not told.
    private static func streamLengths(_ bytes: ByteWalk, from first: Int64, to end: Int64) -> [Double?] {
        var place = first, found: [Double?] = []
        while place < end, found.count < 64, let head = bytes.read(at: place, count: 44), head.count >= 12 {
            let name = head.text(0, 4), length = Int64(head.number(4, 4, isBigEndian: false))
            if name == "strh" {
                let (scale, rate, count) = (
                    head.number(28, 4, isBigEndian: false), head.number(32, 4, isBigEndian: false), head.number(40, 4, isBigEndian: false)
                )
                let isTold = head.count == 44 && rate > 0 && scale > 0 && !isOpen(Int64(count))
                found.append(isTold ? Double(count) * Double(scale) / Double(rate) : nil)
            }
            place += name == "LIST" ? 12 : 8 + length + length & 1
        }
        return found
    }

    // MARK: ISO base media

    private static func boxes(_ bytes: ByteWalk) -> Kind {
        var place: Int64 = 0
        for _ in 0..<most where place < bytes.size {
            guard let head = bytes.read(at: place, count: 16), head.count >= 8 else { return .lacksBytes }
            let name = head.text(4, 8)
            // What follows the last box is no box: padding.
            guard name.utf8.allSatisfy({ (0x20...0x7e).contains($0) }), name.utf8.count == 4 else { return .whole }
            var length = Int64(head.number(0, 4, isBigEndian: true))
            if length == 0 { return .whole }
            if length == 1 {
                guard head.count == 16 else { return .lacksBytes }
                length = Int64(clamping: head.number(8, 8, isBigEndian: true))
            }
            guard length >= 8 else { return .unknown }
            let (next, isTooFar) = place.addingReportingOverflow(length)
            if isTooFar || next > bytes.size { return name == "mdat" || name == "moof" ? .cutInMedia : .lacksBytes }
            place = next
        }
        return .whole
    }

    // MARK: Matroska

    private static let segment: UInt64 = 0x1853_8067, cluster: UInt64 = 0x1f43_b675
    /// SimpleBlock, BlockGroup.
    private static let blocks: Set<UInt64> = [0xa3, 0xa0]

    private static func matroska(_ bytes: ByteWalk) -> Kind {
        guard let header = bytes.element(at: 0), let headerEnd = header.end, let whole = bytes.element(at: headerEnd), whole.id == segment
        else { return .unknown }
        var place = whole.start
        for _ in 0..<most where place < bytes.size {
            guard let element = bytes.element(at: place) else { return bytes.size - place < 12 ? .cutInMedia : .unknown }
            guard let end = element.end else {
                // A live writer's cluster has no length: its blocks follow.
                guard element.id == cluster else { return .unknown }
                place = element.start
                continue
            }
            if end > bytes.size { return element.id == cluster || blocks.contains(element.id) ? .cutInMedia : .lacksBytes }
            place = end
        }
        return whole.end.map { $0 > bytes.size } == true ? .lacksBytes : .whole
    }

    // MARK: FLV

    private static func flash(_ bytes: ByteWalk) -> Kind {
        guard let head = bytes.read(at: 0, count: 9), head.count == 9 else { return .unknown }
        var place = Int64(head.number(5, 4, isBigEndian: true)) + 4, promised: Int64?
        for _ in 0..<most where place < bytes.size {
            guard let tag = bytes.read(at: place, count: 11) else { return .unknown }
            guard tag.count == 11 else { return .cutInMedia }
            let length = Int64(tag.number(1, 3, isBigEndian: true)), end = place + 11 + length
            switch tag[0] & 0x1f {
            case 8, 9: if end > bytes.size { return .cutInMedia }
            case 18:
                if end > bytes.size { return .lacksBytes }
                if promised == nil { promised = fileSize(bytes.read(at: place + 11, count: Int(min(length, 1 << 16))) ?? []) }
            default: return .unknown
            }
            place = end + 4
        }
        return (promised ?? 0) > bytes.size ? .lacksBytes : .whole
    }

    /// `filesize` among a script tag's named numbers: the name, the type 0, a double of eight bytes.
    private static func fileSize(_ script: [UInt8]) -> Int64? {
        let name = Array("filesize\0".utf8)
        guard let place = script.indices.first(where: { script[$0...].starts(with: name) }), place + name.count + 8 <= script.count else {
            return nil
        }
        return Int64(exactly: Double(bitPattern: script.number(place + name.count, 8, isBigEndian: true)).rounded())
    }

    // MARK: Ogg

    private static func ogg(_ bytes: ByteWalk) -> Kind {
        var place: Int64 = 0
        for _ in 0..<most where place < bytes.size {
            guard let head = bytes.read(at: place, count: 27) else { return .unknown }
            guard head.text(0, 4) == "OggS" else { return place > 0 && bytes.size - place < 4 ? .cutInMedia : .unknown }
            guard head.count == 27, let table = bytes.read(at: place + 27, count: Int(head[26])), table.count == Int(head[26]) else {
                return .cutInMedia
            }
            place += 27 + Int64(table.count) + table.reduce(0) { $0 + Int64($1) }
            if place > bytes.size { return .cutInMedia }
        }
        return .whole
    }
}
