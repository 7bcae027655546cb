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

    /// - Parameter only: pictures whose names are this prefix and a number in one of these ranges; nil for all.
    /// Throws `MediaError` where the folder cannot be read or has no picture.
    init(_ path: String, only: (prefix: String, numbers: [ClosedRange<Int>])? = nil) throws {
        self.path = path
        let entries: [String]
        do { entries = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw MediaError.cannotOpen(file: path, reason: Self.reason(error))
        }
        func isWanted(_ name: String) -> Bool {
            guard let only else { return true }
            let stem = Array((name as NSString).deletingPathExtension.utf8), digits = stem.dropFirst(only.prefix.utf8.count)
            guard stem.starts(with: only.prefix.utf8), digits.allSatisfy(NaturalOrder.isDigit),
                let number = Int(String(decoding: digits, as: UTF8.self))
            else { return false }
            return only.numbers.contains { $0.contains(number) }
        }
        names = NaturalOrder.sorted(
            entries.filter { !$0.hasPrefix(".") && Self.endings.contains(($0 as NSString).pathExtension.lowercased()) && isWanted($0) })
        guard !names.isEmpty else { throw MediaError.noPictures(folder: path) }
    }

    /// `count` linearly spaced pictures; only these are decoded. One that cannot be is left out as if it were not there, and the others are spaced anew.
    /// - Throws: the first picture's `MediaError` where none of those tried can be decoded; at once where reading failed for a reason outside of the file.
    func sampled(count: Int, warnings: MediaWarnings? = nil) throws -> [SampledPicture] {
        var pictures: [Int: Picture] = [:]
        /// Places in `names` of what is not known to be damaged.
        var usable = Array(names.indices)
        var damaged: [(name: String, error: MediaError)] = []
        search: while !usable.isEmpty, damaged.count < Self.mostDamaged {
            let wanted = FrameSampling.linear(frames: usable.count, count: count).map { usable[$0] }
            for index in wanted where pictures[index] == nil {
                do { pictures[index] = try picture(names[index]) } catch let error as MediaError where error.liesInTheFile {
                    damaged.append((names[index], error))
                    usable.removeAll { $0 == index }
                    continue search
                }
            }
            warn(of: damaged, warnings)
            return wanted.map { SampledPicture(picture: pictures[$0]!, index: $0, seconds: nil) }  // all were decoded just above
        }
        throw damaged[0].error  // a folder has a picture, and the search ends without one only after damage
    }

    /// Decodes every picture.
    func check(warnings: MediaWarnings?) throws {
        var damaged: [(name: String, error: MediaError)] = []
        for name in names {
            do { _ = try picture(name) } catch let error as MediaError where error.liesInTheFile { damaged.append((name, error)) }
        }
        if damaged.count == names.count, let first = damaged.first { throw first.error }
        warn(of: damaged, warnings)
    }

    private func warn(of damaged: [(name: String, error: MediaError)], _ warnings: MediaWarnings?) {
        guard let first = damaged.first else { return }
        warnings?.add(.leftOut(pictures: damaged.count, of: names.count, first: "\(first.name) \(first.error.what)"))
    }

    /// A folder with more damaged pictures than this among those tried is no film with a bad frame.
    private static let mostDamaged = 1000

    private func picture(_ name: String) throws -> Picture {
        let file = URL(fileURLWithPath: path).appendingPathComponent(name)
        guard let picture = try FilmSampler(file, seconds: nil, threads: 1).sampled(count: 1).first?.picture else {
            throw MediaError.damaged(file: file.path, what: "it holds no picture")
        }
        return picture
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

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// The digits from `place` on without leading zeros; moves `place` behind them.
    private static func number(_ bytes: [UInt8], _ place: inout Int) -> ArraySlice<UInt8> {
        var start = place
        while place < bytes.count, isDigit(bytes[place]) { place += 1 }
        while start < place, bytes[start] == 0x30 { start += 1 }
        return bytes[start..<place]
    }
}
