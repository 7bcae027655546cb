import Base
import Dispatch
import Foundation

/// Two clips with the same content under different names.
public struct DuplicatePair: Sendable, Codable, Equatable {
    /// `corpus/name`, the earlier one first.
    public var first: String
    public var second: String
    /// Correlation of the waves, where the sounds are the same: `SoundFingerprint.correlationThreshold` to 1.
    public var sound: Double?
    /// Root mean square difference in grey levels, where the pictures are the same.
    public var picture: Double?
    /// True where a split puts them on different sides, or the corpus in different official parts.
    public var crossesSides = false
}

/// Compares every clip with every other.
enum DuplicateSearch {
    struct Entry: Sendable {
        var id: String
        var sound: SoundFingerprint?
        var picture: PictureFingerprint?
    }

    /// Pairs in order of the entries; the same whatever the number of workers.
    static func pairs(_ entries: [Entry], workers: Int, shouldStop: @Sendable () -> Bool = { false }) -> [DuplicatePair] {
        let rows = parallelMap(Array(entries.indices), workers: workers, shouldStop: shouldStop) { i in
            entries[(i + 1)...].compactMap { compare(entries[i], $0) }
        }
        return rows.flatMap { $0 ?? [] }
    }

    private static func compare(_ a: Entry, _ b: Entry) -> DuplicatePair? {
        var pair = DuplicatePair(first: a.id, second: b.id)
        if let x = a.picture, let y = b.picture { pair.picture = x.distance(to: y) }
        if let x = a.sound, let y = b.sound { pair.sound = x.match(y) }
        return pair.sound == nil && pair.picture == nil ? nil : pair
    }
}
