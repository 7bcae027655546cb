import Base

/// Who is trained on and who is not. A function of the settings and the sorted names: never of folder order.
public struct Split: Sendable, Codable, Equatable {
    public enum Side: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
        case training, validation
        /// What never chooses a checkpoint: of nested splits, and of rules that have a test part.
        case test
    }

    public let settings: SplitSettings
    /// In words, for a run's plan: `by speaker`, `fold 3 of 10 (03, 14), the next one validates`.
    public let text: String
    /// Names of clips, sorted.
    public let training: [String]
    public let validation: [String]
    /// May be empty.
    public let test: [String]
    /// Sixteen hexadecimal digits of FNV-1a over the three lists: equal splits have equal hashes.
    public let hash: String

    /// Splits a corpus' clips.
    /// - Throws: `CorpusError.tooFewSpeakers`, `.badShare`, `.badFold`, `.noOfficialParts`.
    public init(_ clips: [Clip], _ settings: SplitSettings) throws {
        let share = settings.validationShare
        guard share > 0, share < 1 else { throw CorpusError.badShare(share) }
        let sides: Sides
        switch settings.rule {
        case .speaker: sides = try .atRandom(clips, settings) { $0.speaker }
        case .random: sides = try .atRandom(clips, settings) { $0.name }
        case .folds: sides = try .fold(clips, settings)
        case .leaveOneOut: sides = try .leaveOneOut(clips, settings)
        case .official: sides = try .official(clips, settings)
        }
        self.settings = settings
        text = sides.text
        (training, validation, test) = (sides.training.sorted(), sides.validation.sorted(), sides.test.sorted())
        var hash = StableHash()
        for (side, names) in [("training", training), ("validation", validation), ("test", test)] {
            hash.combine(side)
            for name in names { hash.combine(name) }
        }
        self.hash = hash.text
    }

    /// As `init(_:_:)`, of a share of the speakers or of the clips.
    public init(_ clips: [Clip], rule: SplitSettings.Rule, validationShare: Double = 0.2, seed: UInt64, nested: Bool = false) throws {
        try self.init(clips, SplitSettings(rule, validationShare: validationShare, seed: seed, nested: nested))
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

    /// The side of every clip.
    public var sides: [String: Side] {
        var sides: [String: Side] = [:]
        for side in Side.allCases { for name in self[side] { sides[name] = side } }
        return sides
    }
}

/// The three lists of clip names, as each rule makes them.
private struct Sides {
    var text: String
    var training: [String] = []
    var validation: [String] = []
    var test: [String] = []

    /// A share of the units (speakers or clips) validates, rounded, at least one; nested, half of these are the test.
    static func atRandom(_ clips: [Clip], _ settings: SplitSettings, by unit: (Clip) -> String) throws -> Sides {
        let units = Dictionary(grouping: clips, by: unit).mapValues { $0.map(\.name) }
        let needed = settings.nested ? 3 : 2
        guard units.count >= needed else { throw tooFew(clips, units.count, needed) }
        var stream = RandomStream(seed: settings.seed, name: "split \(settings.rule.rawValue)")
        let order = stream.shuffled(units.keys.sorted())
        let wanted = Int((Double(order.count) * settings.validationShare).rounded())
        let held = min(max(wanted, settings.nested ? 2 : 1), order.count - 1)
        let tested = settings.nested ? max(1, held / 2) : 0
        func names(_ chosen: ArraySlice<String>) -> [String] { chosen.flatMap { units[$0] ?? [] } }
        return Sides(
            text: (settings.rule == .speaker ? "by speaker" : "random") + (settings.nested ? ", with a test part" : ""),
            training: names(order[held...]), validation: names(order[tested..<held]), test: names(order[..<tested]))
    }

    static func fold(_ clips: [Clip], _ settings: SplitSettings) throws -> Sides {
        let speakers = Speaker.all(of: clips)
        let least = settings.foldRule == .rotating ? 3 : 2
        let groups: [[String]]
        if settings.foldRule == .pairs {
            groups = Folds.pairs(speakers)
            guard groups.count >= 2 else { throw tooFew(clips, speakers.count, 4) }
        } else {
            guard settings.folds >= least, settings.folds <= speakers.count else {
                throw tooFew(clips, speakers.count, max(settings.folds, least))
            }
            groups = Folds.dealt(speakers, folds: settings.folds, seed: settings.seed)
        }
        guard groups.indices.contains(settings.fold - 1) else { throw CorpusError.badFold(fold: settings.fold, folds: groups.count) }
        let held = Set(groups[settings.fold - 1])
        let name = "fold \(settings.fold) of \(groups.count) (\(brief(groups[settings.fold - 1])))"
        if settings.foldRule == .rotating {
            let next = Set(groups[settings.fold % groups.count])
            return Sides(
                text: name + " is the test, the next one validates",
                training: clips.filter { !held.contains($0.speaker) && !next.contains($0.speaker) }.map(\.name),
                validation: clips.filter { next.contains($0.speaker) }.map(\.name),
                test: clips.filter { held.contains($0.speaker) }.map(\.name))
        }
        return try holding(held, of: clips, settings, name)
    }

    static func leaveOneOut(_ clips: [Clip], _ settings: SplitSettings) throws -> Sides {
        let speakers = Folds.ordered(Speaker.all(of: clips).map(\.name))
        guard speakers.count >= 2 else { throw tooFew(clips, speakers.count, 2) }
        guard speakers.indices.contains(settings.fold - 1) else { throw CorpusError.badFold(fold: settings.fold, folds: speakers.count) }
        let speaker = speakers[settings.fold - 1]
        return try holding([speaker], of: clips, settings, "speaker \(speaker) left out (\(settings.fold) of \(speakers.count))")
    }

    static func official(_ clips: [Clip], _ settings: SplitSettings) throws -> Sides {
        let parts = Dictionary(grouping: clips.filter { $0.part != nil }, by: { $0.part ?? "" })
        let (train, validation, test) = (parts["train"] ?? [], parts["validation"] ?? [], parts["test"] ?? [])
        guard !train.isEmpty, !validation.isEmpty || (settings.nested && !test.isEmpty) else {
            let missing = [("train", train), ("validation", validation)].filter(\.1.isEmpty).map(\.0)
            throw CorpusError.noOfficialParts(corpus: clips.first?.corpus ?? "the corpus", missing: missing)
        }
        var sides = Sides(
            text: "official parts", training: train.map(\.name), validation: validation.map(\.name), test: test.map(\.name))
        if validation.isEmpty { try sides.cutValidation(from: train, settings) }
        return sides
    }

    /// The held-out speakers validate; nested, they are the test.
    private static func holding(_ held: Set<String>, of clips: [Clip], _ settings: SplitSettings, _ text: String) throws -> Sides {
        let inner = clips.filter { !held.contains($0.speaker) }
        let outer = clips.filter { held.contains($0.speaker) }.map(\.name)
        guard settings.nested else {
            return Sides(text: text + " validates", training: inner.map(\.name), validation: outer)
        }
        var sides = Sides(text: text + " is the test", test: outer)
        try sides.cutValidation(from: inner, settings)
        return sides
    }

    /// Takes a share of the training speakers, of each sex alike, as the validation side.
    private mutating func cutValidation(from clips: [Clip], _ settings: SplitSettings) throws {
        let speakers = Speaker.all(of: clips)
        guard speakers.count >= 2 else { throw Self.tooFew(clips, speakers.count, 2) }
        // Dealt into so many groups that one of them is the share.
        let groups = Folds.dealt(
            speakers, folds: min(max(2, Int((1 / settings.validationShare).rounded())), speakers.count), seed: settings.seed)
        let chosen = Set(groups[0])
        training = clips.filter { !chosen.contains($0.speaker) }.map(\.name)
        validation = clips.filter { chosen.contains($0.speaker) }.map(\.name)
        text += ", \(chosen.count) training speakers validate"
    }

    private static func brief(_ names: [String]) -> String {
        names.prefix(4).joined(separator: ", ") + (names.count > 4 ? " and \(names.count - 4) more" : "")
    }

    private static func tooFew(_ clips: [Clip], _ speakers: Int, _ needed: Int) -> CorpusError {
        .tooFewSpeakers(corpus: clips.first?.corpus ?? "the corpus", speakers: speakers, needed: needed)
    }
}
