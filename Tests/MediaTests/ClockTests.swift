import CFFmpeg
import Foundation
import Testing

@testable import Media

@Suite("Times, tags and depths that containers tell")
struct ClockTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func level(_ picture: Picture) -> Int { Int(picture.pixels[1]) }

    /// Grey levels of limited range that come out as `levels`.
    private func greys(_ times: [Int]) -> [LibavClip.Frame] {
        times.enumerated().map { LibavClip.Frame(milliseconds: $0.element, y: 16 + 20 * ($0.offset + 1)) }
    }

    /// What `greys` number `i` is in RGB.
    private func shown(_ i: Int) -> Int { Int((Double(20 * (i + 1)) * 255 / 219).rounded()) }

    @Test("Frames at irregular times are told apart by their own times", arguments: ["a.mkv", "a.mov", "a.nut"])
    func variableRate(name: String) throws {
        let url = folder.url.appendingPathComponent(name)
        let times = [0, 40, 50, 300, 310, 1000]
        try LibavClip.write(url, video: .init(frames: greys(times)))
        func numbers(_ pictures: [Picture]) -> [Int?] {
            pictures.map { picture in times.indices.first { abs(shown($0) - level(picture)) <= 1 } }
        }
        #expect(numbers(try VideoDecoder.pictures(of: url, count: 6)) == [0, 1, 2, 3, 4, 5])
        #expect(
            numbers(try VideoDecoder.pictures(of: url, times: [0, 0.039, 0.04, 0.29, 0.3, 0.305, 0.9, 1])) == [0, 1, 1, 2, 3, 3, 4, 5])
        #expect(numbers(try VideoDecoder.pictures(of: url, times: [0.02, 0.999])) == [0, 5])
        let span = try VideoDecoder.sampled(of: .film(path: url.path, seconds: 0.045..<0.9), count: 3)
        #expect(numbers(span.map(\.picture)) == [2, 3, 4])
        for (sampled, time) in zip(span, [0.05, 0.3, 0.31]) { #expect(abs((sampled.seconds ?? -1) - time) < 1e-3) }
        // Nothing comes on screen between 0.4 and 0.9 s; the frame of 0.31 s stays there.
        #expect(numbers(try VideoDecoder.pictures(of: .film(path: url.path, seconds: 0.4..<0.9), count: 2)) == [4, 4])
    }

    /// A film whose picture turns bright, and whose sound turns loud, at the same moment; one of the two begins `delay` ms late.
    private func flash(_ url: URL, at moment: Int, soundDelay: Int = 0, pictureDelay: Int = 0) throws {
        let frames = (0..<50).map { LibavClip.Frame(milliseconds: 40 * $0, y: 40 * $0 < moment ? 16 : 235) }.filter {
            $0.milliseconds >= pictureDelay
        }
        let samples = (8 * soundDelay..<16_000).map { Int16($0 < 8 * moment ? 100 : 16_000) }
        try LibavClip.write(url, video: .init(frames: frames), audio: .init(samples: samples, start: soundDelay))
    }

    @Test(
        "Sound and picture count from one beginning, whichever begins later",
        arguments: ["a.mkv", "a.mov", "a.nut"], [(0, 0), (480, 0), (0, 480)])
    func oneClock(name: String, delays: (sound: Int, picture: Int)) throws {
        let url = folder.url.appendingPathComponent(name)
        try flash(url, at: 1200, soundDelay: delays.sound, pictureDelay: delays.picture)
        for span in [1.0..<1.4, 0.6..<1.4] {
            let sampled = try VideoDecoder.sampled(of: .film(path: url.path, seconds: span), count: 40)
            let bright = try #require(sampled.first { level($0.picture) > 128 })
            #expect(abs((bright.seconds ?? -1) - 1.2) < 1e-3)
            let sound = try AudioDecoder.waveform(of: url, rate: 8000, seconds: span)
            let loud = try #require(sound.samples.firstIndex { $0 > 0.25 })
            #expect(abs(span.lowerBound + Double(loud) / 8000 - 1.2) < 1e-3)
        }
        // Before a late sound there is silence on the clock; alone, the sound begins with its first sample.
        let whole = try AudioDecoder.waveform(of: url, rate: 8000)
        #expect(whole.samples.count == 16_000 - 8 * delays.sound)
        let early = try AudioDecoder.waveform(of: url, rate: 8000, seconds: 0..<1).samples
        #expect(
            early.count == 8000 && early.prefix(8 * delays.sound - (delays.sound > 0 ? 8 : 0)).allSatisfy { $0 == 0 } && early[7999] != 0)
    }

    @Test("A late picture: its first frame is shown from its own time on")
    func latePicture() throws {
        let url = folder.url.appendingPathComponent("a.mkv")
        try flash(url, at: 1200, pictureDelay: 480)
        #expect(abs((try VideoDecoder.sampled(of: .film(path: url.path, seconds: nil), count: 2)[0].seconds ?? -1) - 0.48) < 1e-3)
        #expect(try VideoDecoder.pictures(of: url, times: [0.1]).map(level) == [0])
    }

    @Test("A file that does not tell its length is read to its end")
    func noDuration() throws {
        let url = folder.url.appendingPathComponent("a.mkv")
        try LibavClip.write(
            url, video: .init(frames: greys([0, 100, 200, 300, 400])), audio: .init(samples: [Int16](repeating: 500, count: 4000)),
            options: ["live": "1"])
        let info = try MediaProbe.inspect(url)
        #expect(info.video?.frameCount == 5 && abs((info.duration ?? 0) - 0.5) < 0.15)
        let whole = try VideoDecoder.pictures(of: url, count: 5).map(level)
        let end = try VideoDecoder.pictures(of: .film(path: url.path, seconds: 0.25..<7), count: 2).map(level)
        #expect(zip(whole + end, [0, 1, 2, 3, 4, 3, 4].map(shown)).allSatisfy { abs($0 - $1) <= 1 } && whole.count + end.count == 7)
        #expect(try AudioDecoder.waveform(of: url, rate: 8000).samples.count == 4000)
    }

    @Test(
        "Matrix and range of a coded file are honoured, in 8 and 10 bits; what is not tagged is BT.601 of limited range, whatever its size",
        arguments: [
            (AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, (81, 90, 240)), (AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, (63, 102, 240)),
            (AVCOL_SPC_BT2020_NCL, AVCOL_RANGE_MPEG, (74, 97, 240)), (AVCOL_SPC_BT709, AVCOL_RANGE_JPEG, (54, 99, 255)),
            (AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_UNSPECIFIED, (81, 90, 240)),
        ], [AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10LE])
    func tags(kind: (AVColorSpace, AVColorRange, (y: Int, u: Int, v: Int)), format: AVPixelFormat) throws {
        let (space, range, red) = kind
        for (width, height) in [(32, 16), (1280, 720)] {
            let url = folder.url.appendingPathComponent("a.mkv")
            let frame = LibavClip.Frame(milliseconds: 0, y: red.y, u: red.u, v: red.v)
            try LibavClip.write(
                url, video: .init(frames: [frame], width: width, height: height, format: format, space: space, range: range))
            let picture = try VideoDecoder.pictures(of: url, count: 1)[0]
            #expect(picture.width == width && picture.height == height)
            let worst = picture.pixels.indices.reduce(0) { max($0, abs(Int(picture.pixels[$1]) - ($1 % 3 == 0 ? 255 : 0))) }
            #expect(worst <= 3)
        }
    }
}
