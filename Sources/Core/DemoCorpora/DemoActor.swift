import Corpora

/// One invented person: looks, voice and habits of acting. A function of the seed and the actor's number.
struct DemoActor: Sendable {
    enum Hair: Sendable, CaseIterable { case short, fringe, long, parted, bald, curly, bun }

    var number: Int
    var isFemale: Bool
    /// Years.
    var age: Int
    var race: String
    var ethnicity: String

    // Looks; lengths in units of half a face height.
    var faceWidth, jawWidth, chinWidth: Double
    var eyeDistance, eyeSize, eyeHeight: Double
    var browThickness, browHeight, browSlant: Double
    var noseWidth, noseLength: Double
    var mouthWidth, lipFullness, mouthHeight: Double
    var hair: Hair
    var beard, glasses: Bool
    var skin, hairColour, irisColour, lipColour, clothColour, backgroundColour: DemoColour
    /// The face at rest, and how strongly each muscle plays.
    var restUnits: ActionUnits
    var unitGains: SIMD16<Float>

    // Voice: Hz, shares, words a minute, formant scales in percent.
    var pitch, pitchSpread, rate: Double
    var formants: [Int]
    var accent: String
    /// dB of treble at rest.
    var brightness: Double
    /// How strongly each trait of the voice plays; see `DemoVoiceStyle`.
    var voiceGains: [Double]

    init(number: Int, isFemale: Bool, corpus: DemoCorpus, seed: UInt64, difficulty: DemoDifficulty) {
        var random = DemoRandom(seed, "\(corpus.rawValue) actor \(number)")
        let isCrowd = corpus == .crowd
        self.number = number
        self.isFemale = isFemale
        age = isCrowd ? Int(random.uniform(20, 75)) : Int(random.uniform(21, 34))
        let groups: [(race: String, skin: [DemoColour], share: Double)] = [
            (
                "Caucasian", [DemoColour(0.93, 0.76, 0.65), DemoColour(0.88, 0.68, 0.55), DemoColour(0.96, 0.81, 0.72)],
                isCrowd ? 0.55 : 0.8
            ),
            ("African American", [DemoColour(0.47, 0.31, 0.22), DemoColour(0.36, 0.23, 0.16), DemoColour(0.58, 0.40, 0.29)], 0.23),
            ("Asian", [DemoColour(0.90, 0.73, 0.57), DemoColour(0.84, 0.65, 0.48)], 0.15),
            ("Unknown", [DemoColour(0.72, 0.53, 0.39), DemoColour(0.80, 0.60, 0.46)], 0.07),
        ]
        var draw = random.unit() * groups.reduce(0) { $0 + $1.share }
        let group =
            groups.first {
                draw -= $0.share
                return draw < 0
            } ?? groups[0]
        race = group.race
        ethnicity = random.chance(isCrowd ? 0.12 : 0.05) ? "Hispanic" : "Not Hispanic"
        let variety = isCrowd ? 1.2 : 1.0

        faceWidth = random.normal(isFemale ? 0.70 : 0.73, 0.022 * variety)
        jawWidth = random.normal(isFemale ? 0.80 : 0.87, 0.03 * variety)
        chinWidth = random.normal(isFemale ? 0.36 : 0.44, 0.03 * variety)
        eyeDistance = random.normal(0.315, 0.012 * variety)
        eyeSize = random.normal(isFemale ? 0.165 : 0.155, 0.008 * variety)
        eyeHeight = random.normal(group.race == "Asian" ? 0.066 : 0.076, 0.006 * variety)
        browThickness = random.normal(isFemale ? 0.040 : 0.058, 0.007 * variety)
        browHeight = random.normal(0, 0.014 * variety)
        browSlant = random.normal(0, 0.014 * variety)
        noseWidth = random.normal(group.race == "African American" ? 0.16 : 0.135, 0.012 * variety)
        noseLength = random.normal(0.30, 0.018 * variety)
        mouthWidth = random.normal(0.27, 0.018 * variety)
        lipFullness = random.normal(isFemale ? 1.15 : 0.9, 0.12 * variety)
        mouthHeight = random.normal(0.60, 0.012 * variety)
        let femaleHair: [Hair] = [.long, .parted, .bun, .fringe, .curly, .long]
        let maleHair: [Hair] = [.short, .short, .fringe, .curly, .parted, .bald]
        hair = random.pick(isFemale ? femaleHair : maleHair)
        beard = !isFemale && random.chance(isCrowd ? 0.35 : 0.15)
        glasses = random.chance(isCrowd ? 0.2 : 0)
        skin = random.pick(group.skin).shifted(random.normal(0, 0.02))
        let dark = [DemoColour(0.10, 0.07, 0.06), DemoColour(0.17, 0.11, 0.08)]
        let light = [DemoColour(0.33, 0.21, 0.12), DemoColour(0.55, 0.40, 0.22), DemoColour(0.42, 0.20, 0.10)]
        let grey = [DemoColour(0.62, 0.61, 0.60), DemoColour(0.75, 0.74, 0.72)]
        hairColour = random.pick(age > 52 ? grey : group.race == "Caucasian" ? dark + light : dark)
        irisColour = random.pick(
            group.race == "Caucasian"
                ? [DemoColour(0.30, 0.45, 0.60), DemoColour(0.33, 0.42, 0.28), DemoColour(0.35, 0.22, 0.12)]
                : [DemoColour(0.25, 0.15, 0.09), DemoColour(0.18, 0.11, 0.07)])
        lipColour = skin.mixed(with: DemoColour(0.65, 0.20, 0.22), isFemale ? 0.55 : 0.4)
        clothColour =
            isCrowd
            ? DemoColour(random.uniform(0.1, 0.8), random.uniform(0.1, 0.8), random.uniform(0.1, 0.8)) : DemoColour(0.13, 0.13, 0.15)
        backgroundColour =
            isCrowd
            ? DemoColour(random.uniform(0.3, 0.75), random.uniform(0.35, 0.75), random.uniform(0.35, 0.75)) : DemoColour(0.90, 0.90, 0.91)

        var rest = ActionUnits()
        var gains = SIMD16<Float>(repeating: 1)
        for i in 0..<15 {
            rest.values[i] = Float(random.normal(0, difficulty.restDeviation))
            gains[i] = Float(max(0.3, random.normal(1, difficulty.gainDeviation)))
        }
        rest.jawDrop = 0
        rest.lipRound = 0
        rest.lipStretch = max(0, rest.lipStretch)
        rest.upperLipRaise = max(0, rest.upperLipRaise * 0.5)
        rest.noseWrinkle = max(0, rest.noseWrinkle * 0.5)
        restUnits = rest
        unitGains = gains

        pitch = isFemale ? random.normal(195, 16 * variety) : random.normal(112, 11 * variety)
        pitchSpread = max(0.05, random.normal(0.17, 0.03 * variety))
        rate = random.normal(168, 9 * variety)
        let size = isFemale ? 114.0 : 100.0
        formants = (0..<4).map { _ in Int(random.normal(size, 4 * variety).rounded()) }
        accent = isCrowd ? random.pick(["en-us", "en-us", "en-us", "en-gb", "en-gb-scotland"]) : "en-us"
        brightness = random.normal(0, 1.2 * variety)
        voiceGains = (0..<DemoVoiceStyle.traits).map { _ in max(0.3, random.normal(1, difficulty.gainDeviation)) }
    }
}

/// Linear-ish RGB in [0, 1], as cairo takes it.
struct DemoColour: Sendable, Equatable {
    var red, green, blue: Double

    init(_ red: Double, _ green: Double, _ blue: Double) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Multiplied by `factor`, kept in range.
    func scaled(_ factor: Double) -> DemoColour {
        DemoColour(min(1, red * factor), min(1, green * factor), min(1, blue * factor))
    }

    func shifted(_ amount: Double) -> DemoColour {
        DemoColour(max(0, min(1, red + amount)), max(0, min(1, green + amount)), max(0, min(1, blue + amount)))
    }

    func mixed(with other: DemoColour, _ share: Double) -> DemoColour {
        DemoColour(
            red + (other.red - red) * share, green + (other.green - green) * share, blue + (other.blue - blue) * share)
    }
}
