/// What demo corpora are asked for. `nil` is the default of the small or of the full set.
public struct DemoSettings: Sendable, Codable, Hashable {
    public var seed: UInt64
    /// Actors of each corpus: 24 and 40 by default, at most 24 and 91.
    public var actors: Int?
    /// Clips of each actor: 17 and 10 by default, at most 60 and 82.
    public var clips: Int?
    /// Lines of the studio's pictures: 144 by default, 720 in the full set.
    public var size: Int?
    /// As many clips as the real corpora have: 1,440 and 7,442, of 720 lines.
    public var full: Bool

    public init(seed: UInt64 = 1, actors: Int? = nil, clips: Int? = nil, size: Int? = nil, full: Bool = false) {
        self.seed = seed
        self.actors = actors
        self.clips = clips
        self.size = size
        self.full = full
    }

    public static let actorCounts = 1...91
    public static let clipCounts = 1...82
    /// Even numbers of these.
    public static let heights = 64...1080

    var height: Int { size ?? (full ? 720 : 144) }
    var studioActors: Int { min(24, actors ?? 24) }
    var crowdActors: Int { min(91, actors ?? (full ? 91 : 40)) }
    var studioClips: Int { min(60, clips ?? (full ? 60 : 17)) }
    var crowdClips: Int { min(82, clips ?? (full ? 82 : 10)) }

    /// Throws `DemoError.badSettings` where a number cannot be met.
    public func validate() throws(DemoError) {
        func words(_ range: ClosedRange<Int>) -> String { "\(range.lowerBound) to \(range.upperBound)" }
        if let actors, !Self.actorCounts.contains(actors) {
            throw .badSettings("\(actors) actors: \(words(Self.actorCounts)) are possible")
        }
        if let clips, !Self.clipCounts.contains(clips) {
            throw .badSettings("\(clips) clips an actor: \(words(Self.clipCounts)) are possible")
        }
        guard Self.heights.contains(height), height.isMultiple(of: 2) else {
            throw .badSettings("pictures of \(height) lines: an even number, \(words(Self.heights)), is possible")
        }
    }
}

/// Why demo corpora could not be made.
public enum DemoError: Error, CustomStringConvertible, Equatable {
    case badSettings(String)
    /// The folder holds something that was not made here.
    case foreignFolder(path: String)
    /// The folder holds demo corpora of other settings.
    case otherSettings(path: String, found: String, asked: String)
    case cannotWrite(path: String, reason: String)
    case noVoice(String)
    case noPicture(String)

    public var description: String {
        switch self {
        case .badSettings(let reason): reason
        case .foreignFolder(let path):
            "\(path) is not empty and holds no demo corpora; name a new or an empty folder"
        case .otherSettings(let path, let found, let asked):
            "\(path) holds demo corpora of other settings (\(found)) than asked for (\(asked)); ask for the same, or name another folder"
        case .cannotWrite(let path, let reason): "\(path) cannot be written: \(reason)"
        case .noVoice(let reason):
            "the demo voices need eSpeak NG: \(reason); install it (Debian, Ubuntu: apt-get install libespeak-ng1 espeak-ng-data)"
        case .noPicture(let reason): "cairo cannot draw the demo faces: \(reason)"
        }
    }
}
