// Bounds that types cannot say: checked before a run starts, never in the middle of one.
import Corpora
import Networks

extension Experiment {
    /// Throws `ExperimentError.outOfRange` for the first value that no run could use.
    public func validate() throws(ExperimentError) {
        try validateInputs()
        try validateModel()
        try validateTraining()
        try validateAdaptation()
    }

    private func validateInputs() throws(ExperimentError) {
        try require(!data.source.isEmpty, "data.source", "''", "the name of a corpus")
        try require(data.validationShare > 0 && data.validationShare < 1, "data.validation_share", "\(data.validationShare)", "above 0 and below 1")
        try range(data.folds, 2...10_000, "data.folds")
        try range(data.fold, 1...10_000, "data.fold")
        try require(
            data.split != .folds || data.foldRule == .pairs || data.fold <= data.folds, "data.fold", "\(data.fold)", "1 to \(data.folds), the number of folds")
        try require(
            data.split != .folds || data.foldRule != .rotating || data.folds >= 3, "data.folds", "\(data.folds)",
            "3 or more, since one fold is the test and the next one validates")
        try range(inputs.frames, 1...128, "inputs.frames")
        try range(inputs.pictureSize, 8...512, "inputs.picture_size")
        try range(inputs.sampleRate, 4000...192_000, "inputs.sample_rate")
        try range(inputs.fftSize, 64...65536, "inputs.fft_size")
        try range(inputs.hopLength, 16...65536, "inputs.hop_length")
        try range(inputs.windowLength, 0...inputs.fftSize, "inputs.window_length")
        try range(inputs.melBands, 8...512, "inputs.mel_bands")
        try range(inputs.melFrames, 8...4096, "inputs.mel_frames")
        try positive(inputs.maximumFrequency, "inputs.maximum_frequency")
        try inputs.faces.validate()
        try require(
            inputs.maximumFrequency <= Double(inputs.sampleRate) / 2, "inputs.maximum_frequency", "\(inputs.maximumFrequency)",
            "at most half the sample rate, \(inputs.sampleRate / 2)")
    }

    private func validateModel() throws(ExperimentError) {
        let audio = model.audio, video = model.video, fusion = model.fusion
        try require(!audio.channels.isEmpty && audio.channels.allSatisfy { $0 > 0 }, "model.audio.channels", "\(audio.channels)", "widths above 0")
        try require(
            audio.kernels.count == audio.channels.count && audio.kernels.allSatisfy { $0 > 0 && $0 % 2 == 1 },
            "model.audio.kernels", "\(audio.kernels)", "one odd width a convolution")
        try range(audio.hidden, 1...4096, "model.audio.hidden")
        try range(audio.layers, 1...8, "model.audio.layers")
        try range(video.layers, 1...48, "model.video.layers")
        try range(video.mlp, 1...65536, "model.video.mlp")
        try require(video.heads > 0 && video.width > 0 && video.width % video.heads == 0, "model.video.heads", "\(video.heads)", "a divisor of the width \(video.width)")
        try require(
            video.patch > 0 && inputs.pictureSize % video.patch == 0, "model.video.patch", "\(video.patch)",
            "a divisor of the picture size \(inputs.pictureSize)")
        try notNegative(video.positionDeviation, "model.video.position_deviation")
        try require(fusion.heads > 0 && fusion.width > 0 && fusion.width % fusion.heads == 0, "model.fusion.heads", "\(fusion.heads)", "a divisor of the width \(fusion.width)")
        try range(fusion.stages, 1...8, "model.fusion.stages")
        try validateAdapters()
        try range(fusion.discriminatorWidth, 1...65536, "model.fusion.discriminator_width")
        for (value, key) in [
            (audio.dropout, "audio.dropout"), (video.dropout, "video.dropout"), (fusion.dropout, "fusion.dropout"),
            (fusion.discriminatorDropout, "fusion.discriminator_dropout"),
        ] {
            try require(value >= 0 && value < 1, "model." + key, "\(value)", "at least 0 and below 1")
        }
    }

    private func validateAdapters() throws(ExperimentError) {
        let lora = model.lora
        try range(lora.rank, 1...1024, "model.lora.rank")
        try positive(lora.alpha, "model.lora.alpha")
        try require(lora.dropout >= 0 && lora.dropout < 1, "model.lora.dropout", "\(lora.dropout)", "at least 0 and below 1")
        let valid = LoRA.Third.allCases.map(\.rawValue)
        for target in lora.targets where !valid.contains(target) {
            throw .unknownValue(key: "model.lora.targets", line: nil, value: target, valid: valid, nearest: nearestName(to: target, among: valid))
        }
        try require(Set(lora.targets).count == lora.targets.count, "model.lora.targets", "\(lora.targets)", "each at most once")
        try require(
            lora.targets.isEmpty || lora.pattern.hasSuffix("qkv"), "model.lora.pattern", "'\(lora.pattern)'",
            "one that ends in qkv, since targets are parts of a joint query-key-value projection; targets = [] adapts whole layers")
    }

    private func validateTraining() throws(ExperimentError) {
        try positive(optimiser.learningRate, "optimiser.learning_rate")
        try notNegative(optimiser.weightDecay, "optimiser.weight_decay")
        try require(optimiser.momentum >= 0 && optimiser.momentum < 1, "optimiser.momentum", "\(optimiser.momentum)", "at least 0 and below 1")
        try notNegative(optimiser.minimumRate, "optimiser.minimum_rate")
        try notNegative(optimiser.warmUpEpochs, "optimiser.warm_up_epochs")
        try notNegative(optimiser.clipNorm, "optimiser.clip_norm")
        try range(optimiser.restartEpochs, 1...100_000, "optimiser.restart_epochs")
        try range(optimiser.restartFactor, 1...100, "optimiser.restart_factor")
        try share(optimiser.decayFactor, "optimiser.decay_factor")
        try range(optimiser.decayEpochs, 1...100_000, "optimiser.decay_epochs")
        try range(optimiser.plateauPatience, 0...100_000, "optimiser.plateau_patience")
        try range(optimiser.plateauCoolDown, 0...100_000, "optimiser.plateau_cool_down")
        try require(
            optimiser.plateauThreshold >= 0 && optimiser.plateauThreshold < 1, "optimiser.plateau_threshold", "\(optimiser.plateauThreshold)",
            "at least 0 and below 1")
        try range(training.epochs, 1...100_000, "training.epochs")
        try range(training.batch, 1...4096, "training.batch")
        try range(training.patience, 0...100_000, "training.patience")
        try require(training.labelSmoothing >= 0 && training.labelSmoothing < 1, "training.label_smoothing", "\(training.labelSmoothing)", "at least 0 and below 1")
        try require(!training.seeds.isEmpty && training.seeds.allSatisfy { $0 >= 0 }, "training.seeds", "\(training.seeds)", "one or more whole numbers from 0")
        try require(
            !training.selection.needsTarget || !data.target.isEmpty, "training.selection", training.selection.rawValue,
            "source, since there is no target whose clips could choose")
        try range(augmentation.timeShift, 0...4096, "augmentation.time_shift")
        try range(augmentation.masks, 0...16, "augmentation.masks")
        try range(augmentation.maskWidth, 1...512, "augmentation.mask_width")
        for (value, key) in [
            (augmentation.brightness, "brightness"), (augmentation.contrast, "contrast"), (augmentation.saturation, "saturation"),
        ] {
            try require(value >= 0 && value < 1, "augmentation." + key, "\(value)", "at least 0 and below 1")
        }
        try require((0...1).contains(augmentation.noise), "augmentation.noise", "\(augmentation.noise)", "a share of 0 to 1")
        for (value, key) in [(augmentation.noiseMinimum, "noise_minimum"), (augmentation.noiseMaximum, "noise_maximum")] {
            try require((-30...100).contains(value), "augmentation." + key, "\(value)", "-30 to 100 dB")
        }
        try require(
            augmentation.noiseMinimum <= augmentation.noiseMaximum, "augmentation.noise_maximum", "\(augmentation.noiseMaximum)",
            "at least noise_minimum, \(augmentation.noiseMinimum)")
        try require((0...60).contains(augmentation.gain), "augmentation.gain", "\(augmentation.gain)", "0 to 60 dB")
        try require(augmentation.crop >= 0.2 && augmentation.crop <= 1, "augmentation.crop", "\(augmentation.crop)", "0.2 to 1")
        try require((0...0.5).contains(augmentation.jitter), "augmentation.jitter", "\(augmentation.jitter)", "0 to 0.5")
        try range(augmentation.rotation, 0...180, "augmentation.rotation")
        try require(
            augmentation.modalityDropout >= 0 && augmentation.modalityDropout < 1, "augmentation.modality_dropout", "\(augmentation.modalityDropout)",
            "at least 0 and below 1")
    }

    private func validateAdaptation() throws(ExperimentError) {
        let alpha = adaptation.alpha
        try notNegative(adaptation.weight, "adaptation.weight")
        try share(adaptation.subsetShare, "adaptation.subset_share")
        try require(
            !adaptation.subset.asksModel || !adaptation.subsetModel.isEmpty || adaptation.method == .none, "adaptation.subset_model", "''",
            "a weights file or run:NUMBER, since subset = \"\(adaptation.subset.rawValue)\" is chosen by a trained model")
        try notNegative(alpha.maximum, "adaptation.alpha.maximum")
        try notNegative(alpha.floor, "adaptation.alpha.floor")
        try positive(alpha.gamma, "adaptation.alpha.gamma")
        try require(alpha.hold >= 0 && alpha.hold < 1, "adaptation.alpha.hold", "\(alpha.hold)", "at least 0 and below 1")
        let places = ["fused", "audio", "video"] + (1...model.fusion.stages).map { "stage\($0)" }
        for place in adaptation.discriminators where !places.contains(place) {
            throw .unknownValue(
                key: "adaptation.discriminators", line: nil, value: place, valid: places,
                nearest: nearestName(to: place, among: places))
        }
        try require(
            adaptation.method == .none || !adaptation.discriminators.isEmpty, "adaptation.discriminators", "empty", "at least one place")
        try require(
            adaptation.method == .none || !data.target.isEmpty, "data.target", "''", "a corpus to adapt to, or adaptation.method = \"none\"")
        try require(
            adaptation.discriminatorWeights.count == 1 || adaptation.discriminatorWeights.count == adaptation.discriminators.count,
            "adaptation.discriminator_weights", "\(adaptation.discriminatorWeights)",
            "one number for all places, or one for each of \(adaptation.discriminators)")
        for weight in adaptation.discriminatorWeights { try notNegative(weight, "adaptation.discriminator_weights") }
        let compares = adaptation.method.comparesWithinBatch
        try require(
            !compares || adaptation.batches == .joint, "adaptation.batches", adaptation.batches.rawValue,
            "joint, since \(adaptation.method.rawValue) compares source and target clips of one batch: set it, or leave the key out")
        try require(
            !compares || training.batch >= 4, "training.batch", "\(training.batch)",
            "4 or more, since \(adaptation.method.rawValue) compares two clips of each domain at least")
        try require(
            !adaptation.entropyWeighting || adaptation.method == .cdan, "adaptation.entropy_weighting", "true",
            "false, or adaptation.method = \"cdan\": no other method weighs clips by their predictions")
        try require(
            adaptation.batches == .alternating || training.batch % 2 == 0, "training.batch", "\(training.batch)",
            "even, since joint batches take half from each domain")
    }

    private func require(_ holds: Bool, _ key: String, _ value: String, _ expected: String) throws(ExperimentError) {
        if !holds { throw .outOfRange(key: key, line: nil, value: value, expected: expected) }
    }

    private func range(_ value: Int, _ bounds: ClosedRange<Int>, _ key: String) throws(ExperimentError) {
        try require(bounds.contains(value), key, "\(value)", "\(bounds.lowerBound) to \(bounds.upperBound)")
    }

    private func positive(_ value: Double, _ key: String) throws(ExperimentError) {
        try require(value > 0 && value.isFinite, key, "\(value)", "above 0")
    }

    private func notNegative(_ value: Double, _ key: String) throws(ExperimentError) {
        try require(value >= 0 && value.isFinite, key, "\(value)", "0 or more")
    }

    private func share(_ value: Double, _ key: String) throws(ExperimentError) {
        try require(value > 0 && value <= 1, key, "\(value)", "above 0 and at most 1")
    }
}
