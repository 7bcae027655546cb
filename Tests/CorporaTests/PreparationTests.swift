import Features
import Foundation
import Media
import Tensors
import Testing

@testable import Corpora

/// Clips that a test encodes: a moving pattern and a tone, with a pause before and after.
enum EncodedClip {
    static func make(_ url: URL, frames: Int = 20, seconds: Double = 1, hasVideo: Bool = true, hasAudio: Bool = true, tone: Double = 300) throws {
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
        sound: MelImageSettings(mel: MelSettings(fftLength: 1024, hopLength: 512, bands: 40), frames: 32, normalisation: .speech), frames: 4, size: 32)

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
        #expect(report.findings[0].reason?.contains("no video stream") == true && report.findings[5].reason?.contains("no audio stream") == true)
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

    @Test("Equal clips and settings give equal arrays, with one worker or four, from the cache or not")
    func deterministic() throws {
        let clips = try (0..<4).map { i in
            try EncodedClip.make(folder.url.appendingPathComponent("c\(i).mp4"), tone: 200 + 50 * Double(i))
            return clip("c\(i).mp4")
        }
        let cached = try Preparer(settings: settings, cache: ClipCache(folder: folder.url.appendingPathComponent("cache")))
        let one = try PreparedCorpus(clips, with: Preparer(settings: settings), workers: 1)
        let four = try PreparedCorpus(clips, with: cached, workers: 4)
        let again = try PreparedCorpus(clips, with: cached)
        #expect(one.clips.map(\.prepared) == four.clips.map(\.prepared) && one.clips.map(\.prepared) == again.clips.map(\.prepared))
        #expect(one.clips.map(\.clip) == clips && again.report.cached == 4)
        #expect(one.clips[0].prepared.mel != one.clips[1].prepared.mel)
    }

    @Test("A corpus that would not fit in memory is refused before any work")
    func tooLarge() throws {
        let clips = [clip("gone.mp4")]
        let bytes = settings.bytesPerClip
        #expect(throws: PreparedCorpusError.tooLarge(clips: 1, bytes: bytes, limit: bytes - 1)) {
            try PreparedCorpus(clips, with: Preparer(settings: settings), memoryLimit: bytes - 1)
        }
    }

    @Test("Every setting is part of the key; a finder other than the settings' is refused")
    func key() throws {
        var others = Array(repeating: settings, count: 8)
        others[0].frames = 8
        others[1].size = 64
        others[2].faces.detector = .mtcnn
        others[3].sound.frames = 64
        others[4].sound.normalisation = .clip
        others[5].sound.cutsToSpeech = false
        others[6].sound.mel.hopLength = 256
        others[7].sound.mel.maximumFrequency = 5000
        #expect(Set(others.map(\.key)).union([settings.key]).count == 9)
        #expect(throws: MediaError.self) { try Preparer(settings: others[2]) }
        var impossible = settings
        impossible.frames = 0
        #expect(throws: MediaError.self) { try Preparer(settings: impossible) }
    }
}

@Suite("Cache of prepared clips")
struct ClipCacheTests {
    let folder: MadeUpFolder
    let cache: ClipCache
    let settings = PreparationSettings(
        sound: MelImageSettings(mel: MelSettings(bands: 4), frames: 6), frames: 2, size: 8)

    init() throws {
        folder = try MadeUpFolder(["a.mp4": "media"])
        cache = ClipCache(folder: folder.url.appendingPathComponent("cache"))
    }

    private var clip: Clip { Clip(name: "a", corpus: "studio", speaker: "1", emotion: "sad", video: folder.path("a.mp4"), audio: folder.path("a.mp4")) }

    private var prepared: PreparedClip {
        PreparedClip(
            mel: (0..<24).map { Float($0) / 7 - 1 }, melBands: 4, melFrames: 6, firstSoundFrame: 1, soundFrames: 4,
            pictures: (0..<384).map { UInt8($0 % 256) }, frames: 2, size: 8,
            faces: [
                FaceFinding(box: FaceBox(x: 1.5, y: 2, width: 3, height: 4), score: 0.75, isFallback: false),
                FaceFinding(box: FaceBox(x: 0, y: 0, width: 8, height: 8), score: 0, isFallback: true),
            ], duration: 2.0123456789, hasSpeech: true, envelope: (0..<512).map { Float($0) / 512 }, hasAudio: true, hasVideo: true)
    }

    @Test("A clip comes back bit for bit, and other tools can read the file")
    func roundTrip() throws {
        try cache.store(prepared, of: clip, settings)
        #expect(cache.clip(clip, settings) == prepared)
        let file = try Safetensors(contentsOf: try #require(cache.url(of: clip, settings)))
        #expect(file.entries["pictures"]?.shape == [2, 8, 8, 3] && file["mel"]?.shape == [4, 6])
    }

    @Test("Other settings, a changed file and another clip find nothing")
    func keys() throws {
        try cache.store(prepared, of: clip, settings)
        var other = settings
        other.size = 16
        #expect(cache.clip(clip, other) == nil)
        var renamed = clip
        renamed.name = "../../b"
        #expect(cache.clip(renamed, settings) == nil)
        #expect(cache.url(of: renamed, settings)?.path.hasPrefix(cache.folder.path) == true)
        #expect(cache.url(of: renamed, settings)?.path.contains("..") == false)
        try folder.write("a.mp4", Data("other media".utf8))
        #expect(cache.clip(clip, settings) == nil)
        try FileManager.default.removeItem(atPath: folder.path("a.mp4"))
        #expect(cache.clip(clip, settings) == nil)
    }

    @Test("An entry cut at any length, or with any one byte changed, is as good as none, and is made again")
    func damage() throws {
        try cache.store(prepared, of: clip, settings)
        let url = try #require(cache.url(of: clip, settings))
        let whole = try Data(contentsOf: url)
        for length in stride(from: 0, to: whole.count, by: 13) { #expect(throws: (any Error).self) { try PreparedClipFile.decode(whole.prefix(length), settings) } }
        for i in stride(from: 0, to: whole.count, by: 7) {
            var bytes = whole
            bytes[i] ^= 0x41
            #expect((try? PreparedClipFile.decode(bytes, settings)) ?? nil == nil, "byte \(i)")
        }
        try whole.prefix(whole.count / 2).write(to: url)
        #expect(cache.clip(clip, settings) == nil)
        try cache.store(prepared, of: clip, settings)
        #expect(cache.clip(clip, settings) == prepared)
    }

    @Test("Entries are private to the user and can be removed by settings")
    func removal() throws {
        try cache.store(prepared, of: clip, settings)
        #expect(try FileManager.default.attributesOfItem(atPath: cache.folder.path)[.posixPermissions] as? Int == 0o700)
        try cache.removeAll(settings)
        #expect(cache.clip(clip, settings) == nil)
        try cache.removeAll()
    }
}

final class Progress: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [PreparationProgress] = []
    func add(_ progress: PreparationProgress) { lock.withLock { list.append(progress) } }
    var all: [PreparationProgress] { lock.withLock { list } }
}
