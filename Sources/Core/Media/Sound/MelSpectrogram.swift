// Mel power spectrogram of a waveform, librosa's `feature.melspectrogram`. Made once for its settings, used from any thread.

public struct MelSpectrogram: Sendable {
    public let settings: MelSettings
    public let bank: MelFilterBank
    private let spectrum: ShortTimeSpectrum

    /// Throws `MediaError.invalidRequest` for impossible settings.
    public init(_ settings: MelSettings) throws {
        self.settings = settings
        bank = try MelFilterBank(settings)
        spectrum = try ShortTimeSpectrum(fftLength: settings.fftLength, hopLength: settings.hopLength)
    }

    /// Power `[bands, 1 + samples / hop]`. Throws where the waveform has another rate than the settings.
    public func power(_ waveform: Waveform) throws -> Spectrogram {
        guard waveform.rate == settings.rate else {
            throw MediaError.invalidRequest(
                file: nil, what: "a waveform at \(waveform.rate) Hz does not fit mel settings for \(settings.rate) Hz")
        }
        let frames = spectrum.frames(samples: waveform.samples.count)
        let values = try [Float](unsafeUninitializedCapacity: settings.bands * frames) { values, count in
            values.initialize(repeating: 0)
            count = values.count
            let target = values.baseAddress!
            try spectrum.forEachBlock(waveform.samples, bins: bank.usedBins) { first, count, power in
                for (band, filter) in bank.filters.enumerated() {
                    var sum = SIMD8<Float>.zero
                    let bins = power + filter.first
                    filter.weights.withUnsafeBufferPointer { weights in
                        for i in 0..<weights.count { sum += weights[i] * bins[i] }
                    }
                    for lane in 0..<count { target[band * frames + first + lane] = sum[lane] }
                }
            }
        }
        return Spectrogram(values: values, bands: settings.bands, frames: frames)
    }

    /// Power in dB re 1, at most 80 dB below the loudest cell.
    public func decibels(_ waveform: Waveform) throws -> Spectrogram { Decibels.fromPower(try power(waveform)) }
}
