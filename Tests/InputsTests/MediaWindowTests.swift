// Windows over a long recording: the same as so many clips, from one reading.
import Foundation
import Media
import TestSupport
import Testing

@testable import Corpora
@testable import Inputs

@Suite("Windows over a recording")
struct MediaWindowTests {
    let folder: MadeUpFolder
    let settings = PreparationSettings(
        sound: MelImageSettings(mel: MelSettings(fftLength: 1024, hopLength: 512, bands: 40), frames: 128, normalisation: .speech),
        frames: 4, size: 32)

    init() throws { folder = try MadeUpFolder() }

    private func windows(_ file: URL, _ settings: WindowSettings, sound: Bool = true, pictures: Bool = true) throws -> [MediaWindow] {
        var windows: [MediaWindow] = []
        try Preparer(settings: self.settings).forEachWindow(of: file, sound: sound, pictures: pictures, settings, threads: 2) {
            window, count in
            windows.append(window)
            #expect(windows.count <= count)
            return true
        }
        return windows
    }

    @Test("Windows begin every hop; the last one is the first that reaches the end, and is as short as it must be")
    func spans() {
        #expect(WindowSettings().spans(of: 7.4) == [0..<3, 1..<4, 2..<5, 3..<6, 4..<7, 5..<7.4])
        #expect(WindowSettings().spans(of: 3) == [0..<3])
        #expect(WindowSettings().spans(of: 1.2) == [0..<1.2])
        #expect(WindowSettings(length: 2, hop: 2).spans(of: 4.1) == [0..<2, 2..<4], "a rest of a tenth of a second is no window")
        #expect(WindowSettings().spans(of: 0).isEmpty)
        #expect(WindowSettings(length: 600, hop: 600).spans(of: .greatestFiniteMagnitude).count == WindowSettings.most)
    }

    @Test("Each window is prepared as a clip of its seconds would be", arguments: ["mp4", "mkv", "mov"])
    func likeClips(ending: String) throws {
        let file = folder.url.appendingPathComponent("long.\(ending)")
        try EncodedClip.make(file, frames: 100, seconds: 5)
        let preparer = try Preparer(settings: settings)
        let windows = try windows(file, WindowSettings(length: 2, hop: 0.75))
        #expect(windows.count >= 5 && abs(windows[windows.count - 1].seconds.upperBound - 5) < 0.1)
        for window in windows {
            let clip = Clip(
                name: "long", corpus: "", speaker: "", emotion: "", video: file.path, audio: file.path, start: window.seconds.lowerBound,
                end: window.seconds.upperBound)
            let (made, own) = (try #require(window.clip), try preparer.prepared(clip))
            #expect(
                made.pictures == own.pictures && made.faces == own.faces && made.hasSpeech == own.hasSpeech
                    && made.soundFrames == own.soundFrames)
            #expect(Self.difference(made, own) < 0.01)
        }
    }

    @Test("One window over all of a film is the film, prepared")
    func whole() throws {
        let file = folder.url.appendingPathComponent("short.mp4")
        try EncodedClip.make(file, frames: 30, seconds: 1.52)
        let own = try Preparer(settings: settings).prepared(
            Clip(name: "short", corpus: "", speaker: "", emotion: "", video: file.path, audio: file.path))
        let window = try #require(windows(file, WindowSettings()).first?.clip)
        // The sound goes on a little longer than the pictures, in the pause at its end.
        #expect(window.pictures == own.pictures && window.hasSpeech == own.hasSpeech && abs(window.soundFrames - own.soundFrames) <= 1)
    }

    /// Mean over the spectrogram, whose deviation is 1.
    private static func difference(_ a: PreparedClip, _ b: PreparedClip) -> Float {
        zip(a.mel, b.mel).reduce(0) { $0 + abs($1.0 - $1.1) } / Float(a.mel.count)
    }

    @Test("Of a film only what is asked for is read, and a sound file has windows of sound")
    func modalities() throws {
        let film = folder.url.appendingPathComponent("film.mp4"), sound = folder.url.appendingPathComponent("sound.m4a")
        try EncodedClip.make(film, frames: 60, seconds: 2)
        try EncodedClip.make(sound, seconds: 4, hasVideo: false)
        let seen = try windows(film, WindowSettings(length: 1, hop: 1), sound: false)
        #expect(seen.count == 3 && seen.allSatisfy { $0.clip?.hasAudio == false && $0.clip?.hasVideo == true })
        let both = try windows(film, WindowSettings(length: 1, hop: 1))
        #expect(both.count == 2 && both.allSatisfy { $0.clip?.hasAudio == true && $0.clip?.hasVideo == true }, "as far as both reach")
        let heard = try windows(sound, WindowSettings(length: 1, hop: 1), pictures: false)
        #expect((4...5).contains(heard.count) && heard.prefix(4).allSatisfy { $0.clip?.hasAudio == true })
        #expect(throws: MediaError.noVideo(file: sound.path)) { try windows(sound, WindowSettings()) }
    }

    @Test("Who has seen enough can stop, and a failure in the middle ends the reading", .timeLimit(.minutes(1)))
    func stopping() throws {
        struct Enough: Error {}
        let file = folder.url.appendingPathComponent("long.mp4")
        try EncodedClip.make(file, frames: 200, seconds: 10)
        let preparer = try Preparer(settings: settings)
        var seen = 0
        try preparer.forEachWindow(of: file, sound: true, pictures: true, WindowSettings(length: 1, hop: 0.5)) { _, _ in
            seen += 1
            return seen < 2
        }
        #expect(seen == 2)
        #expect(throws: Enough.self) {
            try preparer.forEachWindow(of: file, sound: true, pictures: true, WindowSettings(length: 1, hop: 0.5)) { _, _ in throw Enough()
            }
        }
    }

    @Test("Impossible windows, files that are cut off and files that are none are refused with words")
    func refused() throws {
        for settings in [
            WindowSettings(length: 0, hop: 1), WindowSettings(length: 3, hop: 0), WindowSettings(length: 100, hop: 1),
            WindowSettings(length: .nan, hop: 1),
        ] {
            #expect(throws: MediaError.self) { try settings.check() }
        }
        let good = folder.url.appendingPathComponent("good.mp4")
        try EncodedClip.make(good, frames: 100, seconds: 5)
        let bytes = try Data(contentsOf: good)
        try folder.write("cut.mp4", bytes.prefix(bytes.count / 3))
        try folder.write("text.mp4", Data("no film".utf8))
        for name in ["cut.mp4", "text.mp4", "absent.mp4"] {
            #expect(throws: MediaError.self) { try windows(folder.url.appendingPathComponent(name), WindowSettings(length: 1, hop: 1)) }
        }
    }

    @Test("On several threads a clip is prepared as on one")
    func threads() throws {
        let file = folder.url.appendingPathComponent("clip.mp4")
        try EncodedClip.make(file, frames: 40, seconds: 2)
        let clip = Clip(name: "clip", corpus: "", speaker: "", emotion: "", video: file.path, audio: file.path)
        let preparer = try Preparer(settings: settings)
        #expect(try preparer.prepared(clip, sound: true, threads: 4) == preparer.prepared(clip, sound: true))
        #expect(preparer.takeStages()[.pictures] ?? 0 > 0 && preparer.takeStages().isEmpty)
    }

    @Test("A folder stands for the films in it and below, and for its sound files where these are wanted")
    func files() throws {
        for name in ["a.mp4", "b/c.MKV", "b/d.wav", "notes.txt", ".hidden.mp4"] { try folder.write(name, Data("x".utf8)) }
        let films = try MediaFiles.below(folder.url, sounds: false), all = try MediaFiles.below(folder.url, sounds: true)
        #expect(films.files.map { URL(fileURLWithPath: $0).lastPathComponent } == ["a.mp4", "c.MKV"] && films.unwanted == 1)
        #expect(all.files.count == 3 && all.unwanted == 0)
        #expect(throws: CorpusError.self) { try MediaFiles.below(folder.url.appendingPathComponent("absent"), sounds: true) }
    }
}
