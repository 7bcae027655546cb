import Foundation
import Testing

@testable import Media

@Suite("Linear spectrograms and cepstral coefficients equal librosa's")
struct LinearSpectrogramTests {
    let golden: Golden
    let samples: [Float]

    init() throws {
        golden = try Golden("librosa_linear")
        samples = try golden.values("in.wave")
    }

    private static let narrow = LinearSpectrogramSettings(rate: 22_050, fftLength: 1024, windowLength: 600, hopLength: 300)

    @Test(
        "Decibels, logarithm, magnitude and power, with Hann and Hamming windows, long and short",
        arguments: [
            ("mrpn", LinearSpectrogramSettings.mrpn, Float(1e-3)), ("metric_attention", .metricAttention, 1e-4),
            ("power_1024_600_300", with(narrow, .power), 1e-4), ("magnitude_1024_600_300", with(narrow, .magnitude), 1e-5),
        ])
    func equal(name: String, settings: LinearSpectrogramSettings, tolerance: Float) throws {
        let result = try LinearSpectrogram(settings)(Waveform(samples: samples, rate: settings.rate))
        #expect([result.bands, result.frames] == (try golden.shape(name)))
        // Power spans many decades: there the error counts as a share.
        let expected = try golden.values(name)
        let worst = zip(result.values, expected).reduce(Float(0)) {
            max($0, abs($1.0 - $1.1) / (settings.scale == .power ? max(1e-6, abs($1.1)) : 1))
        }
        #expect(worst <= tolerance)
    }

    private static func with(_ settings: LinearSpectrogramSettings, _ scale: LinearSpectrogramSettings.Scale) -> LinearSpectrogramSettings {
        var settings = settings
        settings.scale = scale
        return settings
    }

    @Test("Bins are chosen from the lowest on")
    func bins() throws {
        var settings = LinearSpectrogramSettings.mrpn
        settings.scale = .magnitude
        let whole = try LinearSpectrogram(settings)(Waveform(samples: samples, rate: 16_000))
        (settings.firstBin, settings.bins) = (10, 30)
        let part = try LinearSpectrogram(settings)(Waveform(samples: samples, rate: 16_000))
        #expect(part.bands == 30 && part.values == Array(whole.values[(10 * whole.frames)..<(40 * whole.frames)]))
    }

    @Test(
        "Cepstral coefficients to 1e-3, whatever the number of coefficients and bands",
        arguments: [(10, 128, 11_025.0), (13, 40, 11_025), (40, 64, 6000)])
    func cepstral(count: Int, bands: Int, highest: Double) throws {
        let mel = MelSettings(fftLength: 2048, hopLength: 512, bands: bands, maximumFrequency: highest)
        let decibels = try MelSpectrogram(mel).decibels(Waveform(samples: samples, rate: 22_050))
        let coefficients = CepstralCoefficients.of(decibels, count: count)
        #expect([coefficients.bands, coefficients.frames] == (try golden.shape("mfcc_\(count)_\(bands)")))
        #expect(largestDifference(coefficients.values, try golden.values("mfcc_\(count)_\(bands)")) <= 1e-3)
    }

    @Test("EmoCatcher's mel spectrogram, whose window is half its transform, to 1e-3 dB")
    func shortWindow() throws {
        let decibels = try MelSpectrogram(.emoCatcher).decibels(Waveform(samples: samples, rate: 22_050))
        #expect([decibels.bands, decibels.frames] == (try golden.shape("mel_emocatcher")))
        #expect(largestDifference(decibels.values, try golden.values("mel_emocatcher")) <= 1e-3)
    }

    @Test("Impossible settings are refused, not trapped")
    func impossible() {
        for settings in [
            LinearSpectrogramSettings(rate: 0), LinearSpectrogramSettings(fftLength: 511), LinearSpectrogramSettings(fftLength: 1 << 40),
            LinearSpectrogramSettings(windowLength: 4096), LinearSpectrogramSettings(windowLength: 0),
            LinearSpectrogramSettings(hopLength: 0),
            LinearSpectrogramSettings(firstBin: -1), LinearSpectrogramSettings(firstBin: 1025), LinearSpectrogramSettings(bins: 0),
            LinearSpectrogramSettings(firstBin: 5, bins: .max),
        ] {
            #expect(throws: MediaError.self) { try LinearSpectrogram(settings) }
        }
        #expect(throws: MediaError.self) { try LinearSpectrogram(.mrpn)(Waveform(samples: [0], rate: 22_050)) }
        #expect(throws: MediaError.self) { try MelSpectrogram(MelSettings(windowLength: 4097)) }
    }

    @Test("A sound is cut by the same at both ends, or gets silence at its end")
    func fitted() {
        let sound = Waveform(samples: [1, 2, 3, 4, 5], rate: 8000)
        #expect(sound.fitted(to: 5) == sound && sound.fitted(to: 7).samples == [1, 2, 3, 4, 5, 0, 0])
        #expect(sound.fitted(to: 3).samples == [2, 3, 4] && sound.fitted(to: 2).samples == [2, 3] && sound.fitted(to: 0).samples == [])
    }
}
