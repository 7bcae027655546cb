import Foundation
import Media
import TestSupport
import Testing

@testable import Corpora
@testable import Inputs

/// Two takes of one speaker, and what becomes of them: made once for all tests.
private enum Takes {
    static let folder = Result {
        let folder = try MadeUpFolder()
        atexit(removeTakes)
        return folder
    }

    /// A voice made of a pulse train through formants that move: two takes differ in timing and melody as people's do.
    static func sound(_ take: Int, seconds: Double = 2.5, rate: Int = 48_000) -> [Float] {
        var state = UInt64(take) &* 0x9E37_79B9_7F4A_7C15 | 1
        func chance() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 40) / Double(1 << 24)
        }
        // Syllables: when they begin, their pitch, three formants.
        var syllables: [(start: Double, length: Double, pitch: Double, formants: [Double])] = []
        var time = 0.1
        for syllable in 0..<9 {
            let length = 0.16 + 0.1 * chance()
            let vowel = [[700.0, 1200, 2500], [300, 2200, 2900], [400, 800, 2600], [550, 1700, 2500], [320, 900, 2300]][syllable % 5]
            syllables.append((time, length, 150 + 60 * chance(), vowel.map { $0 * (0.95 + 0.1 * chance()) }))
            time += length + 0.03 + 0.05 * chance()
        }
        var phase = 0.0
        return (0..<Int(seconds * Double(rate))).map { i in
            let t = Double(i) / Double(rate)
            var value = 0.002 * (chance() - 0.5)
            guard let syllable = syllables.last(where: { $0.start <= t }), t < syllable.start + syllable.length else { return Float(value) }
            let place = (t - syllable.start) / syllable.length
            phase += syllable.pitch * (1 + 0.2 * place) / Double(rate)
            for harmonic in 1...20 {
                let frequency = Double(harmonic) * syllable.pitch
                let gain = syllable.formants.reduce(0) { $0 + 1 / (1 + pow((frequency - $1) / 120, 2)) }
                value += 0.05 * gain * sin(2 * .pi * phase * Double(harmonic)) * sin(.pi * place)
            }
            return Float(value)
        }
    }

    /// A round face on a wall: the mouth opens and the brows move differently in each take.
    static func picture(_ take: Int, frame: Int, of frames: Int, width: Int = 320, height: Int = 240) -> Picture {
        var picture = Picture(width: width, height: height)
        let time = Double(frame) / Double(frames - 1)
        let mouth = 4 + 14 * abs(sin(time * .pi * (2 + Double(take)) + Double(take))),
            brow = 6 * sin(time * 5 * Double(take) + Double(take))
        for y in 0..<height {
            for x in 0..<width {
                let (u, v) = (Double(x - width / 2), Double(y - height / 2))
                var light = 150 + 40 * Double(x) / Double(width)
                if u * u / 4900 + v * v / 8100 < 1 { light = 200 - v / 4 }
                if abs(u) < 25, abs(v - 45) < mouth { light = 60 }
                for side in [-28.0, 28] {
                    if pow(u - side, 2) + pow(v + 15, 2) < 80 { light = 40 }
                    if abs(u - side) < 16, abs(v + 38 - brow) < 3 { light = 70 }
                }
                for channel in 0..<3 {
                    picture.pixels[3 * (y * width + x) + channel] = UInt8(min(max(light - 8 * Double(channel), 0), 255))
                }
            }
        }
        return picture
    }

    static func write(_ take: Int, _ name: String, in folder: MadeUpFolder, video: VideoEncoding, audio: AudioEncoding) throws {
        let writer = try MediaWriter(url: folder.url.appendingPathComponent(name), video: video, audio: audio)
        for frame in 0..<60 {
            let picture = picture(take, frame: frame, of: 60)
            try writer.append(video.width == picture.width ? picture : picture.resizedByArea(width: video.width, height: video.height))
        }
        try writer.append(sound(take))
        try writer.finish()
    }
}

/// What is static is not taken down with a test.
private func removeTakes() {
    if let folder = try? Takes.folder.get() { try? FileManager.default.removeItem(at: folder.url) }
}

@Suite("Fingerprints", .serialized)
struct FingerprintTests {
    let folder: MadeUpFolder

    init() throws {
        folder = try Takes.folder.get()
        guard !FileManager.default.fileExists(atPath: folder.path("take3.mp4")) else { return }
        let fine = VideoEncoding(
            width: 320, height: 240, frameRate: FrameRate(24), quality: .constantRateFactor(18), allowsSubstitute: true)
        for take in 1...3 { try Takes.write(take, "take\(take).mp4", in: folder, video: fine, audio: AudioEncoding(rate: 48_000)) }
        // The first take again, as an old Flash film: smaller, coarser, other codecs, another rate of sound.
        let coarse = VideoEncoding(codec: .flv1, width: 240, height: 180, frameRate: FrameRate(24), quality: .quantiser(6))
        try Takes.write(
            1, "copy.flv", in: folder, video: coarse, audio: AudioEncoding(codec: .mp3, rate: 22_050, sourceRate: 48_000, bitRate: 48_000))
    }

    private func clip(_ file: String) -> Clip {
        Clip(name: file, corpus: "x", speaker: "1", emotion: "sad", video: folder.path(file), audio: folder.path(file))
    }

    @Test("The sound of a re-encoded copy is the same, that of another take is not: well on either side of the threshold")
    func sound() throws {
        let spectrum = try SoundFingerprint.spectrum()
        func fingerprint(_ file: String) throws -> SoundFingerprint {
            try #require(try SoundFingerprint.of(clip(file), spectrum: spectrum))
        }
        let first = try fingerprint("take1.mp4")
        let copy = try fingerprint("copy.flv")
        let bits = try #require(first.bitDistance(to: copy))
        let correlation = first.correlation(with: copy, shift: bits.shift)
        print("sound: copy \(bits.distance) of the bits, correlation \(correlation)")
        #expect(first.bitDistance(to: first)?.distance == 0 && first.match(first) == 1)
        #expect(bits.distance < SoundFingerprint.bitThreshold - 0.1 && correlation > SoundFingerprint.correlationThreshold + 0.1)
        #expect(try #require(copy.bitDistance(to: first)).distance == bits.distance, "the distance has no direction")
        for take in ["take2.mp4", "take3.mp4"] {
            let other = try fingerprint(take)
            let distance = first.bitDistance(to: other)?.distance ?? 0.5
            let correlation = (-4...4).map { first.correlation(with: other, shift: $0) }.max() ?? 0
            print("sound: another take \(distance) of the bits, correlation \(correlation)")
            #expect(correlation < SoundFingerprint.correlationThreshold - 0.15 && first.match(other) == nil)
        }
    }

    @Test("The pictures of a re-encoded, smaller copy are the same, those of another take in the same room are not")
    func pictures() throws {
        func fingerprint(_ file: String) throws -> PictureFingerprint { try #require(try PictureFingerprint.of(clip(file))) }
        let first = try fingerprint("take1.mp4"), copy = try fingerprint("copy.flv")
        print("grey levels: copy \(first.levelDistance(to: copy)), hash \(first.hashDistance(to: copy))")
        #expect(first.distance(to: copy) != nil && first.levelDistance(to: copy) < PictureFingerprint.levelThreshold - 0.3)
        for take in ["take2.mp4", "take3.mp4"] {
            let other = try fingerprint(take)
            print("grey levels: another take \(first.levelDistance(to: other)), hash \(first.hashDistance(to: other))")
            #expect(first.distance(to: other) == nil)
        }
    }

    @Test("Silence, a click and one colour say nothing, so they are nobody's duplicates")
    func nothing() throws {
        let spectrum = try SoundFingerprint.spectrum()
        #expect(try SoundFingerprint(Waveform(samples: [Float](repeating: 0, count: 16_000), rate: 8000), spectrum: spectrum) == nil)
        #expect(try SoundFingerprint(Waveform(samples: [0.5], rate: 8000), spectrum: spectrum) == nil)
        #expect(PictureFingerprint([Picture(width: 64, height: 64, red: 90, green: 80, blue: 70)]) == nil && PictureFingerprint([]) == nil)
        #expect(PictureFingerprint([Picture(width: 1, height: 1)]) == nil)
    }

    @Test("A check finds the copy, the missing and the damaged file, the leak between parts and the label without a place")
    func check() throws {
        try folder.write("broken.mp4", Data("this is not a film".utf8))
        var clips = ["take1.mp4", "take2.mp4", "take3.mp4", "copy.flv", "broken.mp4", "gone.mp4"].map(clip)
        (clips[0].part, clips[1].part, clips[3].part) = ("train", "train", "test")
        clips[1].emotion = "bored"
        clips[3].sex = "female"
        for workers in [1, 4] {
            let report = try CorpusCheck(labels: LabelSpace.named("six"), workers: workers).run([
                CorpusCheck.Corpus(name: "x", clips: clips)
            ])
            #expect(report.isComplete && !report.isClean && report.duplicates.count == 1)
            let pair = try #require(report.duplicates.first)
            #expect(
                pair.first == "x/take1.mp4" && pair.second == "x/copy.flv" && pair.sound != nil && pair.picture != nil && pair.crossesSides)
            let corpus = try #require(report.corpora.first)
            #expect(corpus.problems.map(\.clip) == ["broken.mp4", "gone.mp4"] && corpus.problems.map(\.kind) == [.damaged, .missing])
            #expect(corpus.labels?.unmapped == ["bored": 1] && corpus.labels?.empty.contains("happy") == true)
            #expect(
                corpus.balance == [
                    CorpusFinding.Class(label: "bored", clips: 1, speakers: 1, sexes: ["unknown": 1]),
                    CorpusFinding.Class(label: "sad", clips: 5, speakers: 1, sexes: ["unknown": 4, "female": 1]),
                ])
            #expect(corpus.sides.map(\.sharedSpeakers) == [["1"]])
        }
    }

    @Test("Clips of two corpora are compared; a corpus with nothing wrong is clean; deep decodes what a probe believes")
    func depths() throws {
        let one = CorpusCheck.Corpus(name: "a", clips: [clip("take1.mp4"), clip("take2.mp4")])
        let two = CorpusCheck.Corpus(name: "b", clips: [clip("copy.flv")])
        #expect(try CorpusCheck().run([one]).isClean)
        #expect(try CorpusCheck().run([one, two]).duplicates.map(\.second) == ["b/copy.flv"])
        // The index of an mp4 is whole, what it points to is not.
        var spoilt = try Data(contentsOf: folder.url.appendingPathComponent("take1.mp4"))
        for i in spoilt.count / 4..<spoilt.count / 2 { spoilt[i] = 0xFF }
        try folder.write("cut.mp4", spoilt)
        let cut = CorpusCheck.Corpus(name: "c", clips: [clip("cut.mp4")])
        #expect(try CorpusCheck(depth: .quick).run([cut]).corpora[0].problems.isEmpty)
        #expect(try CorpusCheck(depth: .deep).run([cut]).corpora[0].problems.map(\.kind) == [.damaged])
        #expect(try CorpusCheck(depth: .deep).run([one]).isClean && CorpusCheck(depth: .quick).run([one, two]).duplicates.isEmpty)
    }

    @Test("A check that is stopped says so")
    func stopped() throws {
        let report = try CorpusCheck().run([CorpusCheck.Corpus(name: "a", clips: [clip("take1.mp4")])], shouldStop: { true })
        #expect(!report.isComplete && !report.isClean)
    }

    @Test("A split by speaker has no leak, a random one has, which is its nature, and the report tells them apart")
    func splits() throws {
        let clips = MadeUp.clips(speakers: 5)
        for (rule, isClean) in [(SplitSettings.Rule.speaker, true), (.random, true), (.official, false)] {
            var parted = clips
            for i in parted.indices { parted[i].part = i % 2 == 0 ? "train" : "validation" }
            let corpus = CorpusCheck.Corpus(
                name: "x", clips: rule == .official ? parted : clips, split: try Split(parted, rule: rule, seed: 1))
            let finding = CorpusFinding(corpus, problems: [], remarks: [], labels: nil)
            #expect(finding.isClean == isClean && finding.sides.last?.hash == corpus.split?.hash)
            #expect(finding.sides.last?.sharedSpeakers.isEmpty == (rule == .speaker))
        }
    }
}
