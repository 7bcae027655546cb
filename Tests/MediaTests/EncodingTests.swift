import Foundation
import Testing

@testable import Media

@Suite("Files written by MediaWriter read back as what was put in")
struct EncodingTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A grey ramp with a bright bar that moves: easy to encode, easy to tell apart.
    private func picture(_ frame: Int, width: Int, height: Int) -> Picture {
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        for y in 0..<height {
            for x in 0..<width {
                let value = UInt8(40 + 100 * x / width)
                let at = (y * width + x) * 3
                pixels[at] = value
                pixels[at + 1] = value
                pixels[at + 2] = value
                if abs(y - 4 * frame) < 4 { pixels[at] = 220 }
            }
        }
        return Picture(width: width, height: height, pixels: pixels)
    }

    private func tone(_ frequency: Double, rate: Int, seconds: Double) -> [Float] {
        (0..<Int(Double(rate) * seconds)).map { Float(0.5 * sin(2 * .pi * frequency * Double($0) / Double(rate))) }
    }

    /// Crossings of zero upwards a second: the frequency of a clean tone.
    private func frequency(_ wave: Waveform) -> Double {
        let middle = wave.samples[(wave.samples.count / 4)..<(wave.samples.count * 3 / 4)]
        let crossings = zip(middle, middle.dropFirst()).count { $0 < 0 && $1 >= 0 }
        return Double(crossings) / (Double(middle.count) / Double(wave.rate))
    }

    @discardableResult
    private func write(_ name: String, video: VideoEncoding?, audio: AudioEncoding?, frames: Int = 12) throws -> URL {
        let url = folder.url.appendingPathComponent(name)
        let writer = try MediaWriter(url: url, video: video, audio: audio)
        if let video {
            for frame in 0..<frames { try writer.append(picture(frame, width: video.width, height: video.height)) }
        }
        if let audio {
            let sound = tone(440, rate: audio.sourceRate, seconds: 0.5)
            try writer.append(sound.flatMap { [Float](repeating: $0, count: audio.channels) })
        }
        try writer.finish()
        return url
    }

    @Test(
        "Pictures and sound survive in every container and codec",
        arguments: [
            ("a.mp4", VideoEncoding.Codec.h264, AudioEncoding.Codec.aac, 48_000, FrameRate(30_000, 1_001)),
            ("a.flv", .flv1, .mp3, 44_100, FrameRate(25)), ("a.flv", .h264, .aac, 44_100, FrameRate(24)),
            ("a.mp4", .mpeg4, .mp3, 48_000, FrameRate(30)),
        ])
    func roundTrip(name: String, codec: VideoEncoding.Codec, sound: AudioEncoding.Codec, rate: Int, frameRate: FrameRate) throws {
        let video = VideoEncoding(codec: codec, width: 96, height: 64, frameRate: frameRate, quality: .constantRateFactor(18))
        let url = try write(name, video: video, audio: AudioEncoding(codec: sound, rate: rate, bitRate: 64_000))
        let info = try MediaProbe.inspect(url)
        #expect(info.video?.width == 96 && info.video?.height == 64)
        #expect(abs((info.video?.frameRate ?? 0) - frameRate.perSecond) < 0.02)
        #expect(info.audio?.rate == rate && info.audio?.channels == 1)
        let pictures = try VideoDecoder.pictures(of: url, indices: [0, 11])
        for (frame, decoded) in zip([0, 11], pictures) {
            let original = picture(frame, width: 96, height: 64)
            let error = zip(decoded.pixels, original.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
            #expect(Double(error) / Double(original.pixels.count) < 8, "frame \(frame)")
        }
        let wave = try AudioDecoder.waveform(of: url, rate: 22_050)
        #expect(abs(frequency(wave) - 440) < 6)
        #expect(abs(wave.duration - 0.5) < 0.08)
    }

    @Test("A WAV file holds the samples to 16 bits")
    func wav() throws {
        let url = try write("a.wav", video: nil, audio: AudioEncoding(codec: .pcm16, rate: 22_050))
        let wave = try AudioDecoder.waveform(of: url, rate: 22_050)
        let original = tone(440, rate: 22_050, seconds: 0.5)
        #expect(wave.samples.count == original.count)
        #expect(zip(wave.samples, original).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test("Sound is resampled to the file's rate, whatever the size of the pieces", arguments: [1, 735, 11_025])
    func resamples(piece: Int) throws {
        let url = folder.url.appendingPathComponent("r.wav")
        let writer = try MediaWriter(url: url, audio: AudioEncoding(codec: .pcm16, rate: 48_000, sourceRate: 22_050))
        let sound = tone(440, rate: 22_050, seconds: 0.5)
        for start in stride(from: 0, to: sound.count, by: piece) {
            try writer.append(Array(sound[start..<min(sound.count, start + piece)]))
        }
        try writer.finish()
        let wave = try AudioDecoder.waveform(of: url, rate: 48_000)
        #expect(abs(wave.samples.count - 24_000) <= 64)
        #expect(abs(frequency(wave) - 440) < 6)
    }

    @Test("The same input gives the same bytes")
    func sameBytes() throws {
        for name in ["mp4", "flv"] {
            let video = VideoEncoding(codec: name == "mp4" ? .h264 : .flv1, width: 96, height: 64, frameRate: FrameRate(25))
            let audio = AudioEncoding(codec: name == "mp4" ? .aac : .mp3, rate: 44_100, sourceRate: 22_050)
            let first = try Data(contentsOf: write("1.\(name)", video: video, audio: audio))
            let second = try Data(contentsOf: write("2.\(name)", video: video, audio: audio))
            #expect(first == second && first.count > 1000)
        }
    }

    @Test("A file has its name only when it is whole, and a writer given up leaves nothing")
    func writtenBeside() throws {
        let url = folder.url.appendingPathComponent("b.mp4")
        do {
            let writer = try MediaWriter(url: url, video: VideoEncoding(width: 96, height: 64, frameRate: FrameRate(25)))
            try writer.append(picture(0, width: 96, height: 64))
            #expect(!FileManager.default.fileExists(atPath: url.path))
            #expect(FileManager.default.fileExists(atPath: url.path + ".part"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }

    @Test("What cannot be written is refused with the reason")
    func refusals() throws {
        let url = folder.url.appendingPathComponent("c.mp4")
        let rate = FrameRate(25)
        #expect(throws: EncodingError.nothingToWrite(path: url.path)) { try MediaWriter(url: url) }
        #expect(throws: EncodingError.self) { try MediaWriter(url: url, video: VideoEncoding(width: 95, height: 64, frameRate: rate)) }
        #expect(throws: EncodingError.self) { try MediaWriter(url: url, audio: AudioEncoding(rate: 1)) }
        let unknown = folder.url.appendingPathComponent("c.nonsense")
        #expect(throws: EncodingError.unknownContainer(path: unknown.path)) { try MediaWriter(url: unknown, audio: AudioEncoding()) }
        let nowhere = folder.url.appendingPathComponent("no/such/folder/c.mp4")
        #expect(throws: EncodingError.self) { try MediaWriter(url: nowhere, audio: AudioEncoding()) }
        let writer = try MediaWriter(url: url, video: VideoEncoding(width: 96, height: 64, frameRate: rate))
        #expect(throws: EncodingError.wrongPicture(path: url.path, width: 64, height: 64, expectedWidth: 96, expectedHeight: 64)) {
            try writer.append(picture(0, width: 64, height: 64))
        }
        #expect(throws: EncodingError.self) { try writer.append([0.5]) }
        try writer.append(picture(0, width: 96, height: 64))
        try writer.finish()
        #expect(throws: EncodingError.self) { try writer.finish() }
    }
}
