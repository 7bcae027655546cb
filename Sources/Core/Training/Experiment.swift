// Everything that decides what a run computes: read from TOML, stored with the run, nothing read from elsewhere.
// Defaults cite specs: "zu-dann" is the published system; "ours" marks choices that its text leaves open.
import Corpora

/// A run's configuration. Sections are TOML tables; see `Experiment.parse` for reading.
public struct Experiment: Sendable, Codable, Equatable {
    public var name = "untitled"
    /// The published system: what `SystemRegistry` builds.
    public var system = "zu-dann"
    public var data = DataSettings()
    public var inputs = InputSettings()
    public var model = ModelSettings()
    public var adaptation = AdaptationSettings()
    public var optimiser = OptimiserSettings()
    public var training = TrainingSettings()
    public var augmentation = AugmentationSettings()

    public init() {}

    /// The seed of a single run: the first of `training.seeds`.
    public var seed: UInt64 { UInt64(training.seeds.first ?? 42) }

    /// One experiment a seed, for runs that are reported as mean and deviation.
    public var perSeed: [Experiment] {
        training.seeds.map { seed in
            var one = self
            one.training.seeds = [seed]
            return one
        }
    }

    public var learningRate: LearningRateSchedule {
        LearningRateSchedule(
            kind: optimiser.schedule, peak: optimiser.learningRate, minimum: optimiser.minimumRate,
            firstCycle: optimiser.restartEpochs, factor: optimiser.restartFactor, warmUp: optimiser.warmUpEpochs,
            decayFactor: optimiser.decayFactor, decayEpochs: optimiser.decayEpochs, patience: optimiser.plateauPatience,
            coolDown: optimiser.plateauCoolDown, threshold: optimiser.plateauThreshold)
    }

    /// The planned alpha; off where nothing is adapted.
    public var alpha: AlphaSchedule {
        adaptation.method == .none ? AlphaSchedule(kind: .off) : adaptation.alpha
    }

    /// True where the run adapts to a target.
    public var adapts: Bool { adaptation.method != .none && !data.target.isEmpty }
}

public struct DataSettings: Sendable, Codable, Equatable {
    /// Names of corpora in the store. An empty target: the run neither adapts nor reports on one.
    public var source = "studio"
    public var target = "crowd"
    /// Name of a label space, e.g. `six` (zu-dann §1: calm and neutral to neutral, happy and surprised to happy), or `FILE.toml#name`.
    public var labels = "six"
    /// zu-dann §1: by actor; the single-corpus baselines split at random.
    public var split = SplitSettings.Rule.speaker
    public var validationShare = 0.2
    public var splitSeed = 42
    /// Of `folds`: how many, how they are made, and which one is held out, from 1; the last also of `leave-one-out`.
    public var folds = 10
    public var foldRule = SplitSettings.FoldRule.rotating
    public var fold = 1
    /// Keep a test part that never chooses a checkpoint.
    public var nested = false

    public init() {}

    /// The split of either corpus.
    public var splitting: SplitSettings {
        var settings = SplitSettings(split, validationShare: validationShare, seed: UInt64(bitPattern: Int64(splitSeed)), nested: nested)
        (settings.folds, settings.foldRule, settings.fold) = (folds, foldRule, fold)
        return settings
    }

    enum CodingKeys: String, CodingKey {
        case source, target, labels, split, folds, fold, nested
        case foldRule = "fold_rule"
        case validationShare = "validation_share"
        case splitSeed = "split_seed"
    }
}

/// What the model asks of a clip (zu-dann §2-3).
public struct InputSettings: Sendable, Codable, Equatable {
    public enum Normalisation: String, Sendable, Codable, CaseIterable { case clip, speech }

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
    }

    public var frames = 8
    /// Side of a face in pixels: 112 in adaptation runs, 224 in single-corpus runs.
    public var pictureSize = 112
    public var sampleRate = 22050
    public var spectrum = Spectrum.printed
    /// The printed transform: 4096 samples every 1365 (16.2 frames/s), 128 bands up to 6 kHz, 128 frames.
    public var fftSize = 4096
    public var hopLength = 1365
    public var melBands = 128
    public var melFrames = 128
    public var maximumFrequency = 6000.0
    /// Before padding over the speech, or as printed over the padded clip (`clip`).
    public var normalise = Normalisation.speech
    /// Cut silence before and after the speech (GVAD).
    public var trimSilence = true
    public var normalisePictures = PictureNormalisation.none
    public var faces = FaceInputs()

    public init() {}

    enum CodingKeys: String, CodingKey {
        case frames, normalise, spectrum, faces
        case pictureSize = "picture_size"
        case sampleRate = "sample_rate"
        case fftSize = "fft_size"
        case hopLength = "hop_length"
        case melBands = "mel_bands"
        case melFrames = "mel_frames"
        case maximumFrequency = "maximum_frequency"
        case trimSilence = "trim_silence"
        case normalisePictures = "normalise_pictures"
    }
}

public struct ModelSettings: Sendable, Codable, Equatable {
    public enum Preset: String, Sendable, Codable, CaseIterable { case nano, base }
    public enum Modalities: String, Sendable, Codable, CaseIterable { case both, audio, video }
    public enum Tokens: String, Sendable, Codable, CaseIterable { case sequence, pooled }
    public enum Pooling: String, Sendable, Codable, CaseIterable { case mean, attention }

    /// Sizes that hold where the file names none: `base` as published, `nano` for two cores.
    public var preset = Preset.base
    public var modalities = Modalities.both
    /// `sequence` (ours): audio steps attend to frames and back. `pooled` (the text): one vector each.
    public var tokens = Tokens.sequence
    /// How audio steps become one vector after fusion: their mean, or weighted by the encoder's own attention.
    public var pooling = Pooling.mean
    /// Leave padding out of attention and pooling (ours); false reproduces the text.
    public var mask = true
    public var audio = AudioSettings()
    public var video = VideoSettings()
    public var fusion = FusionSettings()

    public init() {}

    /// EmoCatcher with zu-dann §4's sizes.
    public struct AudioSettings: Sendable, Codable, Equatable {
        public var channels = [128, 256, 256]
        public var kernels = [5, 3, 3]
        public var hidden = 144
        public var layers = 2
        public var dropout = 0.1

        public init() {}
    }

    /// TimeSformer-base.
    public struct VideoSettings: Sendable, Codable, Equatable {
        public var width = 768
        public var layers = 12
        public var heads = 12
        public var mlp = 3072
        public var patch = 16
        public var dropout = 0.0
        /// Spread of position and time embeddings at the start; a short run from scratch needs them louder than 0.02 (ours).
        public var positionDeviation = 0.02

        public init() {}

        enum CodingKeys: String, CodingKey {
            case width, layers, heads, mlp, patch, dropout
            case positionDeviation = "position_deviation"
        }
    }

    /// Progressive middle fusion, its head, and the discriminator (zu-dann §4).
    public struct FusionSettings: Sendable, Codable, Equatable {
        public var width = 192
        public var heads = 8
        public var stages = 2
        public var dropout = 0.1
        public var discriminatorWidth = 96
        public var discriminatorDropout = 0.15

        public init() {}

        enum CodingKeys: String, CodingKey {
            case width, heads, stages, dropout
            case discriminatorWidth = "discriminator_width"
            case discriminatorDropout = "discriminator_dropout"
        }
    }
}

public struct AdaptationSettings: Sendable, Codable, Equatable {
    public enum Method: String, Sendable, Codable, CaseIterable { case dann, none }
    public enum Batches: String, Sendable, Codable, CaseIterable { case alternating, joint }

    public var method = Method.dann
    /// lambda of the loss; the text gives no number (ours: 1).
    public var weight = 1.0
    /// A source batch, then a target batch (the text), or half of each in every step (ours).
    public var batches = Batches.alternating
    /// Where a discriminator stands: `fused`; also `audio`, `video`, `stage1`, `stage2`.
    public var discriminators = ["fused"]
    /// Which target training clips are used. `stratified` looks at target labels (the text, 25 %); the others do not.
    public var subset = TargetSubset.all
    public var subsetShare = 0.25
    /// Who chooses by `uncertainty` and `k-centre`: a weights file, or an earlier run's best weights as `run:12`.
    public var subsetModel = ""
    public var alpha = AlphaSchedule()

    public init() {}

    enum CodingKeys: String, CodingKey {
        case method, weight, batches, discriminators, subset, alpha
        case subsetShare = "subset_share"
        case subsetModel = "subset_model"
    }
}

/// zu-dann §5: AdamW 5e-5, decay 2e-5 for adaptation, cosine warm restarts T0 10, x2, down to 1e-6.
public struct OptimiserSettings: Sendable, Codable, Equatable {
    public enum Method: String, Sendable, Codable, CaseIterable {
        case adamw
        /// Decay added to the gradient.
        case adam
        /// With Nesterov's momentum; decay added to the gradient.
        case sgd
        /// As EmoCatcher was trained: decay added to the gradient, not rectified (parity notes §4.5).
        case adabelief
    }

    public var method = Method.adamw
    public var learningRate = 5e-5
    public var weightDecay = 2e-5
    /// Of `sgd`.
    public var momentum = 0.9
    public var schedule = LearningRateKind.cosineWarmRestarts
    public var restartEpochs = 10
    public var restartFactor = 2
    public var minimumRate = 1e-6
    public var warmUpEpochs = 0.0
    /// By how much `exponential` (every epoch), `step` (every `decay_epochs`) and `plateau` shrink the rate.
    public var decayFactor = 0.5
    public var decayEpochs = 10
    /// `plateau` watches the validation loss of the domain that chooses the checkpoint; 10 epochs and half the rate are chang-mrpn §3.7.5.
    public var plateauPatience = 10
    public var plateauCoolDown = 0
    public var plateauThreshold = 1e-4
    /// Largest global norm of the gradient; 0 leaves it alone (ours: 1).
    public var clipNorm = 1.0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case method, schedule, momentum
        case learningRate = "learning_rate"
        case weightDecay = "weight_decay"
        case restartEpochs = "restart_epochs"
        case restartFactor = "restart_factor"
        case minimumRate = "minimum_rate"
        case warmUpEpochs = "warm_up_epochs"
        case decayFactor = "decay_factor"
        case decayEpochs = "decay_epochs"
        case plateauPatience = "plateau_patience"
        case plateauCoolDown = "plateau_cool_down"
        case plateauThreshold = "plateau_threshold"
        case clipNorm = "clip_norm"
    }
}

/// zu-dann §5, adaptation column.
public struct TrainingSettings: Sendable, Codable, Equatable {
    public enum Selection: String, Sendable, Codable, CaseIterable { case source, oracle }

    public var epochs = 60
    public var batch = 4
    /// Epochs without a better one before the run ends; 0 never ends it early.
    public var patience = 20
    public var labelSmoothing = 0.1
    /// Whose validation accuracy chooses the checkpoint. `oracle` looks at target labels and must be reported as such.
    public var selection = Selection.source
    public var seeds = [42, 123, 2024]

    public init() {}

    enum CodingKeys: String, CodingKey {
        case epochs, batch, patience, selection, seeds
        case labelSmoothing = "label_smoothing"
    }
}

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

    public init() {}

    enum CodingKeys: String, CodingKey {
        case enabled, noise, gain, masks, mirror, brightness, contrast, saturation, crop, jitter, rotation
        case timeShift = "time_shift"
        case noiseMinimum = "noise_minimum"
        case noiseMaximum = "noise_maximum"
        case maskWidth = "mask_width"
    }

    /// True where the waveform itself is changed.
    public var changesSound: Bool { enabled && (timeShift > 0 || noise > 0 || gain > 0) }
}
