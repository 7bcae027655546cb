// The rows of an experiment's keys. Types come from the defaults, so a row says only what a default cannot.
import Base
import Corpora
import Faces
import Networks
import Records

extension Experiment {
    /// What is known of every key, section by section in the order of a file.
    public static let rows = ExperimentRows.all

    public static func row(named name: String) -> KeyRow? { ExperimentRows.byName[name] }
}

private enum ExperimentRows {
    static let all = typed(data + inputs + model + adaptation + optimiser + training + augmentation + report)
    static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    private struct Row {
        var name: String
        var bounds: KeyRow.Bounds?
        var unit: String?
        var choices: [String]?
        var effect: KeyRow.Effect
        var help: String
    }

    private static func row(_ name: String, _ bounds: KeyRow.Bounds?, _ unit: String?, _ effect: KeyRow.Effect, _ help: String) -> Row {
        Row(name: name, bounds: bounds, unit: unit, effect: effect, help: help)
    }

    private static func row(_ name: String, _ bounds: KeyRow.Bounds, _ unit: String, _ help: String) -> Row {
        row(name, bounds, unit, .newRun, help)
    }
    private static func row(_ name: String, _ bounds: KeyRow.Bounds, _ help: String) -> Row { row(name, bounds, nil, .newRun, help) }
    private static func row(_ name: String, _ help: String) -> Row { row(name, nil, nil, .newRun, help) }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _: Choice.Type, _ effect: KeyRow.Effect, _ help: String
    )
        -> Row
    where Choice.RawValue == String {
        Row(name: name, choices: Choice.allCases.map(\.rawValue), effect: effect, help: help)
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _ type: Choice.Type, _ help: String) -> Row
    where Choice.RawValue == String { choice(name, type, .newRun, help) }

    /// Rows with the types of their defaults. A row without a default, and a default without a row, are mistakes that a test finds.
    private static func typed(_ rows: [Row]) -> [KeyRow] {
        let defaults = (try? TomlValue(Experiment())) ?? .table([:])
        return rows.map { row in
            let node = defaults[row.name.split(separator: ".").map(String.init)] ?? .string("")
            return KeyRow(
                name: row.name, kind: kind(of: node, row.choices), bounds: row.bounds, unit: row.unit, effect: row.effect, help: row.help)
        }
    }

    private static func kind(of node: TomlValue, _ choices: [String]?) -> KeyRow.Kind {
        switch node {
        case .bool: .bool
        case .integer: .integer
        case .real: .real
        case .array(let items): .list(kind(of: items.first ?? .string(""), choices))
        case .string, .table, .date: choices.map(KeyRow.Kind.choice) ?? .text
        }
    }

    private static let data: [Row] = [
        row("name", "Name of the run and of its folder"),
        row("system", "Published system that the run trains"),
        row("data.source", "Source corpus by name; the run learns from its labels"),
        row("data.target", "Target corpus by name; empty trains on the source alone"),
        row("data.labels", "Label space: six, eight or another by name, or FILE.toml#name"),
        choice("data.split", SplitSettings.Rule.self, "Rule that divides clips into training, validation and test"),
        row("data.validation_share", .inner, "Share of speakers (or of clips, for a random split) used for validation"),
        row("data.split_seed", "Seed of a split that is drawn at random"),
        row("data.folds", .from(2, to: 10_000), "folds", "Number of folds, for data.split = folds"),
        choice("data.fold_rule", SplitSettings.FoldRule.self, "Rule that assigns speakers to folds, for data.split = folds"),
        row("data.fold", .from(1, to: 10_000), "Fold (or speaker, for leave-one-out) held out in this run, from 1"),
        row("data.nested", "Keep a test part that never chooses the checkpoint"),
    ]

    private static let inputs: [Row] = [
        row("inputs.frames", .from(1, to: 128), "frames", "Video frames per clip, evenly spaced"),
        row("inputs.picture_size", .from(8, to: 512), "px", "Side of the square face crop that the model gets"),
        row("inputs.sample_rate", .from(4000, to: 192_000), "Hz", "Sample rate to which audio is resampled"),
        choice("inputs.spectrum", InputSettings.Spectrum.self, "Spectrogram preset; sets every size below that stands at its default"),
        row("inputs.fft_size", .from(64, to: 65536), "samples", "FFT length of the spectrogram"),
        row("inputs.hop_length", .from(16, to: 65536), "samples", "Distance between two FFT windows"),
        row("inputs.window_length", .from(0, to: 65536), "samples", "Length of the analysis window; 0 uses the FFT length"),
        row("inputs.mel_bands", .from(8, to: 512), "bands", "Number of mel bands of the spectrogram"),
        row("inputs.mel_frames", .from(8, to: 4096), "frames", "Length of the spectrogram; shorter clips are padded, longer ones cut"),
        row("inputs.maximum_frequency", .positive, "Hz", "Upper edge of the highest mel band; at most half the sample rate"),
        choice(
            "inputs.normalise", InputSettings.Normalisation.self, "Data over which the spectrogram is brought to mean 0 and deviation 1"),
        row("inputs.trim_silence", "Cut silence before and after the speech"),
        choice("inputs.normalise_pictures", InputSettings.PictureNormalisation.self, "Normalisation of face crops after division by 255"),
        choice("inputs.faces.detector", FaceSettings.Detector.self, "Face detector; centred-square crops without one"),
        choice("inputs.faces.selection", FaceSettings.Selection.self, "Face that is used where a frame has several"),
        row("inputs.faces.minimum_face", .from(12, to: 4096), "px", "Smallest face that the detector looks for, by its shorter side"),
        row("inputs.faces.pyramid_factor", .from(0.1, to: 0.95), "Scale between two levels of the detector's image pyramid"),
        row("inputs.faces.thresholds", .from(0.05, to: 1), "Lowest face probabilities accepted by the detector's three networks"),
        row("inputs.faces.margin", .from(0, to: 0.9), "Share of the crop's side that lies around the face box"),
        choice("inputs.faces.shape", FaceSettings.Shape.self, "Crop shape: the face box itself, or the square around its centre"),
        choice("inputs.faces.resize", FaceSettings.Resize.self, "Method that scales a crop to picture_size"),
        choice("inputs.faces.alignment", FaceSettings.Alignment.self, "Rotate and scale crops so that the eyes lie level at fixed places"),
        choice("inputs.faces.smoothing", FaceSettings.Smoothing.self, "Smoothing of face boxes over time"),
        row("inputs.faces.smoothing_radius", .from(1, to: 1000), "frames", "Frames on each side that smoothing averages over"),
        row("inputs.faces.every", .from(1, to: 1000), "frames", "Run the detector on every n-th frame; boxes between are interpolated"),
        choice("inputs.faces.missing", FaceSettings.Missing.self, "Crop that replaces a face that was not found"),
    ]

    private static let model: [Row] = [
        choice("model.preset", ModelSettings.Preset.self, "Model size; sets every size and rate that stands at its default"),
        choice("model.modalities", ModelSettings.Modalities.self, "Inputs of the model: audio, video or both"),
        choice("model.tokens", ModelSettings.Tokens.self, "Tokens that middle fusion attends over"),
        choice("model.pooling", ModelSettings.Pooling.self, "Pooling of audio tokens to one vector after fusion"),
        row("model.mask", "Leave padded spectrogram frames out of attention and pooling"),
        choice(
            "model.audio.variant", ModelSettings.AudioSettings.Variant.self,
            "Audio encoder: as the thesis describes it, or as the public code has it"),
        row("model.audio.channels", .from(1, to: 65536), "Output channels of each convolution of the audio encoder"),
        row("model.audio.kernels", .from(1, to: 1023), "Kernel width of each convolution of the audio encoder, odd"),
        row("model.audio.hidden", .from(1, to: 4096), "Hidden units per direction of the recurrent audio layers"),
        row("model.audio.layers", .from(1, to: 8), "layers", "Number of recurrent audio layers"),
        row("model.audio.dropout", .below1, "Dropout probability in the audio encoder"),
        row("model.audio.pretrained", "File with published EmoCatcher weights; empty starts from random ones"),
        row("model.audio.frozen", "Keep the audio encoder's weights fixed"),
        row("model.video.width", .from(1, to: 65536), "Token width of the video encoder"),
        row("model.video.layers", .from(1, to: 48), "layers", "Number of transformer layers of the video encoder"),
        row("model.video.heads", .from(1, to: 65536), "heads", "Attention heads of the video encoder; must divide its width"),
        row("model.video.mlp", .from(1, to: 65536), "Hidden width of the video encoder's feed-forward layers"),
        row("model.video.patch", .from(1, to: 512), "px", "Side of a video patch; must divide picture_size"),
        row("model.video.dropout", .below1, "Dropout probability in the video encoder"),
        row("model.video.position_deviation", .notNegative, "Standard deviation of initial position and time embeddings"),
        row("model.video.pretrained", "File with Hugging Face TimeSformer weights; empty starts from random ones"),
        choice(
            "model.video.position_resize", ModelSettings.VideoSettings.PositionResize.self,
            "Interpolation that fits position embeddings to another patch grid"),
        row("model.video.frozen", "Keep the video encoder's weights fixed; adapters still learn"),
        choice("model.fusion.kind", ModelSettings.FusionSettings.Kind.self, "Stage at which audio and video are combined"),
        choice(
            "model.fusion.late_rule", ModelSettings.FusionSettings.LateRule.self, "Rule of late fusion that combines class probabilities"),
        row("model.fusion.width", .from(1, to: 65536), "Token width in fusion"),
        row("model.fusion.heads", .from(1, to: 65536), "heads", "Attention heads in fusion; must divide its width"),
        row("model.fusion.stages", .from(1, to: 8), "stages", "Number of cross-attention stages"),
        row("model.fusion.dropout", .below1, "Dropout probability in fusion and in the classifier"),
        row("model.fusion.discriminator_width", .from(1, to: 65536), "Hidden width of the domain discriminator"),
        row("model.fusion.discriminator_dropout", .below1, "Dropout probability in the domain discriminator"),
        row("model.lora.enabled", "Train low-rank adapters (LoRA) in a frozen encoder"),
        row("model.lora.rank", .from(1, to: 1024), "Rank of each adapter"),
        row("model.lora.alpha", .positive, "Adapter scale: its output is multiplied by alpha / rank"),
        row("model.lora.dropout", .below1, "Dropout probability before each adapter"),
        choice("model.lora.targets", LoRA.Third.self, "Adapted parts of joint query-key-value layers; empty adapts whole layers"),
        row("model.lora.pattern", "Linear layers with adapters, by parameter path; * matches anything"),
    ]

    private static let adaptation: [Row] = [
        choice("adaptation.method", AdaptationSettings.Method.self, "Method that aligns source and target features"),
        row("adaptation.weight", .notNegative, nil, .onResume, "Weight (lambda) of the domain term in the loss"),
        choice("adaptation.batches", AdaptationSettings.Batches.self, "Source and target batches in turn, or half of each in every batch"),
        row("adaptation.discriminators", "Embeddings that are aligned: fused, audio, video, stage1, stage2"),
        row(
            "adaptation.discriminator_weights", .notNegative, nil, .onResume, "Weight of each aligned embedding; one number applies to all"),
        row("adaptation.entropy_weighting", nil, nil, .onResume, "Weight clips by the certainty of their prediction (CDAN+E), for cdan"),
        choice("adaptation.subset", TargetSubset.self, "Rule that selects the target training clips"),
        row("adaptation.subset_share", .share, "Share of target training clips in the subset"),
        row("adaptation.subset_model", "Model that ranks target clips for the subset: run:NUMBER or a weights file"),
        choice(
            "adaptation.alpha.schedule", AlphaSchedule.Kind.self, .onResume,
            "Course of alpha, the strength of the reversed gradient, over the run"),
        row("adaptation.alpha.maximum", .notNegative, nil, .live, "Highest alpha of the schedule"),
        row("adaptation.alpha.hold", .below1, nil, .onResume, "Share of the run before alpha rises, for conservative"),
        row("adaptation.alpha.floor", .notNegative, nil, .onResume, "Highest alpha before the rise, for conservative"),
        row("adaptation.alpha.gamma", .positive, nil, .onResume, "Steepness of the curve, for dann"),
    ]

    private static let optimiser: [Row] = [
        choice("optimiser.method", OptimiserSettings.Method.self, "Optimiser"),
        row("optimiser.learning_rate", .positive, nil, .live, "Highest learning rate of the schedule"),
        row("optimiser.weight_decay", .notNegative, nil, .onResume, "Weight decay"),
        row("optimiser.momentum", .below1, nil, .onResume, "Momentum, for sgd"),
        choice("optimiser.schedule", LearningRateKind.self, .onResume, "Course of the learning rate over epochs"),
        row("optimiser.restart_epochs", .from(1, to: 100_000), "epochs", .onResume, "Length of the first cycle, for cosine-warm-restarts"),
        row(
            "optimiser.restart_factor", .from(1, to: 100), nil, .onResume,
            "Factor by which each cycle is longer than the last, for cosine-warm-restarts"),
        row("optimiser.minimum_rate", .notNegative, nil, .onResume, "Lowest learning rate of any schedule"),
        row("optimiser.warm_up_epochs", .notNegative, "epochs", .onResume, "Linear warm-up before the schedule begins"),
        row("optimiser.decay_factor", .share, nil, .onResume, "Learning-rate factor of each decay, for exponential, step and plateau"),
        row("optimiser.decay_epochs", .from(1, to: 100_000), "epochs", .onResume, "Epochs between two decays, for step"),
        row(
            "optimiser.plateau_patience", .from(0, to: 100_000), "epochs", .onResume,
            "Epochs without improvement before a decay, for plateau"),
        row(
            "optimiser.plateau_cool_down", .from(0, to: 100_000), "epochs", .onResume, "Epochs after a decay that do not count, for plateau"
        ),
        row(
            "optimiser.plateau_threshold", .below1, nil, .onResume, "Smallest relative fall of the loss that counts as better, for plateau"),
        row(
            "optimiser.clip_norm", .notNegative, nil, .onResume,
            "Largest gradient norm of the network, discriminators excluded; 0 for no limit"),
    ]

    private static let training: [Row] = [
        row("training.epochs", .from(1, to: 100_000), "epochs", .live, "Number of epochs"),
        row("training.batch", .from(1, to: 4096), "clips", "Clips per batch"),
        row(
            "training.patience", .from(0, to: 100_000), "epochs", .live,
            "Epochs without improvement before the run stops early; 0 never stops early"),
        row("training.label_smoothing", .below1, nil, .onResume, "Share of the true label that is spread over all classes"),
        choice("training.sampling", TrainingSettings.Sampling.self, "Source clips of an epoch: each once, or equally many per class"),
        choice("training.selection", Selection.self, "Score that chooses the checkpoint; oracle looks at target labels"),
        row("training.seeds", .notNegative, "Random seeds; each makes a run of its own"),
        choice("training.precision", TrainingSettings.Precision.self, "Number format of matrix products; weights stay float32"),
        row("training.start", "Initial weights: run:12, run:NAME or a file; empty starts from random ones"),
        row("training.cache_features", nil, nil, .onResume, "Cache the output of a frozen video encoder for each clip"),
        row(
            "training.checkpoint_minutes", .from(0, to: 100_000), "minutes", .live,
            "Time between checkpoints within an epoch; 0 saves after epochs only"),
        choice(
            "training.non_finite", TrainingSettings.NonFinite.self, .live,
            "Reaction to a loss that is not a number: stop, skip the batch, or go back"),
        row(
            "training.non_finite_limit", .from(1, to: 100_000), "times", .live,
            "Most batches skipped in a row, and most rollbacks, before the run stops"),
        row("training.non_finite_rate_factor", .below1, nil, .live, "Learning-rate factor after a rollback"),
    ]

    private static let augmentation: [Row] = [
        row("augmentation.enabled", nil, nil, .onResume, "Augment training clips by the keys of this section"),
        row("augmentation.time_shift", .from(0, to: 4096), "frames", .onResume, "Largest shift of the spectrogram in time, either way"),
        row("augmentation.noise", .from(0, to: 1), nil, .onResume, "Probability that a clip gets white noise"),
        row("augmentation.noise_minimum", .from(-30, to: 100), "dB", .onResume, "Lowest signal-to-noise ratio of added noise"),
        row("augmentation.noise_maximum", .from(-30, to: 100), "dB", .onResume, "Highest signal-to-noise ratio of added noise"),
        row("augmentation.gain", .from(0, to: 60), "dB", .onResume, "Largest change of loudness, either way"),
        row("augmentation.masks", .from(0, to: 16), "masks", .onResume, "SpecAugment masks per clip, of each kind"),
        row("augmentation.mask_width", .from(1, to: 512), "cells", .onResume, "Largest width of a SpecAugment mask"),
        row("augmentation.mirror", nil, nil, .onResume, "Mirror all frames of a clip with probability 0.5"),
        row("augmentation.brightness", .below1, nil, .onResume, "Largest relative change of brightness"),
        row("augmentation.contrast", .below1, nil, .onResume, "Largest relative change of contrast"),
        row("augmentation.saturation", .below1, nil, .onResume, "Largest relative change of saturation"),
        row("augmentation.crop", .from(0.2, to: 1), nil, .onResume, "Smallest share of the side that a random crop keeps"),
        row("augmentation.jitter", .from(0, to: 0.5), nil, .onResume, "Largest offset of the crop, as a share of the side"),
        row("augmentation.rotation", .from(0, to: 180), "degrees", .onResume, "Largest rotation, either way"),
        row("augmentation.modality_dropout", .below1, nil, .onResume, "Probability that a clip loses its audio or its video"),
    ]

    private static let report: [Row] = [
        row("report.table", nil, nil, .onResume, "Table of `emolab report` that this run's scores belong to"),
        row("report.row", nil, nil, .onResume, "Row in that table; empty uses the experiment's name"),
    ]
}
