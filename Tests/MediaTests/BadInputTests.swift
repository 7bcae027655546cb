import CFFmpeg
import Foundation
import Testing

@testable import Media

@Suite("Whatever a researcher has on disk works or is an error with a reason")
struct BadInputTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// True where anything could be made of the file; an error that is no `MediaError` fails the test.
    private func isUsable(_ url: URL) throws -> Bool {
        var worked = false
        for attempt in [
            { _ = try AudioDecoder.waveform(of: url, rate: 22_050) }, { _ = try VideoDecoder.pictures(of: url, count: 3) },
            { _ = try VideoDecoder.pictures(of: .film(path: url.path, seconds: 0.1..<0.3), count: 2) },
            { _ = try AudioDecoder.waveform(of: url, rate: 16_000, seconds: 0.1..<0.3) },
        ] as [() throws -> Void] {
            do {
                try attempt()
                worked = true
            } catch is MediaError {}
        }
        return worked
    }

    @Test("Cut at every kilobyte", .timeLimit(.minutes(2)), arguments: ["a.mp4", "a.flv", "a.mkv", "a.avi", "a.ts", "a.wav"])
    func everyKilobyte(name: String) throws {
        let url = folder.url.appendingPathComponent("whole-" + name)
        if name == "a.wav" {
            try Data(Clips.wav((0..<10_000).map { Float(sin(Double($0) * 0.1)) }, rate: 8000)).write(to: url)
        } else {
            let isFlash = name == "a.flv"
            try Clips.film(
                url, frames: 20, codec: isFlash ? .flv1 : .h264,
                audio: AudioEncoding(codec: isFlash ? .mp3 : .aac, rate: 22_050, bitRate: 64_000))
        }
        let whole = try [UInt8](Data(contentsOf: url))
        try #require(whole.count > 6000)
        var usable: [Int] = [], wholeSound: [Int] = [], wholePicture: [Int] = []
        for length in stride(from: 1024, to: whole.count, by: 1024) {
            if try isUsable(try folder.write(name, Array(whole.prefix(length)))) { usable.append(length) }
            let cut = folder.url.appendingPathComponent(name)
            if (try? AudioDecoder.waveform(of: cut, rate: 22_050)) != nil { wholeSound.append(length) }
            if (try? VideoDecoder.pictures(of: cut, count: 3)) != nil { wholePicture.append(length) }
        }
        #expect(try isUsable(url))
        // Headers alone are nothing in any container.
        #expect(usable.allSatisfy { $0 >= 2048 }, "\(usable)")
        switch name {
        // The header says how many bytes there are: a cut is refused, and told in a warning where less than 0.05 s (800 bytes) is missing. A stretch
        // before it is of use. So in an AVI, behind whose pictures and sound lies an index that may be missing.
        case "a.wav": #expect(wholeSound.allSatisfy { whole.count - $0 < 800 }, "\(wholeSound) of \(whole.count)")
        case "a.avi":
            let index = try #require(Data(whole).range(of: Data("idx1".utf8), options: .backwards)).lowerBound
            for length in stride(from: 1024, to: index, by: 128) {
                let (url, warnings) = (try folder.write(name, Array(whole.prefix(length))), MediaWarnings())
                let sound = try? AudioDecoder.waveform(of: url, rate: 22_050, warnings: warnings)
                let picture = try? VideoDecoder.sampled(of: .film(path: url.path, seconds: nil), count: 3, warnings: warnings)
                #expect(
                    sound == nil && picture == nil || !warnings.all.isEmpty && index - length < 1200,
                    "\(length) of \(whole.count), \(warnings.all)")
            }
        // The index is at the end; what follows it may be missing.
        case "a.mp4": #expect((usable + wholeSound + wholePicture).allSatisfy { $0 > whole.count - 1024 })
        // The container says how long it is: of a film without half of it no pictures are taken, though a stretch at its beginning is of use.
        case "a.mkv", "a.flv":
            #expect(!usable.isEmpty && wholePicture.allSatisfy { 2 * $0 > whole.count }, "\(wholePicture) of \(whole.count)")
        // A broadcast promises nothing: what is there counts.
        default: #expect(name == "a.ts" && usable.count > whole.count / 1024 / 2)
        }
    }

    @Test("A still cut or with flipped bits")
    func damagedStills() throws {
        let whole = Array("P6\n32 24\n255\n".utf8) + (0..<2304).map { UInt8(truncatingIfNeeded: $0 * 7) }
        var random = TestRandom(seed: 4)
        for length in stride(from: 0, to: whole.count, by: 97) {
            #expect(try !isUsable(try folder.write("a.ppm", Array(whole.prefix(length)))), "\(length) of \(whole.count) bytes")
        }
        #expect(try isUsable(try folder.write("a.ppm", whole)))
        var usable = 0
        for _ in 0..<100 {
            var bytes = whole
            for _ in 0..<4 { bytes[random.next(below: 20)] = UInt8(truncatingIfNeeded: random.next()) }
            let url = try folder.write("a.ppm", bytes)
            guard try isUsable(url) else { continue }
            usable += 1
            // Where the header still is one, no more pixels are believed than there are bytes.
            let picture = try VideoDecoder.pictures(of: url, count: 1)[0]
            #expect(3 * picture.width * picture.height <= bytes.count)
        }
        #expect((1...60).contains(usable), "\(usable) of 100 are usable")
    }

    @Test("The content counts, not the ending", arguments: ["a.mp4", "a.mp3", "a.png", "a.txt", "a", "a.wav.bak"])
    func wrongEnding(name: String) throws {
        let samples = (0..<4000).map { Float(sin(Double($0) * 0.2)) * 0.5 }
        let url = try folder.write(name, Clips.wav(samples, rate: 8000))
        #expect(try AudioDecoder.waveform(of: url, rate: 8000).samples.count == 4000)
    }

    @Test(
        "A folder's name is only a name, whatever is in it", arguments: ["line\nbreak", "😀", "\u{1b}[2J", "100%d", "a*b?", "http:", "..."])
    func strangeFolders(name: String) throws {
        let stills = folder.url.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: stills, withIntermediateDirectories: true)
        for still in ["1.pgm", "\n2.pgm", "%03d.pgm", "*.pgm"] {
            try Data(Array("P5\n2 2\n255\n".utf8) + [9, 9, 9, 9]).write(to: stills.appendingPathComponent(still))
        }
        let sampled = try VideoDecoder.sampled(of: .film(path: stills.path, seconds: nil), count: 4)
        #expect(sampled.count == 4 && sampled.allSatisfy { $0.picture.pixels == [UInt8](repeating: 9, count: 12) })
        do {
            _ = try VideoDecoder.pictures(of: .film(path: stills.appendingPathComponent("absent").path, seconds: nil), count: 1)
            Issue.record("a folder that is not there was read")
        } catch let error as MediaError {
            #expect(!error.description.unicodeScalars.contains { $0.value < 32 || $0.value == 127 })
        }
    }

    @Test("A folder of a hundred thousand pictures", .timeLimit(.minutes(5)))
    func hugeFolder() throws {
        let stills = folder.url.appendingPathComponent("stills")
        try FileManager.default.createDirectory(at: stills, withIntermediateDirectories: true)
        for level in [UInt8(10), 250] {
            try Data(Array("P5\n1 1\n255\n".utf8) + [level]).write(to: folder.url.appendingPathComponent("\(level).pgm"))
        }
        for i in 0..<100_000 {
            let isLast = i == 99_999
            guard symlink("../\(isLast ? 250 : 10).pgm", stills.appendingPathComponent("\(i).pgm").path) == 0 else {
                throw LibavClip.Failure(what: "symlink")
            }
        }
        let sampled = try VideoDecoder.sampled(of: .film(path: stills.path, seconds: nil), count: 3)
        #expect(sampled.map(\.index) == [0, 49_999, 99_999] && sampled.map { $0.picture.pixels[0] } == [10, 10, 250])
    }

    @Test("A film of 8K pictures, and of single pixels", .timeLimit(.minutes(2)))
    func sizes() throws {
        let url = folder.url.appendingPathComponent("a.mkv")
        try LibavClip.write(url, video: .init(frames: [.init(milliseconds: 0, y: 81, u: 90, v: 240)], width: 7680, height: 4320))
        let picture = try VideoDecoder.pictures(of: url, count: 1)[0]
        #expect(picture.width == 7680 && picture.height == 4320 && picture.pixels[0] > 250 && picture.pixels[1] < 5)
        // A header that promises more than that is not believed.
        let large = try folder.write(
            "a.y4m", Array("YUV4MPEG2 W40000 H40000 F25:1 Ip A1:1 C420\nFRAME\n".utf8) + [UInt8](repeating: 0, count: 4096))
        #expect(throws: MediaError.self) { try VideoDecoder.pictures(of: large, count: 1) }
        let pixel = try folder.write("b.y4m", Clips.y4m(width: 1, height: 1, frames: [(81, 90, 240)]))
        #expect(try VideoDecoder.pictures(of: pixel, count: 2).map(\.width) == [1, 1])
    }

    @Test(
        "Sounds of a tenth of a second, of silence, of one sample and of seven channels and one make a spectrogram each",
        arguments: [8000, 192_000])
    func oddSounds(rate: Int) throws {
        let front = try MelFrontEnd(MelImageSettings())
        for (count, channels, level) in [(rate / 10, 1, Float(0.5)), (rate, 1, 0), (1, 1, 0.5), (rate / 2, 8, 0.25)] {
            let samples = (0..<count * channels).map { level * Float(sin(Double($0 / channels) * 0.3)) }
            let url = try folder.write("a.wav", Clips.wav(samples, rate: rate, channels: channels))
            let wave = try AudioDecoder.waveform(of: url, rate: 22_050)
            let decibels = try front.decibels(wave)
            let image = front.image(of: decibels)
            #expect(wave.samples.count == (count * 22_050 + rate - 1) / rate && decibels.frames == 1 + wave.samples.count / 1365)
            #expect(decibels.values.allSatisfy(\.isFinite) && image.spectrogram.values.allSatisfy(\.isFinite))
        }
    }

    @Test("A sound without a sample is a reason")
    func noSamples() throws {
        let url = try folder.write("a.wav", Clips.wav([], rate: 8000))
        #expect(throws: MediaError.self) { try AudioDecoder.waveform(of: url, rate: 8000) }
    }
}
