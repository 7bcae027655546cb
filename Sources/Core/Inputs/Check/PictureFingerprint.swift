import Corpora
import Foundation
import Media

/// What pictures are known by, however they were encoded: of a few frames a 64-bit difference hash (the sign of 8 horizontal differences in 8
/// rows; Krawetz 2013) to find candidates, and a grey 32x32 thumbnail to tell a copy from another take in the same room.
struct PictureFingerprint: Sendable {
    /// Bits of 64 that may differ, mean over the frames.
    static let hashThreshold = 8.0
    /// Root mean square difference of the thumbnails in grey levels of 255, in the frame where it is largest.
    static let levelThreshold = 2.5
    static let frames = 6

    private static let side = 32
    /// Grey levels of deviation below which a picture is one colour and says nothing.
    private static let leastContrast = 2.0

    private let hashes: [UInt64]
    /// `[frames * 32 * 32]`, each frame's mean taken off.
    private let thumbnails: [Int8]

    /// Nil where all frames are of one colour.
    init?(_ pictures: [Picture]) {
        var (hashes, thumbnails): ([UInt64], [Int8]) = ([], [])
        var contrast = 0.0
        for picture in pictures {
            let small = Self.grey(picture.resizedByArea(width: 9, height: 8))
            var hash: UInt64 = 0
            for row in 0..<8 {
                for column in 0..<8 where small[row * 9 + column] > small[row * 9 + column + 1] { hash |= 1 << UInt64(row * 8 + column) }
            }
            hashes.append(hash)
            let thumbnail = Self.grey(picture.resizedByArea(width: Self.side, height: Self.side))
            let mean = thumbnail.reduce(0, +) / thumbnail.count
            thumbnails += thumbnail.map { Int8(clamping: $0 - mean) }
            contrast = max(
                contrast, (thumbnail.reduce(0.0) { $0 + Double(($1 - mean) * ($1 - mean)) } / Double(thumbnail.count)).squareRoot())
        }
        guard !pictures.isEmpty, contrast >= Self.leastContrast else { return nil }
        self.hashes = hashes
        self.thumbnails = thumbnails
    }

    /// Decodes a few frames of a clip; none where it has no pictures.
    static func pictures(of clip: Clip, warnings: MediaWarnings? = nil) throws -> [Picture] {
        try clip.pictureSource.map { try VideoDecoder.pictures(of: $0, count: frames, warnings: warnings) } ?? []
    }

    static func of(_ clip: Clip) throws -> PictureFingerprint? { PictureFingerprint(try pictures(of: clip)) }

    /// Bits that differ, mean over the frames.
    func hashDistance(to other: PictureFingerprint) -> Double {
        var bits = 0
        for i in 0..<min(hashes.count, other.hashes.count) { bits += (hashes[i] ^ other.hashes[i]).nonzeroBitCount }
        return Double(bits) / Double(max(1, min(hashes.count, other.hashes.count)))
    }

    /// Root mean square difference in grey levels, in the frame where it is largest.
    func levelDistance(to other: PictureFingerprint) -> Double {
        let pixels = Self.side * Self.side
        var largest = 0.0
        for frame in 0..<min(hashes.count, other.hashes.count) {
            var sum = 0
            for i in frame * pixels..<(frame + 1) * pixels {
                let difference = Int(thumbnails[i]) - Int(other.thumbnails[i])
                sum += difference * difference
            }
            largest = max(largest, (Double(sum) / Double(pixels)).squareRoot())
        }
        return largest
    }

    /// The level distance where both distances are small, else nil.
    func distance(to other: PictureFingerprint) -> Double? {
        guard hashDistance(to: other) <= Self.hashThreshold else { return nil }
        let levels = levelDistance(to: other)
        return levels <= Self.levelThreshold ? levels : nil
    }

    /// Luma of BT.601, 0…255.
    private static func grey(_ picture: Picture) -> [Int] {
        (0..<picture.width * picture.height).map { i in
            let red = 299 * Int(picture.pixels[3 * i])
            let green = 587 * Int(picture.pixels[3 * i + 1])
            let blue = 114 * Int(picture.pixels[3 * i + 2])
            return (red + green + blue + 500) / 1000
        }
    }
}
