// The fixed-size log-mel matrix that the audio network reads: speech cut out by voice activity, cropped or padded, normalised.

/// How a clip's sound becomes its matrix.
public struct MelImageSettings: Sendable, Codable, Hashable {
    public enum Normalisation: String, Sendable, Codable, Hashable, CaseIterable {
        /// After padding, over all cells: the printed order. The padding (0 dB) moves the mean.
        case clip
        /// Before padding, over the frames of sound; padding is then 0, the mean.
        case speech
    }

    public var mel: MelSettings
    /// Frames of the matrix.
    public var frames: Int
    public var normalisation: Normalisation
    /// Keep only what lies between the first and the last speech frame.
    public var cutsToSpeech: Bool

    public init(mel: MelSettings = .printed, frames: Int = 128, normalisation: Normalisation = .clip, cutsToSpeech: Bool = true) {
        self.mel = mel
        self.frames = frames
        self.normalisation = normalisation
        self.cutsToSpeech = cutsToSpeech
    }
}

public struct MelImage: Sendable, Equatable {
    /// `[bands, frames]`, normalised.
    public var spectrogram: Spectrogram
    /// First column that is sound, not padding, and the number of such columns.
    public var firstRealFrame: Int
    public var realFrames: Int
    /// Frames of speech in the spectrogram of the whole clip; all of them where none was found.
    public var speech: Range<Int>
    /// False where voice activity found no speech, or was not asked.
    public var hasSpeech: Bool
}

/// Makes mel images; built once for its settings, used from any thread.
public struct MelFrontEnd: Sendable {
    public let settings: MelImageSettings
    private let mel: MelSpectrogram

    /// Throws `MediaError.invalidRequest` for impossible settings.
    public init(_ settings: MelImageSettings) throws {
        guard settings.frames > 0 else {
            throw MediaError.invalidRequest(file: nil, what: "a mel image of \(settings.frames) frames")
        }
        self.settings = settings
        mel = try MelSpectrogram(settings.mel)
    }

    /// The clip's mel spectrogram in dB re 1, before it is cut, padded or normalised.
    public func decibels(_ waveform: Waveform) throws -> Spectrogram { try mel.decibels(waveform) }

    public func image(of waveform: Waveform) throws -> MelImage { image(of: try decibels(waveform)) }

    /// Cuts, pads and normalises. The thesis trims the sound and then speaks of its spectrogram; here, as in the code that its gate
    /// comes from, one spectrogram is made of the whole clip, the gate reads it, and its frames are cut: no edge appears in the
    /// sound, and the gate's frames are exactly the columns kept.
    public func image(of decibels: Spectrogram) -> MelImage {
        let found = settings.cutsToSpeech ? VoiceActivity.speechRange(in: decibels) : nil
        let speech = found ?? 0..<decibels.frames
        var kept = speech
        if kept.count > settings.frames {
            let start = kept.lowerBound + (kept.count - settings.frames) / 2
            kept = start..<(start + settings.frames)
        }
        var sound = decibels.frames(kept)
        if settings.normalisation == .speech { Self.normalise(&sound.values) }
        let left = (settings.frames - kept.count) / 2
        var image = Spectrogram(
            values: [Float](repeating: 0, count: sound.bands * settings.frames), bands: sound.bands, frames: settings.frames)
        for band in 0..<sound.bands {
            for frame in 0..<sound.frames { image.values[band * settings.frames + left + frame] = sound[band, frame] }
        }
        if settings.normalisation == .clip { Self.normalise(&image.values) }
        return MelImage(
            spectrogram: image, firstRealFrame: left, realFrames: kept.count, speech: speech, hasSpeech: found != nil)
    }

    /// (x - mean) / (standard deviation + 1e-5) over all values.
    static func normalise(_ values: inout [Float]) {
        guard !values.isEmpty else { return }
        let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
        let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)
        let scale = 1 / (variance.squareRoot() + 1e-5)
        for i in values.indices { values[i] = Float((Double(values[i]) - mean) * scale) }
    }
}
