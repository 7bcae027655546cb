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
        row("name", "Names the run and its folder"),
        row("system", "The published system that is built"),
        row("data.source", "Name of the source corpus: its labels are learned from"),
        row("data.target", "Name of the target corpus; empty: none"),
        row("data.labels", "A label space, such as six or eight, or FILE.toml#name"),
        choice("data.split", SplitSettings.Rule.self, "How clips are split into training, validation and test"),
        row("data.validation_share", .inner, "Share of speakers or clips that validate"),
        row("data.split_seed", "What a split at random is drawn from"),
        row("data.folds", .from(2, to: 10_000), "folds", "How many folds, where the split is by folds"),
        choice("data.fold_rule", SplitSettings.FoldRule.self, "How folds are made, where the split is by folds"),
        row("data.fold", .from(1, to: 10_000), "The fold, or the speaker, that is held out"),
        row("data.nested", "Keep a test part that never chooses a checkpoint"),
    ]

    private static let inputs: [Row] = [
        row("inputs.frames", .from(1, to: 128), "frames", "Pictures of a clip"),
        row("inputs.picture_size", .from(8, to: 512), "px", "Side of a face"),
        row("inputs.sample_rate", .from(4000, to: 192_000), "Hz", "Of the sound"),
        choice("inputs.spectrum", InputSettings.Spectrum.self, "Preset of the transform: sets every size that stands at its default"),
        row("inputs.fft_size", .from(64, to: 65536), "samples", "Length of the transform"),
        row("inputs.hop_length", .from(16, to: 65536), "samples", "From one transform to the next"),
        row("inputs.window_length", .from(0, to: 65536), "samples", "Of the window; 0: as long as the transform"),
        row("inputs.mel_bands", .from(8, to: 512), "bands", "Of the mel spectrogram"),
        row("inputs.mel_frames", .from(8, to: 4096), "frames", "Of the mel spectrogram; shorter clips are padded"),
        row("inputs.maximum_frequency", .positive, "Hz", "Upper end of the highest band; at most half the sample rate"),
        choice("inputs.normalise", InputSettings.Normalisation.self, "What the spectrogram's mean and deviation are taken over"),
        row("inputs.trim_silence", "Cut silence before and after the speech"),
        choice("inputs.normalise_pictures", InputSettings.PictureNormalisation.self, "What happens to pictures after division by 255"),
        choice("inputs.faces.detector", FaceSettings.Detector.self, "How faces are found"),
        choice("inputs.faces.selection", FaceSettings.Selection.self, "Which face of several is the speaker's"),
        row("inputs.faces.minimum_face", .from(12, to: 4096), "px", "Shortest side of a face that is looked for"),
        row("inputs.faces.pyramid_factor", .from(0.1, to: 0.95), "From each picture of the detector's pyramid to the next smaller one"),
        row("inputs.faces.thresholds", .from(0.05, to: 1), "Least probabilities after the detector's three networks"),
        row("inputs.faces.margin", .from(0, to: 0.9), "Share of the result's side that lies outside the box"),
        choice("inputs.faces.shape", FaceSettings.Shape.self, "What is cut: the box, or the square around its middle"),
        choice("inputs.faces.resize", FaceSettings.Resize.self, "How a face is brought to its size"),
        choice("inputs.faces.alignment", FaceSettings.Alignment.self, "Turn faces so that the eyes lie level"),
        choice("inputs.faces.smoothing", FaceSettings.Smoothing.self, "Of boxes over frames"),
        row("inputs.faces.smoothing_radius", .from(1, to: 1000), "frames", "On each side of a frame that take part in smoothing"),
        row("inputs.faces.every", .from(1, to: 1000), "frames", "Every so many frames are looked at; boxes between are interpolated"),
        choice("inputs.faces.missing", FaceSettings.Missing.self, "What stands in where no face is found"),
    ]

    private static let model: [Row] = [
        choice("model.preset", ModelSettings.Preset.self, "Sizes and rates: sets every key that stands at its default"),
        choice("model.modalities", ModelSettings.Modalities.self, "What the model sees and hears"),
        choice("model.tokens", ModelSettings.Tokens.self, "What middle fusion attends over"),
        choice("model.pooling", ModelSettings.Pooling.self, "How sound becomes one vector after fusion"),
        row("model.mask", "Leave padding out of attention and pooling"),
        choice("model.audio.variant", ModelSettings.AudioSettings.Variant.self, "The sound encoder: the thesis', or the public network's"),
        row("model.audio.channels", .from(1, to: 65536), "Width of each convolution"),
        row("model.audio.kernels", .from(1, to: 1023), "Odd width of each convolution's window"),
        row("model.audio.hidden", .from(1, to: 4096), "Of the recurrent layers, a direction"),
        row("model.audio.layers", .from(1, to: 8), "layers", "Recurrent layers"),
        row("model.audio.dropout", .below1, "In the sound encoder"),
        row("model.audio.pretrained", "A file of the public EmoCatcher; empty: drawn"),
        row("model.audio.frozen", "The sound encoder does not learn"),
        row("model.video.width", .from(1, to: 65536), "Of the video encoder's tokens"),
        row("model.video.layers", .from(1, to: 48), "layers", "Of the video encoder"),
        row("model.video.heads", .from(1, to: 65536), "heads", "Of its attention; a divisor of the width"),
        row("model.video.mlp", .from(1, to: 65536), "Width between its two linear layers"),
        row("model.video.patch", .from(1, to: 512), "px", "Side of a patch; a divisor of the picture size"),
        row("model.video.dropout", .below1, "In the video encoder"),
        row("model.video.position_deviation", .notNegative, "Spread of position and time embeddings at the start"),
        row("model.video.pretrained", "A file of Hugging Face's TimeSformer; empty: drawn"),
        choice(
            "model.video.position_resize", ModelSettings.VideoSettings.PositionResize.self, "How position embeddings reach another grid"),
        row("model.video.frozen", "The video encoder does not learn; its adapters do"),
        choice("model.fusion.kind", ModelSettings.FusionSettings.Kind.self, "Where sound and picture meet"),
        choice("model.fusion.late_rule", ModelSettings.FusionSettings.LateRule.self, "How late fusion combines probabilities"),
        row("model.fusion.width", .from(1, to: 65536), "Of fused tokens"),
        row("model.fusion.heads", .from(1, to: 65536), "heads", "Of cross-attention; a divisor of the width"),
        row("model.fusion.stages", .from(1, to: 8), "stages", "Of cross-attention"),
        row("model.fusion.dropout", .below1, "In fusion and its head"),
        row("model.fusion.discriminator_width", .from(1, to: 65536), "Of the domain discriminator"),
        row("model.fusion.discriminator_dropout", .below1, "In the domain discriminator"),
        row("model.lora.enabled", "Low-rank adapters in the frozen backbone"),
        row("model.lora.rank", .from(1, to: 1024), "Of each adapter"),
        row("model.lora.alpha", .positive, "What an adapter adds is scaled by alpha / rank"),
        row("model.lora.dropout", .below1, "Before each adapter"),
        choice("model.lora.targets", LoRA.Third.self, "Adapted parts of joint query-key-value projections; none: whole layers"),
        row("model.lora.pattern", "Which linear layers, by path, * for anything"),
    ]

    private static let adaptation: [Row] = [
        choice("adaptation.method", AdaptationSettings.Method.self, "How source and target are drawn together"),
        row("adaptation.weight", .notNegative, nil, .onResume, "Lambda: how much the domain term counts in the loss"),
        choice("adaptation.batches", AdaptationSettings.Batches.self, "Source and target batches in turn, or half of each in every step"),
        row("adaptation.discriminators", "Where a discriminator stands: fused, audio, video, stage1, stage2"),
        row("adaptation.discriminator_weights", .notNegative, nil, .onResume, "How much each place counts; one number stands for all"),
        row("adaptation.entropy_weighting", nil, nil, .onResume, "Of cdan: clips with certain predictions count more"),
        choice("adaptation.subset", TargetSubset.self, "Which target training clips are used"),
        row("adaptation.subset_share", .share, "Share of the target's training clips in the subset"),
        row("adaptation.subset_model", "Who chooses by uncertainty and k-centre: run:NUMBER or a weights file"),
        choice("adaptation.alpha.schedule", AlphaSchedule.Kind.self, .onResume, "Alpha over the run"),
        row("adaptation.alpha.maximum", .notNegative, nil, .live, "The largest alpha that the schedule reaches"),
        row("adaptation.alpha.hold", .below1, nil, .onResume, "Share of the run with almost no adaptation; conservative only"),
        row("adaptation.alpha.floor", .notNegative, nil, .onResume, "What the held part may not exceed; conservative only"),
        row("adaptation.alpha.gamma", .positive, nil, .onResume, "Steepness of DANN's own curve"),
    ]

    private static let optimiser: [Row] = [
        choice("optimiser.method", OptimiserSettings.Method.self, "How weights follow gradients"),
        row("optimiser.learning_rate", .positive, nil, .live, "The schedule's highest rate"),
        row("optimiser.weight_decay", .notNegative, nil, .onResume, "How strongly weights shrink"),
        row("optimiser.momentum", .below1, nil, .onResume, "Of sgd"),
        choice("optimiser.schedule", LearningRateKind.self, .onResume, "The rate over epochs"),
        row("optimiser.restart_epochs", .from(1, to: 100_000), "epochs", .onResume, "Of the first cosine cycle"),
        row("optimiser.restart_factor", .from(1, to: 100), nil, .onResume, "By which each later cycle is longer"),
        row("optimiser.minimum_rate", .notNegative, nil, .onResume, "No schedule goes below it"),
        row("optimiser.warm_up_epochs", .notNegative, "epochs", .onResume, "Of a linear rise before the schedule begins"),
        row("optimiser.decay_factor", .share, nil, .onResume, "By how much exponential, step and plateau shrink the rate"),
        row("optimiser.decay_epochs", .from(1, to: 100_000), "epochs", .onResume, "Between two cuts of the step schedule"),
        row("optimiser.plateau_patience", .from(0, to: 100_000), "epochs", .onResume, "Worse epochs in a row that plateau waits for"),
        row("optimiser.plateau_cool_down", .from(0, to: 100_000), "epochs", .onResume, "After a cut, in which none count"),
        row("optimiser.plateau_threshold", .below1, nil, .onResume, "Share by which the loss must fall to be better"),
        row(
            "optimiser.clip_norm", .notNegative, nil, .onResume,
            "Largest norm of the network's gradient, without discriminators; 0 for no limit"),
    ]

    private static let training: [Row] = [
        row("training.epochs", .from(1, to: 100_000), "epochs", .live, "How long the run trains"),
        row("training.batch", .from(1, to: 4096), "clips", "Clips of a step"),
        row("training.patience", .from(0, to: 100_000), "epochs", .live, "Without a better one before the run ends; 0 never ends it early"),
        row("training.label_smoothing", .below1, nil, .onResume, "Share of the truth that is spread over all classes"),
        choice("training.sampling", TrainingSettings.Sampling.self, "Each source clip once an epoch, or as many of every class"),
        choice("training.selection", Selection.self, "What chooses the checkpoint; oracle looks at target labels"),
        row("training.seeds", .notNegative, "One run each"),
        choice("training.precision", TrainingSettings.Precision.self, "What matrix products compute in; weights stay float32"),
        row("training.start", "Weights to start from: run:12, run:NAME or a file; empty: drawn"),
        row("training.cache_features", nil, nil, .onResume, "Keep what a frozen video encoder gives of a clip"),
        row(
            "training.checkpoint_minutes", .from(0, to: 100_000), "minutes", .live,
            "Between saves within an epoch; 0 saves after epochs only"),
        choice(
            "training.non_finite", TrainingSettings.NonFinite.self, .live,
            "Where a loss is not a number: end, leave the batch out, or go back"),
        row(
            "training.non_finite_limit", .from(1, to: 100_000), "times", .live,
            "Batches in a row left out, or goings back, before the run ends"),
        row("training.non_finite_rate_factor", .below1, nil, .live, "What the learning rate is multiplied with on going back"),
    ]

    private static let augmentation: [Row] = [
        row("augmentation.enabled", nil, nil, .onResume, "Change training clips as the keys below say"),
        row("augmentation.time_shift", .from(0, to: 4096), "frames", .onResume, "Largest shift of the sound, either way"),
        row("augmentation.noise", .from(0, to: 1), nil, .onResume, "Share of clips that get white noise"),
        row("augmentation.noise_minimum", .from(-30, to: 100), "dB", .onResume, "Least signal-to-noise ratio"),
        row("augmentation.noise_maximum", .from(-30, to: 100), "dB", .onResume, "Largest signal-to-noise ratio"),
        row("augmentation.gain", .from(0, to: 60), "dB", .onResume, "Largest change of loudness, either way"),
        row("augmentation.masks", .from(0, to: 16), "masks", .onResume, "SpecAugment masks of each kind"),
        row("augmentation.mask_width", .from(1, to: 512), "cells", .onResume, "Largest width of a mask"),
        row("augmentation.mirror", nil, nil, .onResume, "Mirror half of the clips, all frames alike"),
        row("augmentation.brightness", .below1, nil, .onResume, "Largest change, as a share"),
        row("augmentation.contrast", .below1, nil, .onResume, "Largest change, as a share"),
        row("augmentation.saturation", .below1, nil, .onResume, "Largest change, as a share"),
        row("augmentation.crop", .from(0.2, to: 1), nil, .onResume, "Smallest part of the side that is cut out and brought back to size"),
        row("augmentation.jitter", .from(0, to: 0.5), nil, .onResume, "How far the cut may move, as a share of the side"),
        row("augmentation.rotation", .from(0, to: 180), "degrees", .onResume, "Largest angle, either way"),
        row("augmentation.modality_dropout", .below1, nil, .onResume, "Share of clips that lose their sound or their pictures"),
    ]

    private static let report: [Row] = [
        row("report.table", nil, nil, .onResume, "The table that emolab report puts the run's scores into"),
        row("report.row", nil, nil, .onResume, "Its row; the experiment's name where it is empty"),
    ]
}
