// The fixed-size log-mel matrix that the audio network reads: speech cut out by voice activity, cropped or padded, normalised.

/// How a clip's sound becomes its matrix.
public struct MelImageSettings: Sendable, Codable, Hashable {
    public enum Normalisation: String, Sendable, Codable, Hashable, CaseIterable {
        /// After padding, over all cells: the printed order. The padding (0 dB) moves the mean.
        case clip
        /// Before padding, over the frames of sound; padding is then 0, the mean.
        case speech
        /// As `speech`, but every band loses its own mean: what a room and a microphone do to all of a clip alike goes with it
        /// (cepstral mean subtraction, Atal 1974, on bands).
        case band
        /// Over the training clips of the corpus, each band for itself. One clip does not know these: its image stays in dB, padded with 0,
        /// until `BandStatistics` of many clips normalise it.
        case corpus
        /// The same over all clips of the speaker.
        case speaker

        /// Whether it takes more than the clip itself.
        public var isOverManyClips: Bool { self == .corpus || self == .speaker }
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

    /// What of a clip's spectrogram its image shows. Speech is looked for in the sound less its constant part, which a recorder adds and nobody hears:
    /// the lowest band would be full all the time.
    public func cut(of waveform: Waveform, _ decibels: Spectrogram) throws -> MelCut {
        guard settings.cutsToSpeech, let centred = waveform.centred else { return settings.cut(of: decibels) }
        return settings.cut(of: try self.decibels(centred))
    }

    public func image(of waveform: Waveform) throws -> MelImage {
        let decibels = try decibels(waveform)
        return image(of: decibels, try cut(of: waveform, decibels))
    }

    /// Cuts, pads and normalises. The thesis trims the sound and then speaks of its spectrogram; here, as in the code that its gate
    /// comes from, one spectrogram is made of the whole clip, the gate reads it, and its frames are cut: no edge appears in the
    /// sound, and the gate's frames are exactly the columns kept.
    public func image(of decibels: Spectrogram) -> MelImage { image(of: decibels, settings.cut(of: decibels)) }

    private func image(of decibels: Spectrogram, _ cut: MelCut) -> MelImage {
        let (image, left) = settings.assembled(decibels.frames(cut.kept))
        return MelImage(
            spectrogram: image, firstRealFrame: left, realFrames: cut.kept.count, speech: cut.speech, hasSpeech: cut.hasSpeech)
    }
}

/// Which frames of a clip's spectrogram its image shows.
public struct MelCut: Sendable, Equatable {
    /// Frames of speech; all of them where none was found.
    public var speech: Range<Int>
    /// The middle of the speech, at most as many frames as the image has.
    public var kept: Range<Int>
    /// False where voice activity found no speech, or was not asked.
    public var hasSpeech: Bool
}

extension MelImageSettings {
    /// Asks the gate what to keep of a whole clip's spectrogram in dB.
    public func cut(of decibels: Spectrogram) -> MelCut {
        let found = cutsToSpeech ? VoiceActivity.speechRange(in: decibels) : nil
        let speech = found ?? 0..<decibels.frames
        var kept = speech
        if kept.count > frames {
            let start = kept.lowerBound + (kept.count - frames) / 2
            kept = start..<(start + frames)
        }
        return MelCut(speech: speech, kept: kept, hasSpeech: found != nil)
    }

    /// The image of the frames kept, at most `frames` of them in dB: padded and normalised, and its first column that is sound.
    public func assembled(_ kept: Spectrogram) -> (image: Spectrogram, firstRealFrame: Int) {
        precondition(kept.frames <= frames, "an image of \(frames) frames has no room for \(kept.frames)")
        var sound = kept
        if normalisation == .band { sound.removeBandMeans() }
        if normalisation == .band || normalisation == .speech { Self.normalise(&sound.values) }
        let left = (frames - sound.frames) / 2
        var image = Spectrogram(values: [Float](repeating: 0, count: sound.bands * frames), bands: sound.bands, frames: frames)
        for band in 0..<sound.bands {
            for frame in 0..<sound.frames { image.values[band * frames + left + frame] = sound[band, frame] }
        }
        if normalisation == .clip { Self.normalise(&image.values) }
        return (image, left)
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

extension Spectrogram {
    /// Every band less its mean over the frames.
    fileprivate mutating func removeBandMeans() {
        for band in 0..<bands where frames > 0 {
            let row = band * frames..<(band + 1) * frames
            let mean = values[row].reduce(0.0) { $0 + Double($1) } / Double(frames)
            for i in row { values[i] = Float(Double(values[i]) - mean) }
        }
    }
}
