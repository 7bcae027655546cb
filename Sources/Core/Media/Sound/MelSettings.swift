// Settings of a mel spectrogram, in librosa's meaning.

public struct MelSettings: Sendable, Codable, Hashable {
    /// Hz; sound is resampled to it first.
    public var rate: Int
    /// Samples of a transform; even.
    public var fftLength: Int
    /// Samples of the window, with zeros on both sides up to the transform's length; nil where it is as long.
    public var windowLength: Int?
    /// Samples from one frame to the next.
    public var hopLength: Int
    public var bands: Int
    /// Hz.
    public var minimumFrequency: Double
    /// Hz; at most half the rate.
    public var maximumFrequency: Double

    public init(
        rate: Int = 22_050, fftLength: Int = 4096, windowLength: Int? = nil, hopLength: Int = 1365, bands: Int = 128,
        minimumFrequency: Double = 0,
        maximumFrequency: Double = 6000
    ) {
        self.rate = rate
        self.fftLength = fftLength
        self.windowLength = windowLength
        self.hopLength = hopLength
        self.bands = bands
        self.minimumFrequency = minimumFrequency
        self.maximumFrequency = maximumFrequency
    }

    /// As printed in the thesis: 16.2 frames/s, 128 frames are 7.9 s.
    public static let printed = MelSettings()
    /// 43 frames/s as the thesis' text says: 128 frames are 2.97 s.
    public static let fine = MelSettings(fftLength: 2048, hopLength: 512)
    /// Those of the public EmoCatcher (parity notes §4.1): 61.9 ms a frame, a window half as long as the transform.
    public static let emoCatcher = MelSettings(windowLength: 2048, hopLength: 1364, bands: 64)
    /// librosa's own, which AVT-CA takes for its cepstral coefficients.
    public static let librosa = MelSettings(fftLength: 2048, hopLength: 512, maximumFrequency: 11_025)

    /// Throws `MediaError.invalidRequest` where no spectrogram can be made with these settings.
    public func check() throws {
        func demand(_ condition: Bool, _ what: String) throws {
            if !condition { throw MediaError.invalidRequest(file: nil, what: what) }
        }
        try demand(AudioDecoder.rates.contains(rate), "mel settings: a rate of \(rate) Hz is not between 1000 and 768000 Hz")
        try demand(
            (2...1_048_576).contains(fftLength) && fftLength.isMultiple(of: 2),
            "mel settings: a transform of \(fftLength) samples is not even or not between 2 and 1048576")
        try demand(
            (1...fftLength).contains(windowLength ?? fftLength),
            "mel settings: a window of \(windowLength ?? 0) samples does not lie within a transform of \(fftLength)")
        try demand(hopLength > 0, "mel settings: a hop of \(hopLength) samples is not positive")
        try demand((1...4096).contains(bands), "mel settings: \(bands) bands are not between 1 and 4096")
        try demand(
            minimumFrequency >= 0 && minimumFrequency < maximumFrequency && maximumFrequency <= Double(rate) / 2,
            "mel settings: frequencies from \(minimumFrequency) to \(maximumFrequency) Hz do not lie between 0 and half the rate")
    }
}
