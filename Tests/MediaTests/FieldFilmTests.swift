// Films as people have them: cut, with wrong lengths in their headers, of narrow pixels, with a cover for a film, with a bad frame in a folder.
import CFFmpeg
import Foundation
import Testing

@testable import Media

@Suite("Films as people bring them")
struct FieldFilmTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func frames(_ count: Int, every milliseconds: Int = 40) -> [LibavClip.Frame] {
        (0..<count).map { LibavClip.Frame(milliseconds: $0 * milliseconds, y: 40 + 150 * $0 / max(1, count), u: 90 + $0 % 60, v: 128) }
    }

    /// Two seconds of pictures and of sound.
    private func film(_ name: String, options: [String: String] = [:]) throws -> [UInt8] {
        let url = folder.url.appendingPathComponent("whole-" + name)
        var random = TestRandom(seed: 1)
        let sound = (0..<16_000).map { _ in Int16(truncatingIfNeeded: Int(random.next() % 20_000) - 10_000) }
        if name.hasSuffix("flv") {
            try Clips.film(
                url, frames: 25, rate: FrameRate(25), codec: .flv1, audio: AudioEncoding(codec: .mp3, rate: 22_050, bitRate: 48_000))
        } else {
            try LibavClip.write(
                url, video: .init(frames: frames(50), width: 64, height: 48), audio: .init(samples: sound), options: options)
        }
        return try [UInt8](Data(contentsOf: url))
    }

    private func read(_ url: URL) throws -> (samples: Int, pictures: Int, warnings: [MediaWarning]) {
        let warnings = MediaWarnings()
        let samples = try AudioDecoder.waveform(of: url, rate: 8000, warnings: warnings).samples.count
        return (
            samples, try VideoDecoder.sampled(of: .film(path: url.path, seconds: nil), count: 200, warnings: warnings).count, warnings.all
        )
    }

    @Test(
        "A film that was cut is refused with how much of how much is there, or told of; a whole one and a live one are neither",
        arguments: [
            ("a.mkv", [:], true), ("a.mkv", ["live": "1"], false), ("a.flv", [:], true),
            ("a.mov", ["movflags": "frag_keyframe+empty_moov"], false), ("a.mov", ["movflags": "frag_keyframe+delay_moov"], false),
        ] as [(String, [String: String], Bool)])
    func cut(name: String, options: [String: String], tellsLength: Bool) throws {
        let whole = try film(name, options: options)
        let all = try read(folder.write(name, whole))
        #expect(all.pictures == 200 && all.warnings.isEmpty, "\(all)")
        for share in [0.35, 0.5, 0.68, 0.82] {
            let url = try folder.write(name, Array(whole.prefix(Int(Double(whole.count) * share))))
            do {
                let result = try read(url)
                #expect(!result.warnings.isEmpty, "\(share) of \(name) is used in silence")
                #expect(!tellsLength, "\(share) of \(name) is used: \(result)")
            } catch let error as MediaError {
                guard case .truncated = error else { throw error }
                #expect(error.what.contains(" of ") && error.what.hasSuffix(" s"), "\(error)")
            }
        }
    }

    @Test("An AVI of several gigabyte segments that was cut in any of them, or between two, tells how much of all is there")
    func segments() throws {
        let plain = try film("a.avi")
        func place(_ name: String, _ options: Data.SearchOptions = []) throws -> Int {
            try #require(Data(plain).range(of: Data(name.utf8), options: options)).lowerBound
        }
        let movi = try place("movi"), index = try place("idx1", .backwards)
        func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        // From chunk to chunk to the middle of the frames.
        var half = movi + 4
        while half < (movi + index) / 2 {
            let length = plain[(half + 4)..<(half + 8)].reversed().reduce(0) { $0 << 8 | Int($1) }
            half += 8 + length + length % 2
        }
        func segment(_ name: String, _ header: ArraySlice<UInt8>, _ chunks: ArraySlice<UInt8>) -> [UInt8] {
            let body = Array(name.utf8) + header + Array("LIST".utf8) + number(4 + chunks.count) + Array("movi".utf8) + chunks
            return Array("RIFF".utf8) + number(body.count) + body
        }
        let first = segment("AVI ", plain[12..<(movi - 8)], plain[(movi + 4)..<half]), second = segment("AVIX", [], plain[half..<index])
        let whole = first + second
        let all = try read(folder.write("b.avi", whole))
        #expect(all.samples == 16_000 && all.pictures == 200 && all.warnings.isEmpty, "\(all)")
        for length in [
            first.count * 2 / 3, first.count - 30, first.count, first.count + 24, first.count + second.count / 3,
            whole.count - second.count / 4,
        ] {
            let url = try folder.write("c.avi", Array(whole.prefix(length)))
            do {
                let result = try read(url)
                #expect(result.warnings.contains { "\($0)".contains(" 2.00 s") }, "\(length) of \(whole.count): \(result)")
            } catch let error as MediaError {
                guard case .truncated = error else { throw error }
                #expect(error.what.hasSuffix(" of 2.00 s"), "\(length) of \(whole.count): \(error)")
            }
        }
    }

    @Test(
        "A wrong length in the header of an FLV costs nothing; where it is far off it is told, with what is there",
        arguments: [(1.04, false), (2.0, true), (3600, true)])
    func wrongLength(factor: Double, isTold: Bool) throws {
        var bytes = try film("a.flv")
        let whole = try read(folder.write("a.flv", bytes))
        let place = try #require(Data(bytes).range(of: Data("duration\0".utf8))).upperBound
        let seconds = Double(bitPattern: bytes[place..<(place + 8)].reduce(0) { $0 << 8 | UInt64($1) })
        let wrong = (seconds * factor).bitPattern
        for i in 0..<8 { bytes[place + i] = UInt8(truncatingIfNeeded: wrong >> UInt64(56 - 8 * i)) }
        let url = try folder.write("b.flv", bytes)
        let result = try read(url)
        #expect(result.samples == whole.samples && result.pictures == whole.pictures)
        #expect(result.warnings.count == (isTold ? 1 : 0))
        if isTold { #expect("\(result.warnings[0])".contains(String(format: "promises %.2f s, there are ", seconds * factor))) }
        // Nobody slides windows over an hour that is not there.
        #expect(try abs((MediaProbe.inspect(url).duration ?? 0) - seconds) < 0.3)
    }

    @Test(
        "Pixels that are not square are widened or heightened as players do it; what no camera has is not believed",
        arguments: [
            ((1, 1), 32, 16), ((2, 1), 64, 16), ((64, 45), 46, 16), ((1, 2), 32, 32), ((10, 11), 32, 18), ((1000, 1), 32, 16),
            ((0, 1), 32, 16),
        ])
    func aspect(ratio: (Int, Int), width: Int, height: Int) throws {
        for name in ["a.mkv", "a.mov"] {
            let url = folder.url.appendingPathComponent(name)
            try LibavClip.write(url, video: .init(frames: frames(3), aspect: AVRational(num: Int32(ratio.0), den: Int32(ratio.1))))
            let picture = try VideoDecoder.pictures(of: url, count: 1)[0]
            #expect(picture.width == width && picture.height == height && picture.pixels.count == 3 * width * height, "\(name)")
            let info = try MediaProbe.inspect(url)
            #expect(info.video?.width == width && info.video?.height == height, "\(name)")
        }
    }

    @Test(
        "One picture under a sound is a cover; two are a film, however long they stand; one without a sound, or under a moment of it, is a film of one frame"
    )
    func covers() throws {
        let url = folder.url.appendingPathComponent("a.mkv")
        let sound = [Int16](repeating: 900, count: 16_000)
        try LibavClip.write(url, video: .init(frames: frames(1)), audio: .init(samples: sound))
        #expect(throws: MediaError.coverOnly(file: url.path)) { try VideoDecoder.pictures(of: url, count: 2) }
        #expect(try MediaProbe.inspect(url).video == nil && AudioDecoder.waveform(of: url, rate: 8000).samples.count == 16_000)
        try LibavClip.write(url, video: .init(frames: frames(2, every: 1800)), audio: .init(samples: sound))
        #expect(
            try VideoDecoder.pictures(of: url, count: 2).count == 2 && AudioDecoder.waveform(of: url, rate: 8000).samples.count == 16_000)
        try LibavClip.write(url, video: .init(frames: frames(1)))
        #expect(try VideoDecoder.pictures(of: url, count: 2).count == 2)
        try LibavClip.write(url, video: .init(frames: frames(1)), audio: .init(samples: [Int16](repeating: 900, count: 800)))
        #expect(try VideoDecoder.pictures(of: url, count: 2).count == 2)
        // A second picture so late that it is not among the packets that are looked at first.
        try LibavClip.write(
            url, video: .init(frames: frames(2, every: 40_000)), audio: .init(samples: [Int16](repeating: 900, count: 8000 * 41)))
        #expect(try VideoDecoder.sampled(of: .film(path: url.path, seconds: nil), count: 2).map(\.index) == [0, 1])
    }

    @Test("A bad picture in a folder is left out with a word, the others are spaced anew; without a good one the folder is refused")
    func badStill() throws {
        let stills = folder.url.appendingPathComponent("stills")
        try FileManager.default.createDirectory(at: stills, withIntermediateDirectories: true)
        let good = Array("P5\n1 1\n255\n".utf8)
        for i in 0..<7 {
            try Data(i == 2 ? [] : i == 5 ? Array("P5\n9".utf8) : good + [UInt8(20 * i)]).write(
                to: stills.appendingPathComponent("\(i).pgm"))
        }
        let warnings = MediaWarnings()
        let sampled = try VideoDecoder.sampled(of: .film(path: stills.path, seconds: nil), count: 7, warnings: warnings)
        #expect(Set(sampled.map(\.index)) == [0, 1, 3, 4, 6] && sampled.allSatisfy { $0.picture.pixels[0] == UInt8(20 * $0.index) })
        #expect(warnings.all.count == 1 && "\(warnings.all)".contains("2 of its 7 frames"))
        let chosen = try VideoDecoder.sampled(of: .stills(folder: stills.path, prefix: "", numbers: [0...1, 4...9]), count: 4)
        #expect(Set(chosen.map { $0.picture.pixels[0] }) == [0, 20, 80, 120])
        for i in 0..<7 { try Data(Array("P5\n9".utf8)).write(to: stills.appendingPathComponent("\(i).pgm")) }
        #expect(throws: MediaError.self) { try VideoDecoder.pictures(of: .film(path: stills.path, seconds: nil), count: 3) }
        #expect(throws: MediaError.self) { try VideoDecoder.check(.film(path: stills.path, seconds: nil)) }
    }

    /// A page of two segments.
    private func oggPage(_ number: UInt8, isLast: Bool) -> [UInt8] {
        let head: [UInt8] = Array("OggS".utf8) + [0, isLast ? 4 : 0]
        let rest: [UInt8] = [UInt8](repeating: 0, count: 20) + [2, 200, 7]
        return head + rest + [UInt8](repeating: number, count: 207)
    }

    @Test(
        "The walk over a file's structure ends, whatever is in it", .timeLimit(.minutes(1)),
        arguments: ["a.mkv", "a.avi", "a.flv", "a.mov", "a.wav", "a.ogg"])
    func walks(name: String) throws {
        let whole: [UInt8] =
            switch name {
            case "a.wav": Clips.wav([Float](repeating: 0.1, count: 500), rate: 8000)
            case "a.ogg": (0..<9).flatMap { oggPage($0, isLast: $0 == 8) }
            default: try film(name)
            }
        #expect(try ContainerEnd(of: folder.write(name, whole).path).kind == .whole)
        var random = TestRandom(seed: 8)
        var kinds: Set<String> = []
        for _ in 0..<400 {
            var bytes = random.next(below: 2) == 0 ? whole : Array(whole.prefix(random.next(below: whole.count)))
            for _ in 0...random.next(below: 6) where !bytes.isEmpty {
                let reach = random.next(below: 2) == 0 ? min(400, bytes.count) : bytes.count
                let values: [UInt8] = [0xff, 0, UInt8(random.next(below: 256))]
                bytes[random.next(below: reach)] = values[random.next(below: 3)]
            }
            kinds.insert("\(ContainerEnd(of: try folder.write("b-" + name, bytes).path).kind)")
        }
        #expect(kinds.count > 1)
    }
}
