import Networks
import Training

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
        let published = EmoCatcher.Settings.published, isPublished = model.audio.variant == .published
        audio = EmoCatcher.Settings(
            bands: inputs.melBands, channels: model.audio.channels, kernels: model.audio.kernels, hidden: model.audio.hidden,
            layers: model.audio.layers, attention: isPublished ? published.attention : .keysOnly,
            attentionWidth: isPublished ? 2 * model.audio.hidden : nil, dropout: model.audio.dropout,
            start: isPublished ? published.start : .pytorch)
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
