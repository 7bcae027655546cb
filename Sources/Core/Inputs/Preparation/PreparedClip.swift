import Faces
import Media
import Records

/// A clip as the model wants it: spectrogram and frames, and what finding them gave.
public struct PreparedClip: Sendable, Equatable {
    /// Log-mel spectrogram `[melBands, melFrames]`, row-major, dB, normalised and padded as the settings say.
    public var mel: [Float]
    public var melBands: Int
    public var melFrames: Int
    /// First frame of `mel` that is sound, not padding, and the number of such frames.
    public var firstSoundFrame: Int
    public var soundFrames: Int
    /// Faces `[frames, size, size, 3]`, 8-bit RGB.
    public var pictures: [UInt8]
    public var frames: Int
    public var size: Int
    /// One finding a frame.
    public var faces: [FaceFinding]
    /// Seconds of the whole clip.
    public var duration: Double
    /// False where voice activity found no speech and the whole clip was kept.
    public var hasSpeech: Bool
    /// The sound's envelope for drawing: pairs of minimum and maximum over equal slices, `[slices * 2]`.
    public var envelope: [Float]
    public var hasAudio: Bool
    public var hasVideo: Bool
    /// The sound that `mel` was made of, where it was asked for.
    public var sound: PreparedSound?
    /// How it was prepared; nil for a clip that was made of numbers.
    public var preparation: EffectivePreparation?
    /// What a person should know of its files, where they were decoded now; of a stored clip its `ClipFinding` has them.
    public var warnings: [String] = []
    /// What `mel` was normalised by, where that was measured over many clips.
    public private(set) var statistics: BandStatistics?

    public init(
        mel: [Float], melBands: Int, melFrames: Int, firstSoundFrame: Int, soundFrames: Int, pictures: [UInt8], frames: Int,
        size: Int, faces: [FaceFinding], duration: Double, hasSpeech: Bool, envelope: [Float], hasAudio: Bool, hasVideo: Bool,
        sound: PreparedSound? = nil
    ) {
        self.mel = mel
        self.melBands = melBands
        self.melFrames = melFrames
        self.firstSoundFrame = firstSoundFrame
        self.soundFrames = soundFrames
        self.pictures = pictures
        self.frames = frames
        self.size = size
        self.faces = faces
        self.duration = duration
        self.hasSpeech = hasSpeech
        self.envelope = envelope
        self.hasAudio = hasAudio
        self.hasVideo = hasVideo
        self.sound = sound
    }

    /// Normalises the sound, which is in dB; padding stays 0, the mean.
    public mutating func normalise(by statistics: BandStatistics) {
        statistics.normalise(&mel, frames: melFrames, in: firstSoundFrame..<firstSoundFrame + soundFrames)
        self.statistics = statistics
    }

    /// Puts an image of changed sound, as long as before, in the place of the clip's own, and normalises it as that was.
    public mutating func replaceImage(_ image: [Float], firstSoundFrame: Int) {
        (mel, self.firstSoundFrame) = (image, firstSoundFrame)
        if let statistics { normalise(by: statistics) }
    }

    /// Bytes that its arrays take in memory.
    public var bytes: Int {
        (mel.count + envelope.count) * 4 + pictures.count + faces.count * 128 + (sound?.samples.count ?? 0) * 2 + 512
    }
}

/// A clip's waveform in 16 bits, for what changes the sound itself: augmentation, noise, other spectra.
public struct PreparedSound: Sendable, Equatable {
    /// Mono, the loudest at 32767; a sample is its value times `scale`.
    public var samples: [Int16]
    public var scale: Float
    /// Hz: the mel spectrogram's.
    public var rate: Int
    /// Where in the clip the samples begin: not 0 in recordings longer than `longest`.
    public var firstSample: Int
    /// The frames of the whole clip's spectrogram that its image shows.
    public var kept: Range<Int>

    /// Of a longer recording only that much around the frames kept is stored, in s; more where the frames kept take more.
    public static let longest = 60.0

    /// Samples that are stored at most.
    static func most(_ settings: MelImageSettings) -> Int {
        max(Int(longest * Double(settings.mel.rate)), settings.frames * settings.mel.hopLength + 2 * settings.mel.fftLength)
    }

    public init(samples: [Int16], scale: Float, rate: Int, firstSample: Int = 0, kept: Range<Int>) {
        self.samples = samples
        self.scale = scale
        self.rate = rate
        self.firstSample = firstSample
        self.kept = kept
    }

    /// What is stored of a clip's sound: all of it, or a stretch around the middle of the frames kept.
    init(_ waveform: Waveform, kept: Range<Int>, _ settings: MelImageSettings) {
        let most = Self.most(settings)
        var range = 0..<waveform.samples.count
        if range.count > most {
            let middle = (kept.lowerBound + kept.upperBound) / 2 * settings.mel.hopLength
            let first = min(max(0, middle - most / 2), range.count - most)
            range = first..<(first + most)
        }
        var peak: Float = 0
        for sample in waveform.samples[range] { peak = max(peak, abs(sample)) }
        let scale = peak > 0 ? peak / 32767 : 1
        let samples = waveform.samples[range].map { Int16(max(-32767, min(32767, ($0 / scale).rounded()))) }
        self.init(samples: samples, scale: scale, rate: waveform.rate, firstSample: range.lowerBound, kept: kept)
    }

    public var waveform: Waveform { Waveform(samples: samples.map { Float($0) * scale }, rate: rate) }
}

/// What is kept of a clip in the store: all that takes decoding, nothing that a sum makes of it.
struct StoredClip: Sendable, Equatable {
    /// The frames kept, dB re 1, `[bands, kept]`; no frames where the clip has no sound.
    var decibels: Spectrogram
    var pictures: [UInt8]
    var frames: Int
    var size: Int
    var faces: [FaceFinding]
    var duration: Double
    var hasSpeech: Bool
    var envelope: [Float]
    var hasAudio: Bool
    var hasVideo: Bool
    var sound: PreparedSound?
    /// Why there is no sound, or there are no pictures, and what a person should know: kept in the clip's finding, not with its arrays.
    var soundFault: String?
    var pictureFault: String?
    var warnings: [String] = []

    /// Bytes of its arrays, as they would lie in memory.
    var bytes: Int { (decibels.values.count + envelope.count) * 4 + pictures.count + faces.count * 64 + (sound?.samples.count ?? 0) * 2 }

    /// Assembled for a model: the same whether it was decoded now or came from the store.
    func prepared(_ preparation: EffectivePreparation) -> PreparedClip {
        let settings = preparation.settings
        var (mel, first) = (Spectrogram(values: [], bands: 0, frames: 0), 0)
        if hasAudio {
            (mel, first) = settings.sound.assembled(decibels)
        } else {
            let (bands, frames) = (settings.sound.mel.bands, settings.sound.frames)
            mel = Spectrogram(values: [Float](repeating: 0, count: bands * frames), bands: bands, frames: frames)
        }
        var clip = PreparedClip(
            mel: mel.values, melBands: mel.bands, melFrames: mel.frames, firstSoundFrame: first,
            soundFrames: hasAudio ? decibels.frames : 0,
            pictures: pictures, frames: frames, size: size, faces: faces, duration: duration, hasSpeech: hasSpeech, envelope: envelope,
            hasAudio: hasAudio, hasVideo: hasVideo, sound: sound)
        clip.preparation = preparation
        clip.warnings = warnings
        return clip
    }
}
