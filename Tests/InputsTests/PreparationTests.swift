import Foundation
import Media
import TestSupport
import Testing

@testable import Corpora
@testable import Faces
@testable import Inputs

/// Clips that a test encodes: a moving pattern and a tone, with a pause before and after.
enum EncodedClip {
    static func make(_ url: URL, frames: Int = 20, seconds: Double = 1, hasVideo: Bool = true, hasAudio: Bool = true, tone: Double = 300)
        throws
    {
        let video = VideoEncoding(codec: .mpeg4, width: 96, height: 64, frameRate: FrameRate(20))
        let audio = AudioEncoding(codec: .aac, rate: 44_100)
        let writer = try MediaWriter(url: url, video: hasVideo ? video : nil, audio: hasAudio ? audio : nil)
        if hasVideo {
            for frame in 0..<frames {
                var picture = Picture(width: 96, height: 64, red: 40, green: 60, blue: 80)
                for i in 0..<(64 * 96) where (i % 96 + frame * 3) % 32 < 16 { picture.pixels[3 * i] = 200 }
                try writer.append(picture)
            }
        }
        if hasAudio {
            let count = Int(seconds * 44_100)
            try writer.append(
                (0..<count).map { i in
                    let isLoud = i > count / 4 && i < 3 * count / 4
                    return isLoud ? Float(0.5 * sin(2 * .pi * tone * Double(i) / 44_100)) : 0
                })
        }
        try writer.finish()
    }
}

@Suite("Preparation")
struct PreparationTests {
    let folder: MadeUpFolder
    let settings = PreparationSettings(
        sound: MelImageSettings(mel: MelSettings(fftLength: 1024, hopLength: 512, bands: 40), frames: 32, normalisation: .speech),
        frames: 4, size: 32)

    init() throws { folder = try MadeUpFolder() }

    private func clip(_ file: String, video: Bool = true, audio: Bool = true) -> Clip {
        Clip(
            name: file.split(separator: ".").first.map(String.init) ?? file, corpus: "studio", speaker: "01", emotion: "happy",
            video: video ? folder.path(file) : nil, audio: audio ? folder.path(file) : nil)
    }

    @Test("A clip becomes the arrays that the settings ask for")
    func arrays() throws {
        try EncodedClip.make(folder.url.appendingPathComponent("a.mp4"))
        let prepared = try Preparer(settings: settings).prepared(clip("a.mp4"))
        #expect(prepared.mel.count == 40 * 32 && prepared.melBands == 40 && prepared.melFrames == 32)
        #expect(prepared.pictures.count == 4 * 32 * 32 * 3 && prepared.faces.count == 4)
        #expect(prepared.hasAudio && prepared.hasVideo && abs(prepared.duration - 1) < 0.1)
        #expect(prepared.soundFrames > 0 && prepared.firstSoundFrame + prepared.soundFrames <= 32)
        let peak = prepared.envelope.map(abs).max() ?? 0
        #expect(prepared.envelope.count == 512 && peak > 0.4 && peak < 0.7)
        #expect(abs(prepared.envelope[0]) < 0.05, "the clip begins with a pause")
        let mean = prepared.mel.reduce(0, +) / Float(prepared.mel.count)
        #expect(abs(mean) < 0.01, "normalised over the speech, padding at its mean")
        #expect(Set(prepared.pictures).count > 10, "the pictures show something")
    }

    @Test("A clip with only one modality is prepared, the other is zeros and marked")
    func oneModality() throws {
        try EncodedClip.make(folder.url.appendingPathComponent("sound.mp4"), hasVideo: false)
        try EncodedClip.make(folder.url.appendingPathComponent("picture.mp4"), hasAudio: false)
        let preparer = try Preparer(settings: settings)
        let sound = try preparer.prepared(clip("sound.mp4", video: false))
        #expect(sound.hasAudio && !sound.hasVideo && sound.pictures.allSatisfy { $0 == 0 } && sound.faces.isEmpty)
        let picture = try preparer.prepared(clip("picture.mp4", audio: false))
        #expect(!picture.hasAudio && picture.hasVideo && picture.mel.allSatisfy { $0 == 0 } && abs(picture.duration - 1) < 0.1)
    }

    @Test("Bad clips are findings with a reason, in the order of the clips; the others are prepared")
    func damaged() throws {
        let good = folder.url.appendingPathComponent("good.mp4")
        try EncodedClip.make(good)
        let bytes = try Data(contentsOf: good)
        try folder.write("cut.mp4", bytes.prefix(bytes.count / 2))
        try folder.write("text.mp4", Data(String(repeating: "not a film\n", count: 200).utf8))
        try folder.write("empty.mp4", Data())
        try EncodedClip.make(folder.url.appendingPathComponent("mute.mp4"), hasAudio: false)
        try EncodedClip.make(folder.url.appendingPathComponent("blind.mp4"), hasVideo: false)
        let names = ["blind", "cut", "empty", "gone", "good", "mute", "text"]
        let progress = Progress()
        let report = try Preparer(settings: settings).prepareAll(names.map { clip($0 + ".mp4") }, progress: { progress.add($0) })
        #expect(report.findings.map(\.name) == names && !report.isCancelled)
        #expect(report.findings.filter { $0.status == .prepared }.map(\.name) == ["good"])
        #expect(report.damaged.allSatisfy { $0.reason?.isEmpty == false })
        #expect(
            report.findings[0].reason?.contains("no video stream") == true && report.findings[5].reason?.contains("no audio stream") == true
        )
        #expect(report.findings[2].reason?.contains("empty") == true)
        #expect(progress.all.map(\.done) == Array(1...7) && progress.all.last?.damaged == 6)
        #expect(report.findings[4].frames == 4 && report.findings[4].faces == 0 && report.withoutFace == 1)
    }

    @Test("Preparation can be stopped, and goes on from the cache")
    func stops() throws {
        let clips = try (0..<6).map { i in
            try EncodedClip.make(folder.url.appendingPathComponent("c\(i).mp4"), tone: 200 + 50 * Double(i))
            return clip("c\(i).mp4")
        }
        let preparer = try Preparer(settings: settings, cache: ClipCache(folder: folder.url.appendingPathComponent("cache")))
        let progress = Progress()
        let first = preparer.prepareAll(clips, workers: 1, shouldStop: { progress.all.count == 2 }, progress: { progress.add($0) })
        #expect(first.isCancelled && first.findings.count == 2)
        let second = preparer.prepareAll(clips)
        #expect(!second.isCancelled && second.cached == 2 && second.prepared == 6)
    }

    @Test("Equal clips and settings give equal arrays, with one worker or four, from the store or not, from memory or not")
    func deterministic() throws {
        let clips = try (0..<4).map { i in
            try EncodedClip.make(folder.url.appendingPathComponent("c\(i).mp4"), tone: 200 + 50 * Double(i))
            return clip("c\(i).mp4")
        }
        let cache = ClipCache(folder: folder.url.appendingPathComponent("cache"))
        let plain = try Preparer(settings: settings), stored = try Preparer(settings: settings, cache: cache)
        #expect(stored.prepareAll(clips, workers: 4).cached == 0 && stored.prepareAll(clips, workers: 1).cached == 4)
        let remembering = PreparedClips(stored, withSound: true), forgetting = PreparedClips(stored, memoryLimit: 0)
        var all: [PreparedClip] = []
        for clip in clips {
            let fresh = try plain.prepared(clip, sound: true)
            #expect(try stored.prepared(clip, sound: true) == fresh && cache.clip(clip, settings) == fresh)
            #expect(try remembering.clip(clip) == fresh && remembering.clip(clip) == fresh)
            var silent = fresh
            silent.sound = nil
            #expect(try forgetting.clip(clip) == silent && plain.prepared(clip) == silent)
            all.append(fresh)
        }
        #expect(all[0].mel != all[1].mel && remembering.bytesInMemory == all.map(\.bytes).reduce(0, +) && forgetting.bytesInMemory == 0)
    }

    @Test("What is stored is assembled to the bits that the front end makes of the sound, in both normalisations, from one entry")
    func assembly() throws {
        try EncodedClip.make(folder.url.appendingPathComponent("a.mp4"), seconds: 2)
        let cache = ClipCache(folder: folder.url.appendingPathComponent("cache"))
        for normalisation in MelImageSettings.Normalisation.allCases {
            var settings = settings
            settings.sound.normalisation = normalisation
            let preparer = try Preparer(settings: settings, cache: cache)
            let waveform = try AudioDecoder.waveform(of: folder.url.appendingPathComponent("a.mp4"), rate: settings.sound.mel.rate)
            let image = try MelFrontEnd(settings.sound).image(of: waveform)
            for _ in 0..<2 {
                let prepared = try preparer.prepared(clip("a.mp4"), sound: true)
                #expect(prepared.mel == image.spectrogram.values && prepared.firstSoundFrame == image.firstRealFrame)
                #expect(prepared.soundFrames == image.realFrames && prepared.hasSpeech == image.hasSpeech)
                let sound = try #require(prepared.sound)
                let worst = zip(sound.waveform.samples, waveform.samples).map { abs($0 - $1) }.max() ?? 1
                #expect(sound.samples.count == waveform.samples.count && worst <= sound.scale * 0.51)
            }
        }
        #expect(try cache.contents(of: "studio").map(\.clips) == [1])
    }

    @Test("A clip that is a piece of a recording has that piece's sound and pictures, and an entry of its own")
    func pieces() throws {
        try EncodedClip.make(folder.url.appendingPathComponent("long.mp4"), frames: 60, seconds: 3)
        let cache = ClipCache(folder: folder.url.appendingPathComponent("cache"))
        let preparer = try Preparer(settings: settings, cache: cache)
        var whole = clip("long.mp4"), piece = whole
        (whole.name, piece.name, piece.start, piece.end) = ("whole", "piece", 1, 2)
        #expect(preparer.prepareAll([whole, piece]).prepared == 2)
        let (a, b) = (try preparer.prepared(whole), try preparer.prepared(piece))
        #expect(abs(a.duration - 3) < 0.1 && abs(b.duration - 1) < 0.01 && a.pictures != b.pictures)
        #expect(preparer.prepareAll([whole, piece]).cached == 2)
    }

    @Test("A clip that cannot be decoded is not tried again until it changes, and says where it lies now")
    func remembersFailures() throws {
        try folder.write("text.mp4", Data(String(repeating: "not a film\n", count: 200).utf8))
        let cache = ClipCache(folder: folder.url.appendingPathComponent("cache"))
        let preparer = try Preparer(settings: settings, cache: cache)
        let first = preparer.prepareAll([clip("text.mp4")])
        #expect(first.damaged.count == 1 && first.cached == 0)
        try FileManager.default.moveItem(atPath: folder.path("text.mp4"), toPath: folder.path("moved.mp4"))
        let second = preparer.prepareAll([clip("moved.mp4")])
        #expect(
            second.cached == 1
                && second.damaged[0].reason == first.damaged[0].reason?.replacingOccurrences(of: "text.mp4", with: "moved.mp4"))
        try cache.forgetFailures("studio", settings)
        #expect(preparer.prepareAll([clip("moved.mp4")]).cached == 0)
        try FileManager.default.removeItem(atPath: folder.path("moved.mp4"))
        try EncodedClip.make(folder.url.appendingPathComponent("moved.mp4"))
        #expect(preparer.prepareAll([clip("moved.mp4")]).prepared == 1)
        // A file that is not there is no fault of its content.
        #expect(preparer.prepareAll([clip("gone.mp4")]).damaged.count == 1)
        try EncodedClip.make(folder.url.appendingPathComponent("gone.mp4"), tone: 500)
        #expect(preparer.prepareAll([clip("gone.mp4")]).prepared == 1)
    }

    @Test("Where a detector's weights are missing, the centred square stands in, is named, and is stored as what it is")
    func missingWeights() throws {
        var wanted = settings
        wanted.faces = FaceSettings(detector: .mtcnn, margin: 0.2)
        let faces = try FacePreparation(new: wanted, weights: folder.url.appendingPathComponent("none.safetensors"))
        #expect(faces.effective.key == settings.key && faces.detector == nil && faces.record.isFallback)
        #expect(faces.warning?.contains("weights import-mtcnn") == true && faces.words.hasPrefix("centred-square ("))
        try EncodedClip.make(folder.url.appendingPathComponent("a.mp4"))
        #expect(try Preparer(faces).prepared(clip("a.mp4")).faces.allSatisfy(\.isFallback))
        let asked = try FacePreparation(new: settings, weights: folder.url.appendingPathComponent("none.safetensors"))
        #expect(asked.warning == nil && asked.words == "centred-square")
        try folder.write("bad.safetensors", Data("no weights".utf8))
        #expect(throws: (any Error).self) {
            try FacePreparation(new: wanted, weights: folder.url.appendingPathComponent("bad.safetensors"))
        }
    }

    @Test("Every stage of preparing is timed, and a clip from the store takes none but looking it up")
    func stages() throws {
        try EncodedClip.make(folder.url.appendingPathComponent("a.mp4"))
        let preparer = try Preparer(settings: settings, cache: ClipCache(folder: folder.url.appendingPathComponent("cache")))
        let first = preparer.prepareAll([clip("a.mp4")])
        #expect(Set(first.stages.keys) == Set(PreparationStage.allCases) && first.stages.values.allSatisfy { $0 > 0 })
        #expect(Array(preparer.prepareAll([clip("a.mp4")]).stages.keys) == [.lookUp])
    }

    @Test("Every setting is part of the key; a finder other than the settings' is refused")
    func key() throws {
        var others = Array(repeating: settings, count: 8)
        others[0].frames = 8
        others[1].size = 64
        others[2].faces.resize = .bilinear
        others[3].sound.frames = 64
        others[4].sound.mel.minimumFrequency = 50
        others[5].sound.cutsToSpeech = false
        others[6].sound.mel.hopLength = 256
        others[7].sound.mel.maximumFrequency = 5000
        #expect(Set(others.map(\.key)).union([settings.key]).count == 9)
        var detecting = settings
        detecting.faces.detector = .mtcnn
        #expect(throws: MediaError.self) { try Preparer(settings: detecting) }
        // Clips of two files of weights never mix, nor do they with squares.
        let found = ["1", "2"].map { EffectivePreparation.detected(detecting, weights: $0).key }
        #expect(Set(found + [settings.key]).count == 3)
        // What is stored is not normalised yet.
        var normalised = settings
        normalised.sound.normalisation = .clip
        #expect(normalised.key == settings.key)
        var impossible = settings
        impossible.frames = 0
        #expect(throws: MediaError.self) { try Preparer(settings: impossible) }
    }
}

final class Progress: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [PreparationProgress] = []
    func add(_ progress: PreparationProgress) { lock.withLock { list.append(progress) } }
    var all: [PreparationProgress] { lock.withLock { list } }
}
