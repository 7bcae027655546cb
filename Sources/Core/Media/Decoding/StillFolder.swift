// A folder of still pictures, one a frame, as corpora of cut films have them (AFEW-VA, CK+).
import Foundation

struct StillFolder {
    private let path: String
    /// Names of the pictures, in the order shown.
    let names: [String]

    /// Endings of what counts as a picture; the folder may hold labels and thumbnails' databases as well.
    static let endings: Set<String> = [
        "png", "jpg", "jpeg", "jpe", "jp2", "pgm", "ppm", "pnm", "pbm", "bmp", "tif", "tiff", "webp", "tga",
    ]

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// Throws `MediaError` where the folder cannot be read or has no picture.
    init(_ path: String) throws {
        self.path = path
        let entries: [String]
        do { entries = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw MediaError.cannotOpen(file: path, reason: Self.reason(error))
        }
        names = NaturalOrder.sorted(
            entries.filter { !$0.hasPrefix(".") && Self.endings.contains(($0 as NSString).pathExtension.lowercased()) })
        guard !names.isEmpty else { throw MediaError.noPictures(folder: path) }
    }

    /// `count` linearly spaced pictures; only these are decoded.
    func sampled(count: Int) throws -> [SampledPicture] {
        var pictures: [Int: Picture] = [:]
        return try FrameSampling.linear(frames: names.count, count: count).map { index in
            if let known = pictures[index] { return SampledPicture(picture: known, index: index, seconds: nil) }
            let file = URL(fileURLWithPath: path).appendingPathComponent(names[index])
            guard let picture = try FilmSampler(file, seconds: nil, threads: 1).sampled(count: 1).first?.picture else {
                throw MediaError.damaged(file: file.path, what: "it holds no picture")
            }
            pictures[index] = picture
            return SampledPicture(picture: picture, index: index, seconds: nil)
        }
    }

    private static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        return underlying.map { String(cString: strerror(Int32($0.code))) } ?? "the folder cannot be listed"
    }
}

/// The order in which people count: `9.png` before `10.png`. The same on every machine: bytes of UTF-8, no language's rules.
enum NaturalOrder {
    static func sorted(_ names: [String]) -> [String] {
        names.map { (name: $0, bytes: Array($0.utf8)) }.sorted { precedes($0.bytes, $1.bytes) }.map(\.name)
    }

    /// Runs of decimal digits compare as numbers, all else byte by byte; names that differ in leading zeros alone, byte by byte.
    static func precedes(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        var (i, j) = (0, 0)
        while i < a.count, j < b.count {
            if isDigit(a[i]), isDigit(b[j]) {
                let (first, second) = (number(a, &i), number(b, &j))
                if first.count != second.count { return first.count < second.count }
                if !first.elementsEqual(second) { return first.lexicographicallyPrecedes(second) }
            } else {
                if a[i] != b[j] { return a[i] < b[j] }
                i += 1
                j += 1
            }
        }
        let (left, right) = (a.count - i, b.count - j)
        return left == right ? a.lexicographicallyPrecedes(b) : left < right
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// The digits from `place` on without leading zeros; moves `place` behind them.
    private static func number(_ bytes: [UInt8], _ place: inout Int) -> ArraySlice<UInt8> {
        var start = place
        while place < bytes.count, isDigit(bytes[place]) { place += 1 }
        while start < place, bytes[start] == 0x30 { start += 1 }
        return bytes[start..<place]
    }
}
