import Foundation

/// How a sentence is spoken: what eSpeak is told, and what is done to its samples where eSpeak has no means.
struct DemoVoiceStyle: Sendable, Equatable {
    /// Number of traits, each with a gain of the actor.
    static let traits = 11

    /// Natural logarithms of factors on the actor's pitch, pitch spread and rate.
    var pitch: Double { values[0] }
    var spread: Double { values[1] }
    var rate: Double { values[2] }
    /// dB of treble above 1.2 kHz.
    var brightness: Double { values[3] }
    /// Depths of a 7 Hz tremble and of a 45 Hz growl, share of breath.
    var tremor: Double { max(0, values[4]) }
    var growl: Double { max(0, values[5]) }
    var breath: Double { max(0, values[6]) }
    /// dB, and dB lost (gained, where negative) from first to last word.
    var loudness: Double { values[7] }
    var decay: Double { values[8] }
    /// Contrast of loud and soft: above 0 hits the syllables, below 0 levels them.
    var punch: Double { values[9] }
    /// Further pause between words, 10 ms.
    var gap: Double { max(0, values[10]) }

    private var values: [Double]

    /// Full play of each emotion, in the order of `DemoEmotion` and of the traits above.
    private static let prototypes: [[Double]] = [
        // pitch  spread  rate  bright tremor growl breath loud  decay punch gap
        [0.00, 0.00, 0.00, 0.0, 0.0, 0.0, 0.0, 0, 2, 0.0, 0.0],  // neutral
        [-0.07, -0.45, -0.12, -3.0, 0.0, 0.0, 0.02, -4, 2, -0.2, 0.5],  // calm
        [0.26, 0.85, 0.07, 3.0, 0.0, 0.0, 0.0, 3, -1, 0.2, 0.0],  // happy
        [-0.12, -0.80, -0.36, -6.0, 0.15, 0.0, 0.05, -8, 8, -0.2, 3.0],  // sad
        [0.10, 0.45, 0.15, 7.0, 0.0, 0.75, 0.0, 7, -2, 0.8, 0.0],  // angry
        [0.36, -0.10, 0.26, 1.0, 0.75, 0.0, 0.06, -2, 1, 0.0, 1.0],  // fearful
        [-0.20, 0.30, -0.30, 2.0, 0.0, 0.40, 0.0, 0, 5, 0.3, 2.0],  // disgust
        [0.42, 1.10, -0.04, 3.0, 0.0, 0.0, 0.03, 3, -5, 0.2, 0.5],  // surprised
    ]

    /// The mixture of `expression`, played with the actor's habits.
    init(_ expression: DemoExpression, actor: DemoActor) {
        values = Self.prototypes[DemoEmotion.neutral.rawValue]
        for (share, prototype) in zip(expression.shares, Self.prototypes) where share > 0 {
            for i in values.indices { values[i] += share * expression.strength * (prototype[i] - Self.prototypes[0][i]) }
        }
        for i in values.indices { values[i] *= actor.voiceGains[i] }
    }
}

/// The voice of a take: eSpeak's speech with the lead and tail of a recording, at `Speech.rate`, before any microphone.
struct DemoVoice: Sendable {
    var speech: Speech
    /// Seconds before the first and after the last sound.
    var lead: Double
    var duration: Double

    init(_ take: DemoTake, actor: DemoActor) throws(DemoError) {
        var random = DemoRandom(take.seed, "\(take.name) voice")
        let style = DemoVoiceStyle(take.voice, actor: actor)
        let pitch = actor.pitch * exp(style.pitch + random.normal(0, 0.04))
        let spread = min(0.75, actor.pitchSpread * exp(style.spread + random.normal(0, 0.12)))
        let rate = actor.rate * exp(style.rate + random.normal(0, 0.05))
        // An eSpeak voice file (docs/voices.md of eSpeak NG); breath and echo are left out, they draw from a random state of their own.
        var voice = "name demo\nlanguage \(actor.accent)\n"
        voice += "pitch \(Int(max(45, pitch * (1 - spread / 2)))) \(Int(pitch * (1 + spread)))\n"
        for (index, scale) in actor.formants.enumerated() { voice += "formant \(index) \(scale) 100 100\n" }
        voice += "flutter \(take.voice.strength > 0.5 && style.tremor > 0.2 ? 6 : 2)\n"
        let loudest = take.voice.shares.indices.max { take.voice.shares[$0] < take.voice.shares[$1] }.flatMap(DemoEmotion.init)
        let mark = [.angry, .happy, .surprised].contains(loudest ?? .neutral) && take.voice.strength > 0.5 ? "!" : "."
        var speech = try EspeakLibrary.speak(
            take.sentence.text + mark, voice: voice, wordsPerMinute: Int(min(300, max(85, rate))), wordGap: Int(style.gap.rounded()))

        Self.colour(&speech, style, brightness: style.brightness + actor.brightness, &random)
        lead = random.uniform(0.2, 0.45)
        let tail = random.uniform(0.2, 0.45)
        let silence = [Float](repeating: 0, count: Int(lead * Double(speech.rate)))
        speech.samples = silence + speech.samples + [Float](repeating: 0, count: Int(tail * Double(speech.rate)))
        for i in speech.phonemes.indices { speech.phonemes[i].time += lead }
        duration = Double(speech.samples.count) / Double(speech.rate)
        self.speech = speech
    }

    /// Loudness envelope, treble, tremble, growl, breath: what eSpeak cannot be told.
    private static func colour(_ speech: inout Speech, _ style: DemoVoiceStyle, brightness: Double, _ random: inout DemoRandom) {
        let rate = Double(speech.rate)
        let count = speech.samples.count
        guard count > 0 else { return }
        let trebleGain = Float(pow(10, brightness / 20))
        let lowpass = Float(1 - exp(-2 * Double.pi * 1200 / rate))
        let follow = Float(1 - exp(-1 / (0.02 * rate)))
        let tremble = random.uniform(5.8, 8)
        let growl = random.uniform(34, 58)
        var low: Float = 0
        var envelope: Float = 0
        var peak: Float = 1e-4
        for sample in speech.samples { peak = max(peak, abs(sample)) }
        var loudest: Float = 1e-4
        for i in 0..<count {
            let dry = speech.samples[i] / peak
            envelope += follow * (abs(dry) - envelope)
            low += lowpass * (dry - low)
            var sample = low + trebleGain * (dry - low)
            let t = Double(i) / rate
            var gain = pow(10, -style.decay * (t * rate / Double(count)) / 20)
            gain *= 1 - style.tremor * 0.42 * (1 + sin(2 * .pi * tremble * t))
            gain *= 1 - style.growl * 0.5 * max(0, sin(2 * .pi * growl * t))
            gain *= pow(Double(max(envelope, 0.02)) * 4, style.punch * 0.7)
            sample *= Float(gain)
            sample += Float(style.breath * random.uniform(-1, 1)) * min(1, envelope * 4)
            loudest = max(loudest, abs(sample))
            speech.samples[i] = sample
        }
        let scale = Float(0.35 * pow(10, style.loudness / 20)) / loudest
        for i in 0..<count { speech.samples[i] = max(-1, min(1, speech.samples[i] * scale)) }
    }

    /// The mouth while speaking at `time` seconds: how far the jaw opens, lips spread, lips round, lips closed, each in [0, 1].
    func mouth(at time: Double) -> (open: Double, wide: Double, round: Double, closed: Double) {
        var sum = (open: 0.0, wide: 0.0, round: 0.0, closed: 0.0)
        var total = 0.0
        let reach = 0.10
        for (index, phoneme) in speech.phonemes.enumerated() {
            let end = index + 1 < speech.phonemes.count ? speech.phonemes[index + 1].time : duration
            // The lips lead the sound a little.
            let centre = (phoneme.time + min(end, phoneme.time + 0.2)) / 2 - 0.02
            let distance = abs(time - centre)
            guard distance < reach + (end - phoneme.time) / 2 else { continue }
            let weight = exp(-pow(distance / (reach * 0.55), 2))
            let shape = Self.viseme(phoneme.name)
            sum.open += weight * shape.open
            sum.wide += weight * shape.wide
            sum.round += weight * shape.round
            sum.closed += weight * shape.closed
            total += weight
        }
        guard total > 1e-3 else { return (0, 0, 0, 0) }
        let norm = 1 / max(total, 0.35)
        return (sum.open * norm, sum.wide * norm, sum.round * norm, sum.closed * norm)
    }

    /// Lip shape of an eSpeak phoneme, by its first letters.
    private static func viseme(_ name: String) -> (open: Double, wide: Double, round: Double, closed: Double) {
        switch name.first {
        case "a", "A", "0": (0.9, 0.2, 0, 0)
        case "O", "o": (0.6, 0, 0.7, 0)
        case "V", "@", "3": (0.45, 0.1, 0, 0)
        case "E", "e": (0.5, 0.5, 0, 0)
        case "i", "I", "j": (0.25, 0.8, 0, 0)
        case "u", "U", "w": (0.2, 0, 1, 0)
        case "m", "b", "p": (0, 0, 0, 1)
        case "f", "v": (0.05, 0.2, 0, 0.6)
        case "_": (0, 0, 0, 0)
        default: (0.18, 0.25, 0, 0)
        }
    }
}
