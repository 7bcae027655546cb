/// What a split does: who is where, and whether anyone is on both sides.
public struct SplitAudit: Sendable, Codable, Equatable {
    /// Clips a side.
    public var clips: [Split.Side: Int] = [:]
    /// Speakers a side.
    public var speakers: [Split.Side: Int] = [:]
    /// Clips of each of the corpus' own labels a side.
    public var labels: [Split.Side: [String: Int]] = [:]
    /// Speakers who are on more than one side, sorted: empty in every honest split by speaker.
    public var sharedSpeakers: [String] = []
    /// Clips that are on more than one side, and clips that are on none; the first always empty in splits that `Split` makes, the second but for clips without an official part.
    public var sharedClips: [String] = []
    public var missingClips: [String] = []

    public init(_ split: Split, of clips: [Clip]) {
        var sides: [String: [Split.Side]] = [:]
        for side in Split.Side.allCases { for name in split[side] { sides[name, default: []].append(side) } }
        var sidesOfSpeaker: [String: Set<Split.Side>] = [:]
        for clip in clips {
            let places = sides[clip.name] ?? []
            if places.isEmpty { missingClips.append(clip.name) }
            if places.count > 1 { sharedClips.append(clip.name) }
            for side in places {
                self.clips[side, default: 0] += 1
                labels[side, default: [:]][clip.emotion, default: 0] += 1
                sidesOfSpeaker[clip.speaker, default: []].insert(side)
            }
        }
        for (speaker, places) in sidesOfSpeaker {
            for side in places { speakers[side, default: 0] += 1 }
            if places.count > 1 { sharedSpeakers.append(speaker) }
        }
        sharedSpeakers.sort()
        sharedClips.sort()
        missingClips.sort()
    }

    public var isSpeakerIndependent: Bool { sharedSpeakers.isEmpty && sharedClips.isEmpty }
}
