// What a run can use: each key within the bounds of its row, then what keys ask of each other. Checked before a run starts,
// never in the middle of one.
import Base
import Corpora
import Networks

extension Experiment {
    /// Throws `ExperimentError.outOfRange` for the first value that no run could use.
    public func validate() throws(ExperimentError) {
        try validateBounds()
        if let problem = NameRule.grouped.problem(of: name) { throw .badName(key: "name", name: name, problem: problem) }
        try validateInputs()
        try validateModel()
        try validateTraining()
        try validateAdaptation()
    }

    private func validateBounds() throws(ExperimentError) {
        let tree = try TomlValue(self)
        for key in Experiment.rows where key.bounds != nil {
            guard let node = tree[key.path] else { continue }
            var numbers = [node]
            if case .array(let items) = node { numbers = items }
            for number in numbers {
                switch number {
                case .integer(let value): try key.check(Double(value), "\(value)")
                case .real(let value): try key.check(value, "\(value)")
                default: break
                }
            }
        }
    }

    private func validateInputs() throws(ExperimentError) {
        try require(!data.source.isEmpty, "data.source", "''", "the name of a corpus")
        try require(
            data.split != .folds || data.foldRule == .pairs || data.fold <= data.folds, "data.fold", "\(data.fold)",
            "1 to \(data.folds), the number of folds")
        try require(
            data.split != .folds || data.foldRule != .rotating || data.folds >= 3, "data.folds", "\(data.folds)",
            "3 or more, since one fold is the test and the next one validates")
        try range(inputs.windowLength, 0...inputs.fftSize, "inputs.window_length")
        try inputs.faces.validate()
        try require(
            inputs.maximumFrequency <= Double(inputs.sampleRate) / 2, "inputs.maximum_frequency", "\(inputs.maximumFrequency)",
            "at most half the sample rate, \(inputs.sampleRate / 2)")
    }

    private func validateModel() throws(ExperimentError) {
        let audio = model.audio, video = model.video, fusion = model.fusion
        try require(!audio.channels.isEmpty, "model.audio.channels", "\(audio.channels)", "one width a convolution, and at least one")
        try require(
            audio.kernels.count == audio.channels.count && audio.kernels.allSatisfy { $0 % 2 == 1 },
            "model.audio.kernels", "\(audio.kernels)", "one odd width a convolution")
        try require(video.width % video.heads == 0, "model.video.heads", "\(video.heads)", "a divisor of the width \(video.width)")
        try require(
            inputs.pictureSize % video.patch == 0, "model.video.patch", "\(video.patch)",
            "a divisor of the picture size \(inputs.pictureSize)")
        try require(fusion.width % fusion.heads == 0, "model.fusion.heads", "\(fusion.heads)", "a divisor of the width \(fusion.width)")
        try validateAdapters()
    }

    private func validateAdapters() throws(ExperimentError) {
        let lora = model.lora
        let valid = LoRA.Third.allCases.map(\.rawValue)
        for target in lora.targets where !valid.contains(target) {
            throw .unknownValue(
                key: "model.lora.targets", line: nil, value: target, valid: valid, nearest: nearestName(to: target, among: valid))
        }
        try require(Set(lora.targets).count == lora.targets.count, "model.lora.targets", "\(lora.targets)", "each at most once")
        try require(
            lora.targets.isEmpty || lora.pattern.hasSuffix("qkv"), "model.lora.pattern", "'\(lora.pattern)'",
            "one that ends in qkv, since targets are parts of a joint query-key-value projection; targets = [] adapts whole layers")
    }

    private func validateTraining() throws(ExperimentError) {
        try require(!training.seeds.isEmpty, "training.seeds", "\(training.seeds)", "one or more whole numbers from 0")
        try require(
            Set(training.seeds).count == training.seeds.count, "training.seeds", "\(training.seeds)",
            "different numbers, since a seed twice trains the same run twice")
        try require(
            !training.selection.needsTarget || !data.target.isEmpty, "training.selection", training.selection.rawValue,
            "source, since there is no target whose clips could choose")
        try require(
            augmentation.noiseMinimum <= augmentation.noiseMaximum, "augmentation.noise_maximum", "\(augmentation.noiseMaximum)",
            "at least noise_minimum, \(augmentation.noiseMinimum)")
    }

    private func validateAdaptation() throws(ExperimentError) {
        try require(
            !adaptation.subset.asksModel || !adaptation.subsetModel.isEmpty || adaptation.method == .none, "adaptation.subset_model", "''",
            "a weights file or run:NUMBER, since subset = \"\(adaptation.subset.rawValue)\" is chosen by a trained model")
        let places = ["fused", "audio", "video"] + (1...model.fusion.stages).map { "stage\($0)" }
        for place in adaptation.discriminators where !places.contains(place) {
            throw .unknownValue(
                key: "adaptation.discriminators", line: nil, value: place, valid: places,
                nearest: nearestName(to: place, among: places))
        }
        try require(
            adaptation.method == .none || !adaptation.discriminators.isEmpty, "adaptation.discriminators", "empty", "at least one place")
        try require(
            adaptation.method == .none || !data.target.isEmpty, "data.target", "''", "a corpus to adapt to, or adaptation.method = \"none\""
        )
        try require(
            adaptation.discriminatorWeights.count == 1 || adaptation.discriminatorWeights.count == adaptation.discriminators.count,
            "adaptation.discriminator_weights", "\(adaptation.discriminatorWeights)",
            "one number for all places, or one for each of \(adaptation.discriminators)")
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
}
