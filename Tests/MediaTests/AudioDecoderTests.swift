import Foundation
import Testing

@testable import Media

@Suite("Sound of any file, mono at the asked rate")
struct AudioDecoderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
        "Samples of a WAV file come out as they are, in every sample format",
        arguments: [(Clips.SampleFormat.unsigned8, 128.0), (.signed16, 32768), (.signed24, 8_388_608), (.float32, 8_388_608)])
    func exactSamples(format: Clips.SampleFormat, steps: Double) throws {
        let samples = (0..<3000).map { Float((0.9 * sin(Double($0) * 0.05) * steps).rounded() / steps) }
        let url = try folder.write("a.wav", Clips.wav(samples, rate: 22_050, format: format))
        let wave = try AudioDecoder.waveform(of: url, rate: 22_050)
        #expect(wave.rate == 22_050 && wave.samples == samples)
    }

    @Test("Several channels become their mean", arguments: [2, 6, 8])
    func meanOfChannels(channels: Int) throws {
        let samples = (0..<500 * channels).map { Float($0 % channels == 0 ? 0.5 : -0.25) }
        let url = try folder.write("a.wav", Clips.wav(samples, rate: 22_050, channels: channels))
        let wave = try AudioDecoder.waveform(of: url, rate: 22_050)
        let mean = (0.5 - 0.25 * Float(channels - 1)) / Float(channels)
        #expect(wave.samples.count == 500 && wave.samples.allSatisfy { abs($0 - mean) < 1e-6 })
    }

    @Test(
        "Resampling gives ⌈n · target / source⌉ samples",
        arguments: [8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000], [1, 7, 1000, 4801])
    func length(source: Int, count: Int) throws {
        let url = try folder.write("a.wav", Clips.wav([Float](repeating: 0.25, count: count), rate: source))
        let wave = try AudioDecoder.waveform(of: url, rate: 22_050)
        #expect(wave.samples.count == (count * 22_050 + source - 1) / source)
        #expect(wave.samples.allSatisfy { $0.isFinite })
    }

    @Test("A resampled tone is the tone, without delay", arguments: [8000, 44_100, 48_000, 192_000])
    func tone(source: Int) throws {
        let samples = (0..<source).map { Float(0.5 * sin(2 * Double.pi * 1000 * Double($0) / Double(source))) }
        let url = try folder.write("a.wav", Clips.wav(samples, rate: source, format: .float32))
        let wave = try AudioDecoder.waveform(of: url, rate: 22_050).samples
        #expect(wave.count == 22_050)
        let worst = (2000..<20_000).reduce(Float(0)) { worst, i in
            max(worst, abs(wave[i] - Float(0.5 * sin(2 * Double.pi * 1000 * Double(i) / 22_050))))
        }
        #expect(worst < 1e-4)
    }

    @Test("Blocks are the waveform, in order")
    func blocks() throws {
        let samples = (0..<48_000).map { Float(sin(Double($0 * $0) * 1e-6)) * 0.9 }
        let url = try folder.write("a.wav", Clips.wav(samples, rate: 48_000))
        var joined: [Float] = []
        var largest = 0
        try AudioDecoder.forEachBlock(of: url, rate: 16_000) {
            joined.append(contentsOf: $0)
            largest = max(largest, $0.count)
        }
        #expect(joined == (try AudioDecoder.waveform(of: url, rate: 16_000).samples))
        #expect(largest < joined.count)
    }

    @Test("Coded sound comes back as the tone that went in", arguments: [("a.mp4", AudioEncoding.Codec.aac), ("a.flv", .mp3)])
    func coded(name: String, codec: AudioEncoding.Codec) throws {
        let url = folder.url.appendingPathComponent(name)
        try Clips.film(
            url, frames: 25, codec: name == "a.flv" ? .flv1 : .h264, audio: AudioEncoding(codec: codec, rate: 44_100, channels: 2))
        let wave = try AudioDecoder.waveform(of: url, rate: 22_050).samples
        #expect(abs(wave.count - 22_050) < 2500, "coders add a little silence at the ends")
        // Strength at 440 Hz over half a second in the middle, whatever the phase.
        let (re, im) = (5000..<16_025).reduce((0.0, 0.0)) { sum, i in
            let angle = 2 * Double.pi * 440 * Double(i) / 22_050
            return (sum.0 + Double(wave[i]) * cos(angle), sum.1 + Double(wave[i]) * sin(angle))
        }
        #expect(abs(2 * (re * re + im * im).squareRoot() / 11_025 - 0.5) < 0.05)
    }

    @Test("Sound that is longer than the limit is refused before it is held")
    func limit() throws {
        let url = try folder.write("a.wav", Clips.wav([Float](repeating: 0, count: 16_000), rate: 8000))
        #expect(throws: MediaError.tooLong(file: url.path, limit: 1.5)) {
            try AudioDecoder.waveform(of: url, rate: 8000, maximumSeconds: 1.5)
        }
        #expect(try AudioDecoder.waveform(of: url, rate: 8000, maximumSeconds: 2).duration == 2)
    }

    @Test("Samples that are no numbers are damage", arguments: [Float.nan, .infinity])
    func notANumber(value: Float) throws {
        let url = try folder.write("a.wav", Clips.wav([0, value, 0], rate: 8000, format: .float32))
        #expect(throws: MediaError.damaged(file: url.path, what: "a sample is not a number")) {
            try AudioDecoder.waveform(of: url, rate: 8000)
        }
    }

    @Test("Rates that make no sense are refused, in the request and in the file", arguments: [-1, 0, 999, 1_000_000])
    func rates(rate: Int) throws {
        let url = try folder.write("a.wav", Clips.wav([0, 0.5, 0], rate: 8000))
        #expect(throws: MediaError.self) { try AudioDecoder.waveform(of: url, rate: rate) }
        let odd = try folder.write("b.wav", Clips.wav([0, 0.5, 0], rate: max(1, rate)))
        #expect(throws: MediaError.self) { try AudioDecoder.waveform(of: odd, rate: 8000) }
    }
}
