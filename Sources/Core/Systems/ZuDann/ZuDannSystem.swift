// zu-dann as a system: its settings become its network, its weights' sources and what of it may be frozen.
import Base
import Inputs
import Networks
import Tensors
import Training

public struct ZuDannSystem: PublishedSystem {
    public let name = "zu-dann"

    public init() {}

    public func job(for experiment: Experiment) -> TrainingJob {
        let (model, resize) = (experiment.model, experiment.model.video.positionResize.interpolation)
        return TrainingJob(
            network: { classes, scope throws(ExperimentError) in
                let network = ZuDann(ZuDann.Settings(experiment, classes: classes), at: scope)
                if model.lora.enabled, !scope.store.hasAdapters {
                    throw .outOfRange(
                        key: "model.lora.pattern", line: nil, value: "'\(model.lora.pattern)'",
                        expected: "one that matches a linear layer of the network")
                }
                return network
            },
            adapters: adapters(model.lora),
            frozenParameters: (model.audio.frozen ? ["audio.*"] : []) + (model.video.frozen ? ["timesformer.*"] : []),
            imports: imports(experiment), resized: { TimeSformer.resizedEmbedding($0, $1, to: $2, resize) },
            // Below the video's projection nothing but dropout differs between two looks at a clip.
            frozenStage: model.video.dropout == 0 ? FrozenStage(scope: "timesformer.") : nil,
            discriminator: (model.fusion.discriminatorWidth, model.fusion.discriminatorDropout), mainEmbedding: "fused",
            warnings: warnings(experiment))
    }

    private func adapters(_ lora: ModelSettings.LoRASettings) -> [LoRA] {
        guard lora.enabled else { return [] }
        let thirds = lora.targets.compactMap(LoRA.Third.init)
        return [
            LoRA(pattern: lora.pattern, rank: lora.rank, alpha: lora.alpha, dropout: lora.dropout, thirds: thirds.isEmpty ? nil : thirds)
        ]
    }

    private func imports(_ experiment: Experiment) -> [WeightImport] {
        let (video, audio, modalities) = (experiment.model.video, experiment.model.audio, experiment.model.modalities)
        var imports: [WeightImport] = []
        if !video.pretrained.isEmpty, modalities != .audio {
            imports.append(WeightImport(key: "model.video.pretrained", path: video.pretrained, scope: "timesformer."))
        }
        if !audio.pretrained.isEmpty, modalities != .video {
            let inputs = experiment.inputs, isPublished = audio.variant == .published
            imports.append(
                WeightImport(key: "model.audio.pretrained", path: audio.pretrained, scope: "audio.") {
                    if isPublished { try expectPublishedSound(inputs, audio.pretrained) }
                })
        }
        return imports
    }

    private func warnings(_ experiment: Experiment) -> [String] {
        let video = experiment.model.video
        guard video.frozen, video.pretrained.isEmpty, experiment.training.start.isEmpty, experiment.model.modalities != .audio else {
            return []
        }
        return [
            "the video backbone is frozen as it was drawn: name its weights in model.video.pretrained or training.start, or set "
                + "model.video.frozen = false"
        ]
    }
}

/// Refuses any spectrogram but the one that the public network was trained on (parity notes §4.1).
private func expectPublishedSound(_ inputs: InputSettings, _ path: String) throws {
    var expected = inputs
    expected.use(.emocatcher)
    (expected.sampleRate, expected.maximumFrequency) = (22_050, 6000)
    let settings: [(String, any Equatable & CustomStringConvertible, any Equatable & CustomStringConvertible)] = [
        ("inputs.sample_rate", inputs.sampleRate, expected.sampleRate), ("inputs.fft_size", inputs.fftSize, expected.fftSize),
        ("inputs.window_length", inputs.windowLength, expected.windowLength), ("inputs.hop_length", inputs.hopLength, expected.hopLength),
        ("inputs.mel_bands", inputs.melBands, expected.melBands),
        ("inputs.maximum_frequency", inputs.maximumFrequency, expected.maximumFrequency),
    ]
    for (setting, value, wanted) in settings where value.description != wanted.description {
        throw StartError.inputs(
            key: "model.audio.pretrained", path: path, setting: setting, value: value.description, expected: wanted.description,
            advice: "inputs.spectrum = \"emocatcher\" sets what it needs")
    }
}

extension ModelSettings.VideoSettings.PositionResize {
    fileprivate var interpolation: Tensor.Interpolation { self == .bicubic ? .bicubic : .nearest }
}
