// `[model]`: the network's parts and sizes.

public struct ModelSettings: Sendable, Codable, Equatable {
    public enum Preset: String, Sendable, Codable, CaseIterable { case nano, small, base }
    public enum Modalities: String, Sendable, Codable, CaseIterable { case both, audio, video }
    public enum Tokens: String, Sendable, Codable, CaseIterable { case sequence, pooled, patches }
    public enum Pooling: String, Sendable, Codable, CaseIterable { case mean, attention }

    /// Sizes that hold where the file names none: `base` as published, `small` and `nano` for two cores.
    public var preset = Preset.base
    public var modalities = Modalities.both
    /// What middle fusion attends over. `sequence` (ours): audio steps attend to frames and back. `patches` (ours): to every frame's
    /// patches and back. `pooled` (the text): one vector each.
    public var tokens = Tokens.sequence
    /// How audio steps become one vector after fusion: their mean, or weighted by the encoder's own attention.
    public var pooling = Pooling.mean
    /// Leave padding out of attention and pooling (ours); false reproduces the text.
    public var mask = true
    public var audio = AudioSettings()
    public var video = VideoSettings()
    public var fusion = FusionSettings()

    public init() {}

    /// EmoCatcher with zu-dann §4's sizes.
    public struct AudioSettings: Sendable, Codable, Equatable {
        public var channels = [128, 256, 256]
        public var kernels = [5, 3, 3]
        public var hidden = 144
        public var layers = 2
        public var dropout = 0.1

        public init() {}
    }

    /// TimeSformer-base.
    public struct VideoSettings: Sendable, Codable, Equatable {
        public var width = 768
        public var layers = 12
        public var heads = 12
        public var mlp = 3072
        public var patch = 16
        public var dropout = 0.0
        /// Spread of position and time embeddings at the start; a short run from scratch needs them louder than 0.02 (ours).
        public var positionDeviation = 0.02

        public init() {}

        enum CodingKeys: String, CodingKey {
            case width, layers, heads, mlp, patch, dropout
            case positionDeviation = "position_deviation"
        }
    }

    /// Fusion, its head, and the discriminator (zu-dann §4).
    public struct FusionSettings: Sendable, Codable, Equatable {
        public enum Kind: String, Sendable, Codable, CaseIterable { case middle, early, late }
        public enum LateRule: String, Sendable, Codable, CaseIterable { case learned, average, vote }

        /// `middle`: cross-attention in stages. `early`: both vectors side by side into one classifier. `late`: a classifier a modality.
        public var kind = Kind.middle
        /// How `late` combines probabilities: learned weights, plain average, or a vote, which is trained as the average.
        public var lateRule = LateRule.learned
        public var width = 192
        public var heads = 8
        public var stages = 2
        public var dropout = 0.1
        public var discriminatorWidth = 96
        public var discriminatorDropout = 0.15

        public init() {}

        enum CodingKeys: String, CodingKey {
            case kind, width, heads, stages, dropout
            case lateRule = "late_rule"
            case discriminatorWidth = "discriminator_width"
            case discriminatorDropout = "discriminator_dropout"
        }
    }
}
