// `[inputs]`: what the model asks of a clip.
import Media

/// What the model asks of a clip (zu-dann §2-3).
public struct InputSettings: Sendable, Codable, Equatable {
    public typealias Normalisation = MelImageSettings.Normalisation

    /// What happens to pictures after division by 255.
    public enum PictureNormalisation: String, Sendable, Codable, CaseIterable {
        /// Nothing, as in the text.
        case none
        /// The pretrained backbone's constants: mean 0.45, deviation 0.225.
        case backbone
        /// Each clip's own mean and deviation per colour, which takes out light and tint (ours).
        case clip
        /// What changes since the clip's first picture, in tenths of the full range: acted clips begin at rest, so this leaves the
        /// expression and takes out who it is (ours).
        case change
    }

    /// Presets of the transform. A key that the file names wins over its preset.
    public enum Spectrum: String, Sendable, Codable, CaseIterable {
        /// As printed: 4096 samples every 1365, 16.2 frames/s.
        case printed
        /// 43 frames/s as the thesis' text says: 2048 samples every 512.
        case fine
        /// The public EmoCatcher's (parity notes §4.1): 4096 samples every 1364, a window of 2048, 64 bands.
        case emocatcher
    }

    public var frames = 8
    /// Side of a face in pixels: 112 in adaptation runs, 224 in single-corpus runs.
    public var pictureSize = 112
    public var sampleRate = 22050
    public var spectrum = Spectrum.printed
    /// The printed transform: 4096 samples every 1365 (16.2 frames/s), 128 bands up to 6 kHz, 128 frames.
    public var fftSize = 4096
    public var hopLength = 1365
    /// Samples of the window, with zeros on both sides up to the transform's length; 0: as long as the transform.
    public var windowLength = 0
    public var melBands = 128
    public var melFrames = 128
    public var maximumFrequency = 6000.0
    /// Before padding over the speech, with each band's own mean (`band`), or as printed over the padded clip (`clip`).
    public var normalise = Normalisation.speech
    /// Cut silence before and after the speech (GVAD).
    public var trimSilence = true
    public var normalisePictures = PictureNormalisation.none
    public var faces = FaceInputs()

    public init() {}

    package enum CodingKeys: String, CodingKey {
        case frames, normalise, spectrum, faces
        case pictureSize = "picture_size"
        case sampleRate = "sample_rate"
        case fftSize = "fft_size"
        case hopLength = "hop_length"
        case windowLength = "window_length"
        case melBands = "mel_bands"
        case melFrames = "mel_frames"
        case maximumFrequency = "maximum_frequency"
        case trimSilence = "trim_silence"
        case normalisePictures = "normalise_pictures"
    }
}
