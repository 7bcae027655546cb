// Corpora as people have them: a track that is damaged beside one that is fine, silence, pictures of one colour, frames that a scan leaves out.
import Foundation
import Media
import TestSupport
import Testing

@testable import Corpora
@testable import Inputs

@Suite("Corpora as people bring them")
struct FieldCorpusTests {
    let folder: MadeUpFolder
    let settings = PreparationSettings(
        sound: MelImageSettings(mel: MelSettings(fftLength: 1024, hopLength: 512, bands: 40), frames: 64, normalisation: .speech),
        frames: 4, size: 32)

    init() throws { folder = try MadeUpFolder() }

    private func clip(_ name: String, video: String? = nil, audio: String? = nil) -> Clip {
        Clip(
            name: name, corpus: "studio", speaker: name, emotion: "happy", video: video.map { folder.path($0) },
            audio: audio.map { folder.path($0) })
    }

    private func wave(_ name: String, seconds: Double = 1, level: Float = 0.5, constant: Float = 0, opposite: Bool = false) throws {
        let writer = try MediaWriter(
            url: folder.url.appendingPathComponent(name), video: nil,
            audio: AudioEncoding(codec: .pcm16, rate: 16_000, channels: opposite ? 2 : 1))
        let count = Int(seconds * 16_000)
        try writer.append(
            (0..<count).flatMap { i -> [Float] in
                let sample = i > count / 4 && i < 3 * count / 4 ? level * Float(sin(Double(i) * 0.13)) : 0
                return opposite ? [sample, -sample] : [sample + constant]
            })
        try writer.finish()
    }

    @Test(
        "A damaged track costs a clip only where it is needed: of the other alone it is used with a word, also from the store",
        arguments: [true, false])
    func damagedTrack(soundIsDamaged: Bool) throws {
        try EncodedClip.make(folder.url.appendingPathComponent("film.mp4"))
        try wave("good.wav")
        try folder.write("text.mp4", Data("this is not a film".utf8))
        let fine = clip("fine", video: "film.mp4", audio: "good.wav")
        let odd = clip("odd", video: soundIsDamaged ? "film.mp4" : "text.mp4", audio: soundIsDamaged ? "text.mp4" : "good.wav")
        let (kept, lost): (ClipNeeds, ClipNeeds) = soundIsDamaged ? (.pictures, .sound) : (.sound, .pictures)
        for cache in [nil, ClipCache(folder: folder.url.appendingPathComponent("cache"))] {
            for needs in [kept, .all, lost, kept, .all] {
                let preparer = try Preparer(settings: settings, cache: cache, needs: needs)
                let report = preparer.prepareAll([fine, odd])
                guard needs == kept else {
                    #expect(report.prepared == 1 && report.damaged.map(\.name) == ["odd"] && report.remarks.isEmpty)
                    #expect(report.damaged.first?.reason?.contains(folder.path("text.mp4")) == true)
                    #expect(throws: MediaError.self) { try preparer.prepared(odd) }
                    continue
                }
                #expect(report.prepared == 2 && report.remarks.map(\.clip) == ["odd"], "\(report)")
                let remark = report.remarks.first?.remark ?? ""
                #expect(
                    remark.contains(soundIsDamaged ? "without its sound" : "without its pictures")
                        && remark.contains(folder.path("text.mp4")))
                let prepared = try preparer.prepared(odd)
                #expect(prepared.hasAudio != soundIsDamaged && prepared.hasVideo == soundIsDamaged)
            }
        }
        let none = try Preparer(settings: settings, needs: kept).prepareAll([clip("none", video: "text.mp4", audio: "text.mp4")])
        #expect(none.damaged.count == 1)
    }

    @Test("What is odd about a file that is used is in the report, from the decoder and from the store; clips without speech are named")
    func remarks() throws {
        try wave("opposite.wav", opposite: true)
        try wave("silent.wav", level: 0)
        try wave("good.wav")
        let clips = ["opposite", "silent", "good"].map { clip($0, audio: $0 + ".wav") }
        let preparer = try Preparer(settings: settings, cache: ClipCache(folder: folder.url.appendingPathComponent("cache")))
        for cached in [0, 3] {
            let report = preparer.prepareAll(clips)
            #expect(report.cached == cached && report.prepared == 3)
            #expect(report.remarks.map(\.clip) == ["opposite"] && report.remarks.first?.remark.contains("cancel") == true)
            #expect(report.speechless.contains("silent") && !report.speechless.contains("good"))
        }
        #expect(try Preparer(settings: settings).prepared(clips[0]).warnings.count == 1)
    }

    @Test("A check names silence, one colour and odd lengths; what is quiet, begins in black or is of another length by half is not named")
    func check() throws {
        var clips: [Clip] = []
        for i in 0..<8 {
            try wave("usual\(i).wav", seconds: 1 + 0.1 * Double(i), level: i == 0 ? 0.002 : 0.5)
            clips.append(clip("usual\(i)", audio: "usual\(i).wav"))
        }
        try wave("silent.wav", level: 0)
        try wave("constant.wav", level: 0, constant: 0.1)
        try wave("long.wav", seconds: 9)
        try wave("short.wav", seconds: 0.2)
        try wave("opposite.wav", opposite: true)
        for name in ["silent", "constant", "long", "short", "opposite"] { clips.append(clip(name, audio: name + ".wav")) }
        for (name, isPlain) in [("plain.mp4", { (_: Int) in true }), ("fade.mp4", { $0 < 12 })] {
            let writer = try MediaWriter(
                url: folder.url.appendingPathComponent(name),
                video: VideoEncoding(codec: .mpeg4, width: 96, height: 64, frameRate: FrameRate(20)), audio: nil)
            for frame in 0..<20 {
                var picture = Picture(width: 96, height: 64, red: 20, green: 90, blue: 40)
                if !isPlain(frame) { for i in 0..<(64 * 96) where i % 96 < 40 { picture.pixels[3 * i] = 220 } }
                try writer.append(picture)
            }
            try writer.finish()
            clips.append(clip(String(name.dropLast(4)), video: name))
        }
        let report = try CorpusCheck().run([CorpusCheck.Corpus(name: "studio", clips: clips)])
        let corpus = try #require(report.corpora.first)
        #expect(corpus.problems.isEmpty && !report.isClean)
        func named(_ kind: CheckRemark.Kind) -> Set<String> { Set(corpus.remarks.filter { $0.kind == kind }.map(\.clip)) }
        #expect(named(.silent) == ["silent", "constant"] && named(.oneColour) == ["plain"], "\(corpus.remarks)")
        #expect(named(.length) == ["long", "short"] && named(.file) == ["opposite"], "\(corpus.remarks)")
        // A length alone is something to look at, no mistake.
        let lengths = try CorpusCheck(depth: .quick).run([CorpusCheck.Corpus(name: "studio", clips: clips)])
        #expect(lengths.isClean && lengths.corpora[0].remarks.map(\.clip) == ["long", "short"])
    }

    /// A PNG-named picture that libav reads by its content.
    private func still(_ level: UInt8) -> Data { Data("P5\n8 8\n255\n".utf8) + Data((0..<64).map { UInt8(Int(level) + $0 % 2) }) }

    @Test(
        "Frames that a scan of AFEW-VA lists as empty, unlabelled or foreign are not shown; the others are, and a change of the labels changes the clip"
    )
    func chosenFrames() throws {
        try folder.write("001/001.json", Data(MadeUp.afewAnnotation([(1, 1), (2, 2), (3, 3), (4, 4)]).utf8))
        for i in 0..<6 { try folder.write("001/0000\(i).png", i == 1 ? Data() : still(UInt8(30 * i))) }
        try folder.write("001/thumb.png", still(250))
        try folder.write("002/002.json", Data(MadeUp.afewAnnotation([(1, 1), (2, 2)]).utf8))
        for i in 0..<2 { try folder.write("002/0000\(i).png", Data()) }
        try folder.write("003/003.json", Data(MadeUp.afewAnnotation([(1, 1)]).utf8))
        try folder.write("003/00000.png", still(90))
        let scan = try AfewVA().scan(folder.url, corpus: "afew")
        #expect(scan.clips.map(\.name) == ["001", "003"] && scan.rejected.contains { $0.reason == "all of its 2 frames are empty" })
        let one = scan.clips[0]
        #expect(
            one.columns["frames"] == "3" && one.columns[ChosenFrames.column] == "0,2-3" && scan.clips[1].columns[ChosenFrames.column] == nil
        )
        #expect(one.valence.map { abs($0 - 0.8 / 3) < 1e-9 } == true)
        let pictures = try VideoDecoder.pictures(of: #require(one.pictureSource), count: 3)
        #expect(pictures.map { $0.pixels[0] } == [0, 60, 90])
        let cache = ClipCache(folder: folder.url.appendingPathComponent("cache"))
        var other = one
        other.columns[ChosenFrames.column] = "0,2"
        #expect(cache.content(of: one) != nil && cache.content(of: one) != cache.content(of: other))
    }

    @Test("The same in CK+, whose names have a prefix")
    func chosenFramesWithPrefix() throws {
        for i in 1...4 { try folder.write("images/S005/001/S005_001_0000000\(i).png", i == 2 ? Data() : still(UInt8(30 * i))) }
        try folder.write("images/S005/001/contact_sheet_00000003.png", still(250))
        try folder.write("Emotion/S005/001/S005_001_00000004_emotion.txt", Data("   3.0000000e+00\n".utf8))
        let scan = try CohnKanade().scan(folder.url, corpus: "ck")
        let clip = try #require(scan.clips.first)
        #expect(clip.columns[ChosenFrames.column] == "S005_001_:1,3-4")
        #expect(try VideoDecoder.pictures(of: #require(clip.pictureSource), count: 3).map { $0.pixels[0] } == [30, 90, 120])
    }

    @Test("The frames of a clip survive being text", arguments: [([1, 2, 3, 7, 9, 10], "1-3,7,9-10"), ([0], "0"), ([5, 5, 4], "4-5")])
    func text(numbers: [Int], text: String) throws {
        let frames = ChosenFrames(prefix: "a_", numbers)
        #expect(frames.text == "a_:" + text && ChosenFrames([ChosenFrames.column: frames.text]) == frames)
        for odd in ["", ":", "x", "9-1", "1-2-3", "-", ",,,", "99999999999999999999"] {
            #expect(ChosenFrames([ChosenFrames.column: odd]) == nil, "\(odd)")
        }
        #expect(ChosenFrames([:]) == nil)
    }
}
