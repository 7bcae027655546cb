// Published systems by name: the one place where an experiment's words become a network.
import Corpora
import Networks

enum SystemRegistry {
    static let names = ["zu-dann"]

    /// The network of `experiment.system`; its parameters are made in `scope`.
    static func network(for experiment: Experiment, classes: Int, at scope: Scope) throws(ExperimentError) -> any Network {
        switch experiment.system {
        case "zu-dann": return ZuDann(ZuDann.Settings(experiment, classes: classes), at: scope)
        case let name:
            throw .unknownValue(key: "system", line: nil, value: name, valid: names, nearest: nearestName(to: name, among: names))
        }
    }
}

extension ZuDann.Settings {
    /// The sizes that an experiment of the system `zu-dann` asks for.
    public init(_ experiment: Experiment, classes: Int) {
        let (inputs, model) = (experiment.inputs, experiment.model)
        self.init()
        modalities =
            switch model.modalities {
            case .both: .both
            case .audio: .audio
            case .video: .video
            }
        tokens =
            switch model.tokens {
            case .sequence: .sequence
            case .pooled: .pooled
            case .patches: .patches
            }
        pooling = model.pooling == .mean ? .mean : .attention
        audio = EmoCatcher.Settings(
            bands: inputs.melBands, channels: model.audio.channels, kernels: model.audio.kernels, hidden: model.audio.hidden,
            layers: model.audio.layers, dropout: model.audio.dropout)
        video = TimeSformer.Settings(
            imageSize: inputs.pictureSize, patch: model.video.patch, frames: inputs.frames, width: model.video.width,
            layers: model.video.layers, heads: model.video.heads, mlp: model.video.mlp, dropout: model.video.dropout)
        video.positionDeviation = Float(model.video.positionDeviation)
        fusion =
            switch model.fusion.kind {
            case .middle: .middle
            case .early: .early
            case .late: .late
            }
        lateRule =
            switch model.fusion.lateRule {
            case .learned: .learned
            case .average: .average
            case .vote: .vote
            }
        width = model.fusion.width
        heads = model.fusion.heads
        stages = model.fusion.stages
        dropout = model.fusion.dropout
        self.classes = classes
    }
}
