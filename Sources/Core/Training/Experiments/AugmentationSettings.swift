// `[augmentation]`: what is changed in training clips.

/// Augmentation of training clips; the text names none (ours), so it is off unless asked for. A key at 0 (`crop` at 1, `mirror` at
/// false) leaves out just that change.
public struct AugmentationSettings: Sendable, Codable, Equatable {
    public var enabled = false
    /// Largest shift of the sound in spectrogram frames, either way.
    public var timeShift = 6
    /// Share of clips that get white noise, and the bounds of its signal-to-noise ratio in dB.
    public var noise = 0.5
    public var noiseMinimum = 10.0
    public var noiseMaximum = 30.0
    /// Largest change of loudness, either way, in dB.
    public var gain = 6.0
    /// SpecAugment: masks of each kind and their largest width in cells.
    public var masks = 2
    public var maskWidth = 8
    /// Mirror half of the clips, all frames of a clip alike.
    public var mirror = true
    /// Largest change of each, as a share.
    public var brightness = 0.2
    public var contrast = 0.2
    public var saturation = 0.2
    /// The smallest part of the side that is cut out and brought back to full size.
    public var crop = 0.9
    /// How far the cut may be moved beyond its place, as a share of the side.
    public var jitter = 0.02
    /// Largest angle in whole degrees, either way (avt-ca §2); zu-dann turns nothing.
    public var rotation = 0
    /// Share of clips that lose their sound or their pictures, one as often as the other, where the model has both: so that it leans on
    /// neither alone (ours; ModDrop, Neverova et al. 2016).
    public var modalityDropout = 0.0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case enabled, noise, gain, masks, mirror, brightness, contrast, saturation, crop, jitter, rotation
        case timeShift = "time_shift"
        case noiseMinimum = "noise_minimum"
        case noiseMaximum = "noise_maximum"
        case maskWidth = "mask_width"
        case modalityDropout = "modality_dropout"
    }

    /// True where the waveform itself is changed.
    public var changesSound: Bool { enabled && (timeShift > 0 || noise > 0 || gain > 0) }
}
