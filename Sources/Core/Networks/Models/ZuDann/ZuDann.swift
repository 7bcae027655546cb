// The audio-visual network of zu-dann §4: EmoCatcher and TimeSformer, one of three fusions, classifier.
// With one modality the fused vector is that modality's own, whatever the fusion.
import Tensors

public final class ZuDann: Network {
    public enum Modalities: Sendable { case both, audio, video }
    public enum Tokens: Sendable { case sequence, pooled, patches }
    public enum Pooling: Sendable { case mean, attention }
    public enum FusionKind: Sendable { case middle, early, late }

    public struct Settings: Sendable, Equatable {
        public var modalities = Modalities.both
        /// What the stages of middle fusion attend over: steps and frames, steps and every frame's patches, or one vector a modality
        /// (the text). Early and late fusion have one vector a modality.
        public var tokens = Tokens.sequence
        /// How steps of sound become one vector after the stages: their mean, or weighted by the encoder's attention.
        public var pooling = Pooling.mean
        public var audio = EmoCatcher.Settings.zu
        public var video = TimeSformer.Settings(imageSize: 112)
        public var fusion = FusionKind.middle
        public var lateRule = LateFusion.Rule.learned
        public var width = 192
        public var heads = 8
        public var stages = 2
        public var dropout = 0.1
        public var classes = 6

        public init() {}

        /// Whether each modality reaches fusion as one vector.
        var isPooled: Bool { modalities != .both || fusion != .middle || tokens == .pooled }
    }

    /// What turns the modalities' vectors into logits.
    private enum Classifier {
        /// Of one modality, or of both side by side (early fusion).
        case joint(TwoLayerHead)
        case middle(ProgressiveFusion, TwoLayerHead)
        case late(LateFusion)
    }

    public let settings: Settings
    let audio: EmoCatcher?
    let video: TimeSformer?
    let audioProjection, videoProjection: Linear?
    private let classifier: Classifier

    public init(_ settings: Settings, at scope: Scope) {
        self.settings = settings
        let hears = settings.modalities != .video, sees = settings.modalities != .audio
        var audioSettings = settings.audio
        // A layer that nothing reads would be saved and drawn as if it had learned something.
        audioSettings.pools = settings.isPooled || settings.pooling == .attention
        audio = hears ? EmoCatcher(audioSettings, at: scope["audio"]) : nil
        video = sees ? TimeSformer(settings.video, at: scope["timesformer"]) : nil
        audioProjection = hears ? Linear(settings.audio.width, settings.width, at: scope["pa"]) : nil
        videoProjection = sees ? Linear(settings.video.width, settings.width, at: scope["pv"]) : nil
        func head() -> TwoLayerHead {
            TwoLayerHead(
                hears && sees ? 2 * settings.width : settings.width, hidden: settings.width, outputs: settings.classes,
                dropout: settings.dropout,
                at: scope["head"])
        }
        classifier =
            switch (hears && sees, settings.fusion) {
            case (true, .middle):
                .middle(ProgressiveFusion(settings.width, heads: settings.heads, stages: settings.stages, at: scope), head())
            case (true, .late):
                .late(LateFusion(settings.width, classes: settings.classes, rule: settings.lateRule, dropout: settings.dropout, at: scope))
            case (true, .early), (false, _): .joint(head())
            }
    }

    public var embeddingWidths: [String: Int] {
        var widths = ["fused": settings.modalities == .both ? 2 * settings.width : settings.width]
        if audio != nil { widths["audio"] = settings.width }
        if video != nil { widths["video"] = settings.width }
        if case .middle = classifier {
            for stage in 1...settings.stages { widths["stage\(stage)"] = 2 * settings.width }
        }
        return widths
    }

    /// Gives `attention["audio"]` where steps of sound are weighted, per layer `video.spatial.0` and `video.temporal.0` (see
    /// `TimeSformer.Output`), and per stage of middle fusion `stage1.audio_to_video` and back.
    public func callAsFunction(_ input: NetworkInput, _ context: Context) -> NetworkOutput {
        var embeddings: [String: Tensor] = [:], attention: [String: Tensor] = [:], modalityLogits: [String: Tensor] = [:]
        let heard = audio.map { hear($0, input, context) }
        let seen = video.map { see($0, input, context, &attention) }
        if let heard {
            embeddings["audio"] = heard.pooled
            attention["audio"] = heard.shownWeights
        }
        if let seen { embeddings["video"] = seen.pooled }
        let logits: Tensor
        switch (classifier, heard, seen) {
        case (.middle(let stages, let head), let heard?, let seen?):
            fuse(stages(heard.tokens, seen.tokens, lengths: heard.lengths, context), like: heard, &embeddings, &attention)
            logits = head(fused(embeddings), context)
        case (.late(let late), _, _):
            embeddings["fused"] = sideBySide(embeddings)
            (logits, modalityLogits) = late(audio: embeddings["audio"], video: embeddings["video"], context)
        case (.joint(let head), _, _):
            embeddings["fused"] = sideBySide(embeddings)
            logits = head(fused(embeddings), context)
        case (.middle, _, _): preconditionFailure("middle fusion has both modalities")
        }
        var output = NetworkOutput(logits: logits, embeddings: embeddings, attention: attention)
        output.modalityLogits = modalityLogits
        return output
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

    /// The modalities' own vectors: `[batch, 2 * width]`, or the only one.
    private func sideBySide(_ embeddings: [String: Tensor]) -> Tensor {
        let parts = [embeddings["audio"], embeddings["video"]].compactMap(\.self)
        return parts.count == 1 ? parts[0] : Tensor.concatenated(parts, axis: 1)
    }

    private func fused(_ embeddings: [String: Tensor]) -> Tensor {
        guard let fused = embeddings["fused"] else { preconditionFailure("every fusion gives a fused vector") }
        return fused
    }
}
