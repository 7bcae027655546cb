import Base
import Foundation
import Inputs
import Media
import Networks
import Records
import Tensors
import TestSupport
import Testing

@testable import Analysis
@testable import Metrics
@testable import Training

@Suite("Robustness")
struct RobustnessTests {
    /// Eight bands of a small transform, so that clips have a real waveform behind their spectrogram.
    private static let inputs: InputSettings = {
        var inputs = Synthetic.inputs
        (inputs.frames, inputs.sampleRate, inputs.fftSize, inputs.hopLength, inputs.maximumFrequency) = (8, 8000, 256, 128, 4000)
        return inputs
    }()

    private static var experiment: Experiment {
        var experiment = Synthetic.experiment()
        experiment.inputs = inputs
        return experiment
    }

    /// A tone of the speaker's own pitch, its spectrogram by the same front end, and eight pictures that differ.
    private static func clip(_ number: Int, hertz: Double) throws -> PreparedClip {
        let samples = (0..<2000).map { Int16(12000 * sin(2 * .pi * hertz * Double($0) / 8000) * (0.6 + 0.4 * sin(Double($0) / 90))) }
        var sound = PreparedSound(samples: samples, scale: 1 / 32767, rate: 8000, kept: 2..<14)
        sound.scale = 1 / 32767
        var stream = RandomStream(seed: UInt64(number), name: "pictures")
        let pictures = (0..<8 * 16 * 16 * 3).map { UInt8(20 * ($0 / (16 * 16 * 3)) + stream.int(below: 60)) }
        let front = try MelFrontEnd(inputs.preparation.sound)
        let (mel, first) = try SoundStretch(sound, front.settings).image(by: front)
        return PreparedClip(
            mel: mel, melBands: 8, melFrames: 16, firstSoundFrame: first, soundFrames: 12, pictures: pictures, frames: 8, size: 16,
            faces: [],
            duration: 0.25, hasSpeech: true, envelope: [], hasAudio: true, hasVideo: true, sound: sound)
    }

    private static func feed(_ count: Int, _ name: String) throws -> ClipsInMemory {
        ClipsInMemory(
            try (0..<count).map { index in
                let item = ClipItem(name: "\(name)-\(index)", speaker: "\(index % 4)", label: index % 4)
                return (item, try clip(index, hertz: 300 + 500 * Double(index % 4)))
            })
    }

    private static func corrupted(_ corruption: Corruption, _ feed: ClipsInMemory, seed: UInt64 = 42, domain: Domain = .source) throws
        -> CorruptedFeed
    {
        CorruptedFeed(
            base: feed, corruption: corruption, domain: domain, seed: seed, sound: try SoundCorruption(inputs), pool: BabblePool([feed]))
    }

    @Test("A Gaussian blur equals SciPy's", arguments: [0.6, 1, 2, 4])
    func blur(sigma: Double) throws {
        let golden = try Golden("measures").file
        var pictures = try golden.integers("in.picture").map { UInt8($0) }
        // Two pictures in a row: neither bleeds into the other.
        pictures += pictures
        GaussianBlur(sigma: sigma).apply(to: &pictures, size: 20)
        let expected = try golden.integers("blur.\(sigma == 0.6 ? "0.6" : "\(Int(sigma)).0")")
        for (ours, theirs) in zip(pictures, expected + expected) { #expect(abs(Int(ours) - theirs) <= 1) }
        #expect(zip(pictures, expected + expected).count { Int($0) != $1 } < 30)
    }

    @Test("A blur leaves an even picture as it is, and its strength goes with the picture's size")
    func blurScale() throws {
        var even = [UInt8](repeating: 77, count: 12 * 12 * 3)
        GaussianBlur(sigma: 3).apply(to: &even, size: 12)
        #expect(even.allSatisfy { $0 == 77 })
        var clip = try Self.clip(0, hertz: 300)
        var pictures = clip.pictures
        PictureCorruption.apply(Corruption(.blur, 14), to: &clip, RandomStream(seed: 1, name: ""))
        GaussianBlur(sigma: 2).apply(to: &pictures, size: 16)
        #expect(clip.pictures == pictures)
    }

    @Test("Noise has the power that its ratio says", arguments: [Corruption.Kind.white, .babble], [20.0, 0])
    func ratio(kind: Corruption.Kind, level: Double) throws {
        // Where the noise is told from the sound by subtraction, its share of the power is what was asked for.
        let front = try MelFrontEnd(Self.inputs.preparation.sound)
        let feed = try Self.feed(8, "a")
        let clean = feed.load(0)
        let stretch = SoundStretch(try #require(clean.sound), front.settings)
        let stream = RandomStream(seed: 42, name: "robustness.source.a-0")
        let noise: [Float]
        if kind == .babble {
            noise = try BabblePool([feed]).babble(for: feed.items[0], count: stretch.samples.count, stream)
        } else {
            var white = stream.substream("white")
            noise = stretch.samples.map { _ in white.normal() }
        }
        func power(_ samples: some Sequence<Float>) -> Double {
            var (sum, count) = (0.0, 0)
            for sample in samples { (sum, count) = (sum + Double(sample) * Double(sample), count + 1) }
            return sum / Double(count)
        }
        var louder = stretch
        let signal = power(stretch.samples[stretch.heard])
        let factor = Float((signal / power(noise[stretch.heard])).squareRoot() * pow(10, -level / 20))
        for index in louder.samples.indices { louder.samples[index] += factor * noise[index] }
        let expected = try louder.image(by: front)
        let found = try Self.corrupted(Corruption(kind, level), feed).load(0)
        #expect(found.mel == expected.mel && found.mel != clean.mel && found.pictures == clean.pictures)
        let added = stretch.heard.map { louder.samples[$0] - stretch.samples[$0] }
        #expect(abs(10 * log10(signal / power(added)) - level) < 0.01)
    }

    @Test("Noise far below the sound leaves its spectrogram nearly as it is")
    func faintNoise() throws {
        let feed = try Self.feed(4, "a")
        let clean = feed.load(0), faint = try Self.corrupted(Corruption(.white, 100), feed).load(0)
        #expect(zip(clean.mel, faint.mel).allSatisfy { abs($0 - $1) < 0.05 })
    }

    @Test("Babble is of other speakers only, and needs some")
    func babble() throws {
        let feed = try Self.feed(8, "a")
        let stream = RandomStream(seed: 1, name: "x")
        let all = try BabblePool([feed]).babble(for: feed.items[0], count: 500, stream)
        // Taking away every other clip of the speaker changes nothing.
        let others = ClipsInMemory(feed.items.indices.filter { $0 % 4 != 0 || $0 == 0 }.map { (feed.items[$0], feed.load($0)) })
        #expect(try BabblePool([others]).babble(for: feed.items[0], count: 500, stream) == all)
        let alone = ClipsInMemory([(feed.items[0], feed.load(0)), (feed.items[4], feed.load(4))])
        #expect(throws: RobustnessError.noOtherSpeaker(clip: "a-0")) {
            try BabblePool([alone]).babble(for: feed.items[0], count: 5, stream)
        }
    }

    @Test("A clip without its waveform is an error, one without sound is left alone")
    func noWaveform() throws {
        var clip = try Self.clip(0, hertz: 300)
        clip.sound = nil
        let item = ClipItem(name: "a", speaker: "0", label: 0)
        let feed = ClipsInMemory([(item, clip)])
        #expect(throws: RobustnessError.noWaveform(clip: "a")) { try Self.corrupted(Corruption(.white, 5), feed).load(0) }
        clip.hasAudio = false
        #expect(try Self.corrupted(Corruption(.white, 5), ClipsInMemory([(item, clip)])).load(0) == clip)
    }

    @Test("Dropped pictures show the last one left, and heavier levels drop what lighter ones do", arguments: [0.125, 0.25, 0.5, 0.75])
    func dropped(share: Double) throws {
        let feed = try Self.feed(4, "a")
        let bytes = 16 * 16 * 3
        func frames(_ clip: PreparedClip) -> [ArraySlice<UInt8>] { (0..<8).map { clip.pictures[$0 * bytes..<($0 + 1) * bytes] } }
        for index in 0..<4 {
            let clean = frames(feed.load(index))
            let found = frames(try Self.corrupted(Corruption(.dropped, share), feed).load(index))
            let heavier = frames(try Self.corrupted(Corruption(.dropped, 0.875), feed).load(index))
            let kept = (0..<8).filter { found[$0].elementsEqual(clean[$0]) }
            #expect(kept.count == 8 - Int(8 * share))
            for frame in 0..<8 {
                let shown = kept.last { $0 <= frame } ?? kept[0]
                #expect(found[frame].elementsEqual(clean[shown]))
                if !kept.contains(frame) { #expect(!heavier[frame].elementsEqual(clean[frame])) }
            }
        }
    }

    @Test("A missing modality is what a clip without it gives")
    func missing() throws {
        let feed = try Self.feed(4, "a")
        let silent = try Self.corrupted(Corruption(.noSound, 0), feed).load(0)
        #expect(silent.mel.allSatisfy { $0 == 0 } && silent.soundFrames == 0 && silent.pictures == feed.load(0).pictures)
        let dark = try Self.corrupted(Corruption(.noPicture, 0), feed).load(0)
        #expect(dark.pictures.allSatisfy { $0 == 128 } && dark.mel == feed.load(0).mel)
    }

    @Test("What is done to a clip hangs on seed, domain and name, and not on when or how often it is asked for")
    func determinism() throws {
        let feed = try Self.feed(4, "a")
        for corruption in [Corruption(.white, 5), Corruption(.babble, 5), Corruption(.dropped, 0.5), Corruption(noise: 10, blur: 2)] {
            let first = try Self.corrupted(corruption, feed).load(1)
            _ = try Self.corrupted(corruption, feed).load(0)
            #expect(try Self.corrupted(corruption, feed).load(1) == first)
            #expect(try Self.corrupted(corruption, feed, seed: 43).load(1) != first)
            #expect(try Self.corrupted(corruption, feed, domain: .target).load(1) != first)
        }
    }

    @Test("Levels are labelled as an axis has them, and each kind concerns the models that notice it")
    func words() {
        #expect(
            Corruption(.white, 20).label == "20" && Corruption(.dropped, 0.125).label == "1/8" && Corruption(.dropped, 0.3).label == "0.3")
        #expect(Corruption.Kind.both.standard.map(\.label) == ["20 / 1", "10 / 2", "0 / 4"])
        #expect(Corruption.Kind.allCases.filter { $0.concerns(.audio) } == [.white, .babble])
        #expect(Corruption.Kind.allCases.filter { $0.concerns(.video) } == [.blur, .dropped])
        #expect(Corruption.Kind.allCases.filter { $0.concerns(.both) }.count == 7)
        // A level is read as it is printed.
        for kind in Corruption.Kind.allCases where !kind.unit.isEmpty {
            for one in kind.standard { #expect(Corruption(kind, parsing: one.label) == one) }
        }
        #expect(
            Corruption(.dropped, parsing: "0.25") == Corruption(.dropped, 0.25)
                && Corruption(.both, parsing: "-5/3") == Corruption(noise: -5, blur: 3))
        let wrong: [(Corruption.Kind, String)] = [
            (.dropped, "1"), (.dropped, "8/8"), (.dropped, "1/0"), (.blur, "0"), (.blur, "1/2"), (.white, "nan"), (.white, "101"),
            (.both, "10"),
            (.both, "20/0"), (.both, "20/1/1"), (.noSound, "0"), (.white, ""),
        ]
        for (kind, text) in wrong { #expect(Corruption(kind, parsing: text) == nil, "\(kind) \(text)") }
    }

    /// A model that was trained for an epoch.
    private func withModel<Result>(_ body: (TrainedModel) throws -> Result) throws -> Result {
        try Synthetic.inFolder { folder in
            var experiment = Self.experiment
            experiment.training.epochs = 1
            let data = RunData(
                task: .four, sourceTraining: try Self.feed(8, "t"), sourceValidation: try Self.feed(8, "v"),
                targetTraining: try Self.feed(8, "u"), targetValidation: try Self.feed(8, "w"), split: "by speaker", splitHash: "0",
                preparation: Synthetic.preparation)
            try Synthetic.run(experiment, data: data, in: folder)
            return try body(try TrainedModel(folder.appendingPathComponent(RunFiles.best)))
        }
    }

    @Test("The suite scores every condition of both domains, drops are against the clean clips, and twice is the same")
    func suite() throws {
        try withModel { model in
            let corruptions = Corruption.Kind.allCases.flatMap(\.standard)
            let clips = try [(Domain.source, "v"), (.target, "w")].map { domain, name in
                RobustnessSuite.Clips(domain: domain, corpus: name, feed: try Self.feed(8, name), voices: [try Self.feed(8, "t")])
            }
            let suite = try RobustnessSuite(model, clips: clips, corruptions: corruptions, bootstrap: Bootstrap(resamples: 50))
            #expect(suite.total == 16 * (corruptions.count + 1) && corruptions.count == 20)
            var asked = 0
            let report = try suite.run(part: "validation") {
                asked += $0.items.count
                return $0
            }
            #expect(asked == suite.total && report.rows.count == 21 && report.rows[0].corruption == nil)
            for row in report.rows {
                let scores = try #require(row.source), clean = try #require(report.rows[0].source)
                #expect(abs(scores.accuracyDrop.value - (clean.accuracy.value - scores.accuracy.value)) < 1e-12)
                #expect(row.target != nil && (0...1).contains(scores.macroF1.value))
            }
            #expect(report.rows[0].source?.accuracyDrop == Interval(0, low: 0, high: 0))
            #expect(try suite.run(part: "validation") == report)
            let fewer = try RobustnessSuite(model, clips: clips, corruptions: [], bootstrap: Bootstrap(resamples: 0), mostClips: 3)
            #expect(try fewer.run(part: "validation").sourceClips == 3)
        }
    }
}
