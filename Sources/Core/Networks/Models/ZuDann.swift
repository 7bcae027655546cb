// The audio-visual network of zu-dann §4: EmoCatcher and TimeSformer, progressive middle fusion, classifier.
// With one modality the fused vector is that modality's own.
import Tensors

public final class ZuDann: Network {
    public enum Modalities: Sendable { case both, audio, video }
    public enum Tokens: Sendable { case sequence, pooled }
    public enum Pooling: Sendable { case mean, attention }

    public struct Settings: Sendable, Equatable {
        public var modalities = Modalities.both
        /// What the stages attend over: steps and frames, or one vector a modality (the text).
        public var tokens = Tokens.sequence
        /// How steps of sound become one vector after the stages: their mean, or weighted by the encoder's attention.
        public var pooling = Pooling.mean
        public var audio = EmoCatcher.Settings.zu
        public var video = TimeSformer.Settings(imageSize: 112)
        public var width = 192
        public var heads = 8
        public var stages = 2
        public var dropout = 0.1
        public var classes = 6

        public init() {}
    }

    public let settings: Settings
    private let audio: EmoCatcher?
    private let video: TimeSformer?
    private let audioProjection, videoProjection: Linear?
    private let fusion: ProgressiveFusion?
    private let head: TwoLayerHead

    public init(_ settings: Settings, at scope: Scope) {
        self.settings = settings
        let hears = settings.modalities != .video, sees = settings.modalities != .audio, both = hears && sees
        var audioSettings = settings.audio
        // A layer that nothing reads would be saved and drawn as if it had learned something.
        audioSettings.pools = !both || settings.tokens == .pooled || settings.pooling == .attention
        audio = hears ? EmoCatcher(audioSettings, at: scope["audio"]) : nil
        video = sees ? TimeSformer(settings.video, at: scope["timesformer"]) : nil
        audioProjection = hears ? Linear(settings.audio.width, settings.width, at: scope["pa"]) : nil
        videoProjection = sees ? Linear(settings.video.width, settings.width, at: scope["pv"]) : nil
        fusion = both ? ProgressiveFusion(settings.width, heads: settings.heads, stages: settings.stages, at: scope) : nil
        head = TwoLayerHead(
            both ? 2 * settings.width : settings.width, hidden: settings.width, outputs: settings.classes, dropout: settings.dropout,
            at: scope["head"])
    }

    public var embeddingWidths: [String: Int] {
        var widths = ["fused": fusion == nil ? settings.width : 2 * settings.width]
        if audio != nil { widths["audio"] = settings.width }
        if video != nil { widths["video"] = settings.width }
        if fusion != nil {
            for stage in 1...settings.stages { widths["stage\(stage)"] = 2 * settings.width }
        }
        return widths
    }

    /// Gives `attention["audio"]` where steps of sound are weighted, per layer `video.spatial.0` and `video.temporal.0` (see
    /// `TimeSformer.Output`), and per stage `stage1.audio_to_video` and back.
    public func callAsFunction(_ input: NetworkInput, _ context: Context) -> NetworkOutput {
        var embeddings: [String: Tensor] = [:]
        var attention: [String: Tensor] = [:]
        let heard = audio.map { hear($0, input, context) }
        let seen = video.map { see($0, input, context, &attention) }
        if let heard {
            embeddings["audio"] = heard.pooled
            attention["audio"] = heard.shownWeights
        }
        if let seen { embeddings["video"] = seen.pooled }
        if let heard, let seen, let fusion {
            fuse(fusion(heard.tokens, seen.tokens, lengths: heard.lengths, context), like: heard, &embeddings, &attention)
        } else {
            embeddings["fused"] = heard?.pooled ?? seen?.pooled
        }
        guard let fused = embeddings["fused"] else { preconditionFailure("a network has one modality at least") }
        return NetworkOutput(logits: head(fused, context), embeddings: embeddings, attention: attention)
    }

    /// Tokens of one modality on their way into fusion.
    private struct Stream {
        /// `[batch, steps, width]`, projected.
        var tokens: Tensor
        var lengths: [Int]?
        /// `[batch, steps]`, where steps are pooled by attention.
        var weights: Tensor?
        /// The encoder's attention for drawing; differs from `weights` where the tokens are pooled already.
        var shownWeights: Tensor?

        var pooled: Tensor { pool(tokens) }

        func pool(_ steps: Tensor) -> Tensor {
            guard let weights else { return steps.meanOverSteps(lengths: lengths) }
            let (b, t, d) = (steps.shape[0], steps.shape[1], steps.shape[2])
            return weights.reshaped([b, 1, t]).matmul(steps).reshaped([b, d])
        }
    }

    private func hear(_ encoder: EmoCatcher, _ input: NetworkInput, _ context: Context) -> Stream {
        guard let mel = input.mel, let project = audioProjection else { preconditionFailure("this network needs sound") }
        let encoded = encoder(mel, lengths: input.melLengths, context)
        if fusion != nil, settings.tokens == .sequence {
            return Stream(
                tokens: project(encoded.sequence, context), lengths: encoded.lengths, weights: encoded.weights, shownWeights: encoded.weights)
        }
        guard let pooled = encoded.pooled else { preconditionFailure("an encoder that is pooled has attention") }
        let token = project(pooled, context).reshaped([mel.shape[0], 1, settings.width])
        return Stream(tokens: token, shownWeights: encoded.weights)
    }

    private func see(_ encoder: TimeSformer, _ input: NetworkInput, _ context: Context, _ attention: inout [String: Tensor]) -> Stream {
        guard let pictures = input.pictures, let project = videoProjection else { preconditionFailure("this network needs pictures") }
        let encoded = encoder(pictures, context)
        for (layer, map) in encoded.spatialAttention.enumerated() { attention["video.spatial.\(layer)"] = map }
        for (layer, map) in encoded.temporalAttention.enumerated() { attention["video.temporal.\(layer)"] = map }
        let perFrame = fusion != nil && settings.tokens == .sequence
        let tokens = perFrame ? encoded.frameTokens : encoded.tokens.mean(axis: 1, keep: true)
        return Stream(tokens: project(tokens, context))
    }

    /// Both modalities' vectors after each stage, side by side; after the last one they are the fused vector.
    private func fuse(
        _ stages: [StageOutput], like heard: Stream, _ embeddings: inout [String: Tensor], _ attention: inout [String: Tensor]
    ) {
        for (index, stage) in stages.enumerated() {
            let name = "stage\(index + 1)"
            embeddings[name] = Tensor.concatenated([heard.pool(stage.audio), stage.video.mean(axis: 1)], axis: 1)
            attention[name + ".audio_to_video"] = stage.audioToVideo
            attention[name + ".video_to_audio"] = stage.videoToAudio
        }
        embeddings["fused"] = embeddings["stage\(stages.count)"]
    }
}
