import Tensors

/// Who is trained on and who is not. A function of the rule, the seed and the sorted names: never of folder order.
public struct Split: Sendable, Codable, Equatable {
    public enum Rule: String, Sendable, Codable, CaseIterable {
        /// Nobody on both sides: the protocol of cross-corpus runs.
        case speaker
        /// Clips at random: the published single-corpus baselines; speakers are on both sides.
        case random

        /// In words, for a run's plan.
        public var text: String { self == .speaker ? "by speaker" : "random" }
    }

    public enum Side: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
        case training, validation
        /// In nested splits: a part of the validation clips that never chooses a checkpoint.
        case test
    }

    public let rule: Rule
    public let seed: UInt64
    /// Names of clips, sorted.
    public let training: [String]
    public let validation: [String]
    /// Empty unless nested.
    public let test: [String]
    /// Sixteen hexadecimal digits of FNV-1a over the three lists: equal splits have equal hashes.
    public let hash: String

    /// Splits a corpus' clips.
    /// - Parameters:
    ///   - validationShare: of the speakers, or of the clips where the rule is random; rounded, at least one on each side.
    ///   - nested: cuts the validation side into validation (selection) and test halves.
    /// - Throws: `CorpusError.tooFewSpeakers`, `.badShare`.
    public init(_ clips: [Clip], rule: Rule, validationShare: Double = 0.2, seed: UInt64, nested: Bool = false) throws {
        guard validationShare > 0, validationShare < 1 else { throw CorpusError.badShare(validationShare) }
        let units: [String: [String]] = Dictionary(grouping: clips, by: { rule == .speaker ? $0.speaker : $0.name })
            .mapValues { $0.map(\.name) }
        let needed = nested ? 3 : 2
        guard units.count >= needed else {
            throw CorpusError.tooFewSpeakers(corpus: clips.first?.corpus ?? "the corpus", speakers: units.count)
        }
        var stream = RandomStream(seed: seed, name: "split \(rule.rawValue)")
        let order = stream.shuffled(units.keys.sorted())
        let wanted = (Double(order.count) * validationShare).rounded()
        let held = min(max(Int(wanted), nested ? 2 : 1), order.count - 1)
        let tested = nested ? max(1, held / 2) : 0
        func names(_ chosen: ArraySlice<String>) -> [String] { chosen.flatMap { units[$0] ?? [] }.sorted() }

        self.rule = rule
        self.seed = seed
        test = names(order[..<tested])
        validation = names(order[tested..<held])
        training = names(order[held...])
        var hash = StableHash()
        for (side, names) in [("training", training), ("validation", validation), ("test", test)] {
            hash.combine(side)
            for name in names { hash.combine(name) }
        }
        self.hash = hash.text
    }

    /// Names of one side.
    public subscript(side: Side) -> [String] {
        switch side {
        case .training: training
        case .validation: validation
        case .test: test
        }
    }

    /// The clips of one side, in the order given.
    public func clips(_ side: Side, of clips: [Clip]) -> [Clip] {
        let names = Set(self[side])
        return clips.filter { names.contains($0.name) }
    }
}

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
    /// Clips that are on more than one side, and clips that are on none; both always empty in splits that `Split` makes.
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
