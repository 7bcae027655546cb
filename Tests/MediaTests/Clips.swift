// Small media files that the tests make themselves.
import Foundation

@testable import Media

/// A folder of its own that goes with the value.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("media-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ name: String, _ bytes: [UInt8]) throws -> URL {
        let file = url.appendingPathComponent(name)
        try Data(bytes).write(to: file)
        return file
    }
}

enum Clips {
    enum SampleFormat {
        case unsigned8, signed16, signed24, float32
    }

    /// A WAV file with interleaved `samples` in [-1, 1).
    static func wav(_ samples: [Float], rate: Int, channels: Int = 1, format: SampleFormat = .signed16) -> [UInt8] {
        let body = samples.flatMap { sample -> [UInt8] in
            switch format {
            case .unsigned8: [UInt8(128 + Int((sample * 128).rounded()))]
            case .signed16: bytes(UInt32(bitPattern: Int32((sample * 32768).rounded())), 2)
            case .signed24: bytes(UInt32(bitPattern: Int32((sample * 8_388_608).rounded())), 3)
            case .float32: bytes(sample.bitPattern, 4)
            }
        }
        let width = [SampleFormat.unsigned8: 1, .signed16: 2, .signed24: 3, .float32: 4][format]!
        let header =
            Array("RIFF".utf8) + bytes(UInt32(36 + body.count), 4) + Array("WAVEfmt ".utf8) + bytes(16, 4)
            + bytes(format == .float32 ? 3 : 1, 2) + bytes(UInt32(channels), 2) + bytes(UInt32(rate), 4)
            + bytes(UInt32(rate * channels * width), 4) + bytes(UInt32(channels * width), 2) + bytes(UInt32(8 * width), 2)
        return header + Array("data".utf8) + bytes(UInt32(body.count), 4) + body
    }

    /// A YUV4MPEG file of frames of three full-size planes (4:4:4), BT.601, limited range.
    static func y4m(width: Int, height: Int, frames: [(y: UInt8, u: UInt8, v: UInt8)]) -> [UInt8] {
        Array("YUV4MPEG2 W\(width) H\(height) F25:1 Ip A1:1 C444\n".utf8)
            + frames.flatMap { frame in
                Array("FRAME\n".utf8) + [frame.y, frame.u, frame.v].flatMap { [UInt8](repeating: $0, count: width * height) }
            }
    }

    /// The grey that says "frame `i`" in `film`; neighbours are 8 levels apart, which coding does not blur.
    static func grey(_ frame: Int) -> UInt8 { UInt8(20 + 8 * (frame * 7 % 27)) }

    /// The frame number that a decoded picture of `film` shows, or nil.
    static func frameNumber(_ picture: Picture) -> Int? {
        let middle = 3 * (picture.height / 2 * picture.width + picture.width / 2)
        return (0..<27).first { abs(Int(picture.pixels[middle + 1]) - Int(grey($0))) <= 3 }
    }

    /// An encoded clip whose frames (at most 27) are flat greys; with `sound`, a tone of 440 Hz as long as the picture.
    static func film(
        _ url: URL, frames: Int = 12, width: Int = 64, height: Int = 48, rate: FrameRate = FrameRate(25),
        codec: VideoEncoding.Codec = .h264,
        audio: AudioEncoding? = nil
    ) throws {
        let writer = try MediaWriter(
            url: url, video: VideoEncoding(codec: codec, width: width, height: height, frameRate: rate, quality: .constantRateFactor(10)),
            audio: audio)
        for i in 0..<frames {
            let level = grey(i)
            try writer.append(Picture(width: width, height: height, red: level, green: level, blue: level))
            if let audio {
                let span = Double(audio.rate) / rate.perSecond
                let step = 2 * Double.pi * 440 / Double(audio.rate)
                for n in Int(Double(i) * span)..<Int(Double(i + 1) * span) {
                    let sample = Float(0.5 * sin(step * Double(n)))
                    try writer.append([Float](repeating: sample, count: audio.channels))
                }
            }
        }
        try writer.finish()
    }

    private static func bytes(_ value: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }
}

/// SplitMix64: the same damage in every run.
struct TestRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
