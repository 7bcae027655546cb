import Foundation
import Testing

@testable import Media

@Suite("Pictures of films, spans of films, stills, folders of stills and tables of grey levels")
struct PictureSourceTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func film(_ name: String, frames: Int = 100, rate: FrameRate = FrameRate(25), codec: VideoEncoding.Codec = .h264) throws -> URL
    {
        let url = folder.url.appendingPathComponent(name)
        try Clips.film(url, frames: frames, rate: rate, codec: codec)
        return url
    }

    /// `Clips.film` repeats its greys after 27 frames.
    private func numbers(_ pictures: [Picture]) -> [Int?] { pictures.map(Clips.frameNumber) }

    @Test(
        "A span of a film gives the frames that come on screen in it, linearly spaced, with number and time",
        arguments: [("a.mp4", VideoEncoding.Codec.h264), ("a.flv", .flv1), ("a.mkv", .h264), ("a.avi", .mpeg4), ("a.ts", .h264)])
    func span(name: String, codec: VideoEncoding.Codec) throws {
        let url = try film(name, codec: codec)
        for (span, first, count) in [(0.0..<0.4, 0, 10), (1.2..<2.0, 30, 20), (2.0..<3.2, 50, 30), (3.6..<9.0, 90, 10)] {
            let sampled = try VideoDecoder.sampled(of: .film(path: url.path, seconds: span), count: 5)
            let expected = FrameSampling.linear(frames: count, count: 5)
            #expect(sampled.map(\.index) == expected, "\(span)")
            #expect(numbers(sampled.map(\.picture)) == expected.map { ($0 + first) % 27 }, "\(span)")
            for (picture, index) in zip(sampled, expected) { #expect(abs((picture.seconds ?? -1) - Double(first + index) / 25) < 2e-3) }
        }
    }

    @Test("Neighbouring spans share no frame and lose none, also at rates whose times are no round numbers")
    func neighbours() throws {
        let url = try film("a.mp4", frames: 60, rate: FrameRate(30_000, 1001))
        for border in [0.5, 1.0, 1.001, 31 * 1001 / 30_000.0] {
            let total = [0..<border, border..<3].map { span in
                let all = (try? VideoDecoder.sampled(of: .film(path: url.path, seconds: span), count: 90)) ?? []
                return Set(all.compactMap(\.seconds).map { Int(($0 * 30_000 / 1001).rounded()) })
            }
            #expect(total[0].isDisjoint(with: total[1]) && total[0].union(total[1]) == Set(0..<60), "\(border)")
        }
    }

    @Test("A span within one frame is that frame; one behind the end is refused with words, and so is one that is none")
    func narrowSpans() throws {
        let url = try film("a.mp4", frames: 20)
        let sampled = try VideoDecoder.sampled(of: .film(path: url.path, seconds: 0.21..<0.23), count: 2)
        #expect(numbers(sampled.map(\.picture)) == [5, 5] && sampled[0].index == 0 && abs(sampled[0].seconds! - 0.2) < 1e-3)
        for span in [4.0..<5.0, -1..<0.5, 0.5..<0.5, Double.infinity..<Double.infinity] {
            #expect(throws: MediaError.self) { try VideoDecoder.pictures(of: .film(path: url.path, seconds: span), count: 2) }
        }
    }

    @Test("The picture at a time is the one on screen then")
    func times() throws {
        let url = try film("a.mp4", frames: 100)
        // 0.999 s is a label's rounding of 1 s, 2.03 s lies within frame 50.
        #expect(
            numbers(try VideoDecoder.pictures(of: url, times: [2.03, 0, 1.0, 0.9995, 0.98, 3.96]))
                == [50, 0, 25, 25, 24, 99].map { $0 % 27 })
        #expect(numbers(try VideoDecoder.pictures(of: url, times: [3.5, 3.7])) == [87 % 27, 92 % 27])
        #expect(try VideoDecoder.pictures(of: url, times: []) == [])
        for time in [4.2, -0.1, .nan, .infinity] {
            #expect(throws: MediaError.self) { try VideoDecoder.pictures(of: url, times: [0.5, time]) }
        }
    }

    // MARK: Stills

    /// Red, green, then blue in a row of three.
    private static let pgm = Array("P5\n3 1\n255\n".utf8) + [10, 20, 30]
    private static let ppm = Array("P6\n3 1\n255\n".utf8) + [255, 0, 0, 0, 255, 0, 0, 0, 255]

    @Test("A still is a clip of one picture without time, and a span of time means nothing to it", arguments: [nil, 1.0..<2.0])
    func still(span: Range<Double>?) throws {
        let url = try folder.write("100%d of *.ppm", Self.ppm)
        let sampled = try VideoDecoder.sampled(of: .film(path: url.path, seconds: span), count: 3)
        #expect(
            sampled
                == [SampledPicture](
                    repeating: SampledPicture(
                        picture: Picture(width: 3, height: 1, pixels: Array(Self.ppm.suffix(9))), index: 0, seconds: nil), count: 3))
        #expect(try VideoDecoder.pictures(of: url, times: [0, 7]).count == 2)
    }

    @Test("A picture of more than 8192 × 8192 pixels is refused by what it says of itself")
    func pixels() throws {
        for (height, isTaken) in [(16, true), (8193, false)] {
            let url = folder.url.appendingPathComponent("\(height).pgm"), head = Data("P5\n8193 \(height)\n255\n".utf8)
            try head.write(to: url)
            #expect(truncate(url.path, head.count + 8193 * height) == 0)
            let found = Result { try VideoDecoder.pictures(of: .film(path: url.path, seconds: nil), count: 1) }
            if isTaken { #expect(try found.get().first?.width == 8193) } else { #expect(throws: MediaError.self) { try found.get() } }
        }
    }

    @Test("A folder of stills is a film in the order in which people count; what is no picture is left out")
    func folderOfStills() throws {
        let stills = folder.url.appendingPathComponent("stills")
        try FileManager.default.createDirectory(at: stills, withIntermediateDirectories: true)
        for i in 0..<12 {
            try Data(Array("P5\n1 1\n255\n".utf8) + [UInt8(20 * i)]).write(to: stills.appendingPathComponent("\(i).pgm"))
        }
        try Data("{}".utf8).write(to: stills.appendingPathComponent("100.json"))
        try Data(Self.pgm).write(to: stills.appendingPathComponent(".hidden.pgm"))
        let sampled = try VideoDecoder.sampled(of: .film(path: stills.path, seconds: 3..<4), count: 4)
        #expect(sampled.map(\.index) == [0, 3, 7, 11] && sampled.allSatisfy { $0.seconds == nil })
        #expect(sampled.map { $0.picture.pixels[0] } == [0, 60, 140, 220])
    }

    @Test("Only the pictures wanted are decoded: a damaged one elsewhere does no harm, a damaged one wanted is left out and named")
    func damagedStill() throws {
        let stills = folder.url.appendingPathComponent("stills")
        try FileManager.default.createDirectory(at: stills, withIntermediateDirectories: true)
        for i in 0..<5 { try Data(i == 1 ? [] : Self.pgm).write(to: stills.appendingPathComponent("\(i).pgm")) }
        #expect(try VideoDecoder.pictures(of: .film(path: stills.path, seconds: nil), count: 3).count == 3)
        let warnings = MediaWarnings()
        #expect(
            try VideoDecoder.sampled(of: .film(path: stills.path, seconds: nil), count: 5, warnings: warnings).map(\.index) == [
                0, 0, 2, 3, 4,
            ])
        #expect(warnings.all == [.leftOut(pictures: 1, of: 5, first: "1.pgm is empty (0 bytes)")])
        let none = folder.url.appendingPathComponent("none")
        try FileManager.default.createDirectory(at: none, withIntermediateDirectories: true)
        #expect(throws: MediaError.noPictures(folder: none.path)) {
            try VideoDecoder.pictures(of: .film(path: none.path, seconds: nil), count: 5)
        }
    }

    @Test("Numbers in names count as numbers, whatever their length, and every two names have one order")
    func naturalOrder() {
        let ordered = ["0.png", "1.png", "01.png", "2.png", "10.png", "a", "a0", "a1b2", "a1b10", "a02", "b", "é1", "é10"]
        let sorted = NaturalOrder.sorted(ordered.reversed())
        #expect(sorted == ["0.png", "01.png", "1.png", "2.png", "10.png", "a", "a0", "a1b2", "a1b10", "a02", "b", "é1", "é10"])
        let long = String(repeating: "9", count: 40)
        #expect(NaturalOrder.sorted([long, "1" + long, "8" + long.dropFirst()]) == ["8" + long.dropFirst(), long, "1" + long])
        for a in ordered {
            for b in ordered where a != b {
                #expect(NaturalOrder.precedes(Array(a.utf8), Array(b.utf8)) != NaturalOrder.precedes(Array(b.utf8), Array(a.utf8)))
            }
        }
    }

    // MARK: Tables of grey levels

    @Test("Grey levels of a table become a picture, row after row")
    func greyLevels() throws {
        let levels = (0..<48 * 48).map { $0 % 256 }
        let line = "0,\"" + levels.map(String.init).joined(separator: " ") + "\",Training\n"
        let url = try folder.write("fer2013.csv", Array(("emotion,pixels,Usage\n" + line + line).utf8))
        let offset = "emotion,pixels,Usage\n".utf8.count + 3
        for offset in [offset, offset + line.utf8.count] {
            let picture = try VideoDecoder.pictures(of: .greyLevels(table: url.path, offset: offset, side: 48), count: 2)[1]
            #expect(picture.width == 48 && picture.height == 48)
            #expect(picture.pixels == levels.flatMap { [UInt8($0), UInt8($0), UInt8($0)] })
        }
    }

    @Test("A table that holds something else there is damage, not a picture")
    func damagedTable() throws {
        func attempt(_ text: String, offset: Int = 0, side: Int = 2) throws -> Picture {
            let url = try folder.write("t.csv", Array(text.utf8))
            return try VideoDecoder.pictures(of: .greyLevels(table: url.path, offset: offset, side: side), count: 1)[0]
        }
        #expect(try attempt("1 2  3 255").pixels[9] == 255)
        for text in ["1 2 3", "1 2 3 256", "1 2 3 4 5", "1 2 x 4", "1 2 -3 4", "1,2,3,4", "99999999999999999999 2 3 4", " "] {
            #expect(throws: MediaError.self, "\(text)") { try attempt(text) }
        }
        for (offset, side) in [(-1, 2), (1000, 2), (0, 0), (0, 100_000), (Int.max, 2)] {
            #expect(throws: MediaError.self) { try attempt("1 2 3 4", offset: offset, side: side) }
        }
    }

    // MARK: Sound of a span

    @Test(
        "The sound of a span is what cutting the whole sound gives",
        arguments: ["a.mp4", "a.wav", "a.flv", "a.mkv"], [22_050, 48_000, 16_000])
    func soundSpan(name: String, rate: Int) throws {
        let url = folder.url.appendingPathComponent(name)
        let writer = try MediaWriter(
            url: url,
            audio: AudioEncoding(codec: name == "a.wav" ? .pcm16 : name == "a.flv" ? .mp3 : .aac, rate: name == "a.flv" ? 44_100 : 48_000))
        // Nothing repeats: a piece from elsewhere would show.
        let rateIn = name == "a.flv" ? 44_100.0 : 48_000.0
        try writer.append(
            (0..<Int(9 * rateIn)).map { i in
                let t = Double(i) / rateIn
                return Float(0.4 * sin(2 * Double.pi * (200 * t + 150 * t * t)))
            })
        try writer.finish()
        let whole = try AudioDecoder.waveform(of: url, rate: rate)
        for (start, end) in [(0.0, 1.5), (0.3, 2.0), (4.123, 5.5), (7.0, 30)] {
            let cut = try AudioDecoder.waveform(of: url, rate: rate, seconds: start..<end)
            let (first, last) = (Int((start * Double(rate)).rounded()), min(whole.samples.count, Int((end * Double(rate)).rounded())))
            #expect(cut.samples.count == last - first, "\(start)")
            #expect(largestDifference(cut.samples, Array(whole.samples[first..<last])) < 1e-5, "\(start)")
        }
        for span in [12.0..<13.0, -1..<1, 2..<2] {
            #expect(throws: MediaError.self) { try AudioDecoder.waveform(of: url, rate: rate, seconds: span) }
        }
        #expect(throws: MediaError.tooLong(file: url.path, limit: 0.5)) {
            try AudioDecoder.waveform(of: url, rate: rate, seconds: 1..<3, maximumSeconds: 0.5)
        }
    }
}
