// Published systems by name: the one place where an experiment's words become a network.
import Networks

enum SystemRegistry {
    static let names = ["zu-dann"]

    /// The network of `experiment.system`; its parameters are made in `scope`.
    static func network(for experiment: Experiment, classes: Int, at scope: Scope) throws(ExperimentError) -> any Network {
        switch experiment.system {
        case "zu-dann": return ZuDann(zuDann(experiment, classes: classes), at: scope)
        case let name:
            throw .unknownValue(key: "system", line: nil, value: name, valid: names, nearest: nearestName(to: name, among: names))
        }
    }

    private static func zuDann(_ experiment: Experiment, classes: Int) -> ZuDann.Settings {
        let (inputs, model) = (experiment.inputs, experiment.model)
        var settings = ZuDann.Settings()
        settings.modalities =
            switch model.modalities {
            case .both: .both
            case .audio: .audio
            case .video: .video
            }
        settings.tokens = model.tokens == .sequence ? .sequence : .pooled
        settings.pooling = model.pooling == .mean ? .mean : .attention
        settings.audio = EmoCatcher.Settings(
            bands: inputs.melBands, channels: model.audio.channels, kernels: model.audio.kernels, hidden: model.audio.hidden,
            layers: model.audio.layers, dropout: model.audio.dropout)
        settings.video = TimeSformer.Settings(
            imageSize: inputs.pictureSize, patch: model.video.patch, frames: inputs.frames, width: model.video.width,
            layers: model.video.layers, heads: model.video.heads, mlp: model.video.mlp, dropout: model.video.dropout)
        settings.video.positionDeviation = Float(model.video.positionDeviation)
        settings.width = model.fusion.width
        settings.heads = model.fusion.heads
        settings.stages = model.fusion.stages
        settings.dropout = model.fusion.dropout
        settings.classes = classes
        return settings
    }
}
