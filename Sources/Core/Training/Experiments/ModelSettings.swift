// `[model]`: the network's parts and sizes.
import Inputs
import Networks

public struct ModelSettings: Sendable, Codable, Equatable {
    public enum Preset: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable { case nano, small, base }
    public enum Modalities: String, Sendable, Codable, CaseIterable {
        case both, audio, video

        /// What of a clip must be usable for it.
        public var needs: ClipNeeds {
            switch self {
            case .both: .all
            case .audio: .sound
            case .video: .pictures
            }
        }
    }
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
    public var lora = LoRASettings()

    public init() {}

    /// EmoCatcher with zu-dann §4's sizes.
    public struct AudioSettings: Sendable, Codable, Equatable {
        public enum Variant: String, Sendable, Codable, CaseIterable { case zu, published }

        /// The thesis' encoder, or the public network's, whose weights are to be had. The sizes below are the variant's where the file names none.
        public var variant = Variant.zu
        public var channels = [128, 256, 256]
        public var kernels = [5, 3, 3]
        public var hidden = 144
        public var layers = 2
        public var dropout = 0.1
        /// Starting values: a file of the public network's (safetensors or PyTorch); empty: drawn.
        public var pretrained = ""
        /// The encoder does not learn.
        public var frozen = false

        public init() {}

        /// Takes over a variant's sizes.
        mutating func use(_ variant: Variant) {
            self.variant = variant
            guard variant == .published else { return }
            let sizes = EmoCatcher.Settings.published
            (channels, kernels, hidden, layers, dropout) = (sizes.channels, sizes.kernels, sizes.hidden, sizes.layers, sizes.dropout)
        }
    }

    /// TimeSformer-base.
    public struct VideoSettings: Sendable, Codable, Equatable {
        public enum PositionResize: String, Sendable, Codable, CaseIterable { case bicubic, nearest }

        public var width = 768
        public var layers = 12
        public var heads = 12
        public var mlp = 3072
        public var patch = 16
        public var dropout = 0.0
        /// Spread of position and time embeddings at the start; a short run from scratch needs them louder than 0.02 (ours).
        public var positionDeviation = 0.02
        /// Starting values: a file of Hugging Face's TimeSformer (safetensors or PyTorch), e.g. `facebook/timesformer-base-finetuned-k400`;
        /// empty: drawn. Its classifier is left out.
        public var pretrained = ""
        /// How starting values of position embeddings reach another grid: the text's bicubic, or Hugging Face's nearest.
        public var positionResize = PositionResize.bicubic
        /// The encoder does not learn; its adapters do.
        public var frozen = false

        public init() {}

        enum CodingKeys: String, CodingKey {
            case width, layers, heads, mlp, patch, dropout, pretrained, frozen
            case positionDeviation = "position_deviation"
            case positionResize = "position_resize"
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

    /// Low-rank adapters; without `enabled` nothing here counts. zu-dann §4: query and value of TimeSformer's attentions, rank 4, scale 8/4,
    /// dropout 0.1 (0.2 elsewhere in the text; 0.05 in single-corpus runs).
    public struct LoRASettings: Sendable, Codable, Equatable {
        public var enabled = false
        public var rank = 4
        /// What an adapter adds is scaled by alpha / rank.
        public var alpha = 8.0
        public var dropout = 0.1
        /// Of joint query-key-value projections the parts that are adapted: `query`, `key`, `value`; none adapts whole layers of any kind.
        public var targets = ["query", "value"]
        /// Which linear layers, by path, `*` for anything. Their own weights are frozen.
        public var pattern = "timesformer.*.attention.qkv"

        public init() {}
    }
}
