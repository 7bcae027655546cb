import Corpora

/// Every clip of the two demo corpora, before any is made: a pure function of the settings.
struct DemoPlan: Sendable {
    let settings: DemoSettings
    let actors: [DemoCorpus: [DemoActor]]
    /// Studio first, then crowd, in the order of the actors.
    let takes: [DemoTake]

    init(_ settings: DemoSettings) {
        self.settings = settings
        var actors: [DemoCorpus: [DemoActor]] = [:]
        actors[.studio] = (1...settings.studioActors).map {
            // RAVDESS: odd numbers are men, even ones women.
            DemoActor(number: $0, isFemale: $0.isMultiple(of: 2), corpus: .studio, seed: settings.seed, difficulty: .studio)
        }
        actors[.crowd] = (1...settings.crowdActors).map {
            var random = DemoRandom(settings.seed, "crowd sex \(($0 - 1) / 2)")
            let firstIsFemale = random.chance(0.5)
            return DemoActor(
                number: 1000 + $0, isFemale: firstIsFemale != $0.isMultiple(of: 2), corpus: .crowd, seed: settings.seed,
                difficulty: .crowd)
        }
        self.actors = actors
        var takes: [DemoTake] = []
        for actor in actors[.studio] ?? [] {
            takes += Self.studioTakes(of: actor.number, count: settings.studioClips, seed: settings.seed, height: settings.height)
        }
        var crowd: [DemoTake] = []
        for actor in actors[.crowd] ?? [] {
            crowd += Self.crowdTakes(of: actor.number, count: settings.crowdClips, seed: settings.seed, height: settings.height)
        }
        if settings.full && settings.actors == nil && settings.clips == nil { Self.lose(20, of: &crowd, seed: settings.seed) }
        self.takes = takes + crowd
    }

    func actor(of take: DemoTake) -> DemoActor { actors[take.corpus]![take.actor - (take.corpus == .studio ? 1 : 1001)] }

    /// `count` of the actor's sixty: as even over the emotions as it goes, the rest drawn.
    private static func studioTakes(of actor: Int, count: Int, seed: UInt64, height: Int) -> [DemoTake] {
        var random = DemoRandom(seed, "studio choice \(actor)")
        let piles = DemoEmotion.allCases.map { emotion -> [DemoTake] in
            var pile: [DemoTake] = []
            for level in emotion == .neutral ? [DemoLevel.normal] : [.normal, .strong] {
                for sentence in DemoSentence.studio {
                    for repetition in 1...2 {
                        pile.append(
                            DemoTake(
                                studio: actor, emotion: emotion, level: level, sentence: sentence, repetition: repetition, seed: seed,
                                height: height))
                    }
                }
            }
            return pile
        }
        return deal(count, from: piles, first: actor, &random).sorted { $0.name < $1.name }
    }

    /// `count` of the actor's 82: only the first sentence has levels, and neutral has none.
    private static func crowdTakes(of actor: Int, count: Int, seed: UInt64, height: Int) -> [DemoTake] {
        var random = DemoRandom(seed, "crowd choice \(actor)")
        let piles = DemoEmotion.crowd.map { emotion -> [DemoTake] in
            DemoSentence.crowd.flatMap { sentence -> [DemoTake] in
                let levels: [DemoLevel] = sentence.code == "IEO" && emotion != .neutral ? [.low, .medium, .high] : [.unspecified]
                return levels.map {
                    DemoTake(crowd: actor, emotion: emotion, level: $0, sentence: sentence, seed: seed, height: height)
                }
            }
        }
        return deal(count, from: piles, first: actor, &random).sorted { $0.name < $1.name }
    }

    /// Takes from shuffled piles in turn, beginning at pile `first`, so that over the actors every emotion comes as often.
    private static func deal(_ count: Int, from piles: [[DemoTake]], first: Int, _ random: inout DemoRandom) -> [DemoTake] {
        var piles = piles
        for i in piles.indices { random.shuffle(&piles[i]) }
        var chosen: [DemoTake] = []
        // Rounds are shifted by the actor's number times a step coprime to both numbers of piles.
        var next = first * 5
        while chosen.count < count, piles.contains(where: { !$0.isEmpty }) {
            if let take = piles[next % piles.count].popLast() { chosen.append(take) }
            next += 1
        }
        return chosen
    }

    /// CREMA-D has 7,442 clips, 20 fewer than 91 times 82.
    private static func lose(_ count: Int, of takes: inout [DemoTake], seed: UInt64) {
        var random = DemoRandom(seed, "lost clips")
        for _ in 0..<count { takes.remove(at: random.below(takes.count)) }
    }
}

/// One clip to be made: who says what, how it is played, and what the recording does to it.
struct DemoTake: Sendable, Equatable {
    let corpus: DemoCorpus
    /// The file name's stem.
    let name: String
    let actor: Int
    let emotion: DemoEmotion
    let level: DemoLevel
    let sentence: DemoSentence
    let seed: UInt64
    /// What the face and the voice really show.
    private(set) var face: DemoExpression
    let voice: DemoExpression
    /// False where the actor plays another emotion than the label says.
    let isAsLabelled: Bool
    let shift: DemoShift

    init(
        studio actor: Int, emotion: DemoEmotion, level: DemoLevel, sentence: DemoSentence, repetition: Int, seed: UInt64, height: Int
    ) {
        let fields = [1, 1, emotion.studioCode, level == .strong ? 2 : 1, Int(sentence.code) ?? 1, repetition, actor]
        let name = fields.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: "-")
        self.init(.studio, name, actor, emotion, level, sentence, seed, .studio) { _, _ in .studio(height: height) }
    }

    init(crowd actor: Int, emotion: DemoEmotion, level: DemoLevel, sentence: DemoSentence, seed: UInt64, height: Int) {
        let name = "\(actor)_\(sentence.code)_\(emotion.crowdCode)_\(level.rawValue)"
        self.init(.crowd, name, actor, emotion, level, sentence, seed, .crowd) { place, clip in
            .crowd(height: height, severity: DemoDifficulty.crowd.recording, actor: &place, clip: &clip)
        }
    }

    private init(
        _ corpus: DemoCorpus, _ name: String, _ actor: Int, _ emotion: DemoEmotion, _ level: DemoLevel, _ sentence: DemoSentence,
        _ seed: UInt64, _ difficulty: DemoDifficulty, shift: (inout DemoRandom, inout DemoRandom) -> DemoShift
    ) {
        self.corpus = corpus
        self.name = name
        self.actor = actor
        self.emotion = emotion
        self.level = level
        self.sentence = sentence
        self.seed = seed
        var random = DemoRandom(seed, "\(name) acting")
        let others = (corpus == .crowd ? DemoEmotion.crowd : DemoEmotion.allCases).filter { $0 != emotion }
        isAsLabelled = !random.chance(difficulty.mismatchedShare)
        let acted = isAsLabelled ? emotion : random.pick(others)
        let mean = difficulty.strength[level] ?? 1
        var face = DemoExpression(acted, strength: max(0.1, random.normal(mean, difficulty.strengthDeviation)))
        var voice = DemoExpression(acted, strength: max(0.1, random.normal(mean, difficulty.strengthDeviation)))
        // At most one channel is muted: what one hides the other still tells.
        if random.chance(difficulty.mutedShare) {
            if random.chance(0.5) {
                face.strength *= difficulty.mutedStrength
            } else {
                voice.strength *= difficulty.mutedStrength
            }
        }
        if random.chance(difficulty.blendedShare) {
            let second = random.pick(others)
            face.blend(second, share: random.uniform(0, difficulty.blendedMost))
            voice.blend(second, share: random.uniform(0, difficulty.blendedMost))
        }
        self.face = face
        self.voice = voice
        var place = DemoRandom(seed, "\(corpus.rawValue) place \(actor)")
        var clip = DemoRandom(seed, "\(name) recording")
        self.shift = shift(&place, &clip)
    }

    /// The same take with a face that shows the label and nothing else, at the level's mean strength.
    func shownClearly() -> DemoTake {
        var take = self
        let difficulty = corpus == .studio ? DemoDifficulty.studio : .crowd
        take.face = DemoExpression(emotion, strength: difficulty.strength[level] ?? 1)
        return take
    }
}
