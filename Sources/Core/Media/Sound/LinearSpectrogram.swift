// Spectrograms with bins of equal width, for the systems that see sound without a mel scale.
import Foundation

/// Settings of a linear spectrogram, in librosa's meaning.
public struct LinearSpectrogramSettings: Sendable, Codable, Hashable {
    public enum Scale: String, Sendable, Codable, Hashable, CaseIterable {
        case power, magnitude
        /// librosa's `amplitude_to_db`: 20·log₁₀(max(1e-5, |X|)), at most 80 dB below the loudest cell.
        case decibels
        /// ln(1e-6 + |X|).
        case logarithm
    }

    /// Hz; sound is resampled to it first.
    public var rate: Int
    /// Samples of a transform; even.
    public var fftLength: Int
    /// Samples of the window; nil where it is as long as the transform.
    public var windowLength: Int?
    public var hopLength: Int
    public var window: ShortTimeSpectrum.Window
    public var scale: Scale
    /// Bins from the lowest one that are left out; 1 leaves out the constant part.
    public var firstBin: Int
    /// Bins kept, nil for all that follow.
    public var bins: Int?

    public init(
        rate: Int = 22_050, fftLength: Int = 2048, windowLength: Int? = nil, hopLength: Int = 512, window: ShortTimeSpectrum.Window = .hann,
        scale: Scale = .decibels, firstBin: Int = 0, bins: Int? = nil
    ) {
        self.rate = rate
        self.fftLength = fftLength
        self.windowLength = windowLength
        self.hopLength = hopLength
        self.window = window
        self.scale = scale
        self.firstBin = firstBin
        self.bins = bins
    }

    /// 257 bins of 31.25 Hz, 250 frames a second (chang-mrpn §2.7).
    public static let mrpn = LinearSpectrogramSettings(rate: 16_000, fftLength: 512, hopLength: 64)
    /// 256 bins, 100 frames a second, windows of 32 ms (mocanu §2.2).
    public static let metricAttention = LinearSpectrogramSettings(
        rate: 16_000, fftLength: 512, hopLength: 160, window: .hamming, scale: .logarithm, firstBin: 1)
}

/// Made once for its settings, used from any thread.
public struct LinearSpectrogram: Sendable {
    public let settings: LinearSpectrogramSettings
    /// The bins kept.
    public let bins: Range<Int>
    private let spectrum: ShortTimeSpectrum

    /// Throws `MediaError.invalidRequest` for impossible settings.
    public init(_ settings: LinearSpectrogramSettings) throws {
        guard AudioDecoder.rates.contains(settings.rate), settings.fftLength <= 1_048_576 else {
            throw MediaError.invalidRequest(
                file: nil, what: "a spectrogram at \(settings.rate) Hz with transforms of \(settings.fftLength) samples cannot be made")
        }
        spectrum = try ShortTimeSpectrum(
            fftLength: settings.fftLength, hopLength: settings.hopLength, windowLength: settings.windowLength, window: settings.window)
        let (first, count) = (settings.firstBin, settings.bins ?? spectrum.bins - settings.firstBin)
        guard first >= 0, count > 0, first < spectrum.bins, count <= spectrum.bins - first else {
            throw MediaError.invalidRequest(
                file: nil, what: "\(count) bins from bin \(first) on: a transform of \(settings.fftLength) samples has \(spectrum.bins)")
        }
        bins = first..<(first + count)
        self.settings = settings
    }

    /// `[bins, 1 + samples / hop]`, lowest bin first. Throws where the waveform has another rate than the settings.
    public func callAsFunction(_ waveform: Waveform) throws -> Spectrogram {
        guard waveform.rate == settings.rate else {
            throw MediaError.invalidRequest(
                file: nil, what: "a waveform at \(waveform.rate) Hz does not fit a spectrogram for \(settings.rate) Hz")
        }
        var result = try spectrum.power(waveform.samples)
        if bins.count < result.bands {
            let cells = result.values[(bins.lowerBound * result.frames)..<(bins.upperBound * result.frames)]
            result = Spectrogram(values: Array(cells), bands: bins.count, frames: result.frames)
        }
        switch settings.scale {
        case .power: return result
        case .decibels: return Decibels.fromPower(result)
        case .magnitude: result.values.withUnsafeMutableBufferPointer { for i in $0.indices { $0[i] = $0[i].squareRoot() } }
        case .logarithm: result.values.withUnsafeMutableBufferPointer { for i in $0.indices { $0[i] = log(1e-6 + $0[i].squareRoot()) } }
        }
        return result
    }
}
