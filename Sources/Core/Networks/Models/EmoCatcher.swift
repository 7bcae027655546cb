// EmoCatcher: convolutions, GRU and additive attention over a log-mel spectrogram (hwang9u/emocatcher; parity notes §4),
// as published and with the sizes of zu-dann §4. Parameter names are the published checkpoint's.
import Tensors

public final class EmoCatcher {
    public struct Settings: Sendable, Equatable {
        /// How the attention scores a step: with the GRU's final state as query and biases (published), or from the step alone (zu-dann).
        public enum Attention: Sendable { case query, keysOnly }

        public var bands: Int
        public var channels, kernels: [Int]
        /// Steps that the max-pool after the convolutions joins; 1 leaves it out.
        public var pooling: Int
        /// Layer norm between pool and GRU.
        public var normBeforeGRU: Bool
        public var hidden, layers: Int
        public var attention: Attention
        /// Width in which scores are computed.
        public var attentionWidth: Int
        /// After each convolution block, and between GRU layers.
        public var dropout: Double
        public var start: GRU.Start
        /// Whether the attention layer exists; without it the output has a sequence only.
        public var pools = true

        public init(
            bands: Int = 128, channels: [Int] = [128, 256, 256], kernels: [Int] = [5, 3, 3], pooling: Int = 2,
            normBeforeGRU: Bool = true, hidden: Int = 144, layers: Int = 2, attention: Attention = .keysOnly,
            attentionWidth: Int? = nil, dropout: Double = 0.1, start: GRU.Start = .pytorch
        ) {
            self.bands = bands
            self.channels = channels
            self.kernels = kernels
            self.pooling = pooling
            self.normBeforeGRU = normBeforeGRU
            self.hidden = hidden
            self.layers = layers
            self.attention = attention
            self.attentionWidth = attentionWidth ?? hidden
            self.dropout = dropout
            self.start = start
        }

        /// The sizes of zu-dann §4.
        public static let zu = Settings()
        /// The published network's encoder.
        public static let published = Settings(
            bands: 64, channels: [64, 64, 128], kernels: [3, 3, 3], hidden: 64, layers: 1, attention: .query, attentionWidth: 128,
            dropout: 0.2, start: .orthogonal)

        /// Width of the output, both directions.
        public var width: Int { 2 * hidden }
    }

    public struct Output: Sendable {
        /// `[batch, steps, width]`; steps from `lengths[b]` on are 0.
        public var sequence: Tensor
        public var lengths: [Int]?
        /// Attention's weighted mean `[batch, width]` and its weights `[batch, steps]`.
        public var pooled: Tensor?
        public var weights: Tensor?
    }

    public let settings: Settings
    private let blocks: [(convolution: Conv1d, norm: LayerNorm)]
    private let gruNorm: LayerNorm?
    private let gru: GRU
    private let attention: AdditiveAttention?

    public init(_ settings: Settings, at scope: Scope) {
        self.settings = settings
        let inputs = [settings.bands] + settings.channels.dropLast()
        let convolutionStart: Initialiser? = settings.start == .orthogonal ? .kaimingNormal : nil
        blocks = settings.channels.indices.map { i in
            let block = scope["conv_block\(i + 1)"]["conv_block"]
            return (
                Conv1d(inputs[i], settings.channels[i], kernel: settings.kernels[i], weight: convolutionStart, at: block[0]),
                LayerNorm(settings.channels[i], at: block[1]["layer_norm"])
            )
        }
        let width = settings.channels[settings.channels.count - 1]
        gruNorm = settings.normBeforeGRU ? LayerNorm(width, at: scope["gru_layernorm"]) : nil
        gru = GRU(
            width, hidden: settings.hidden, layers: settings.layers, dropout: settings.dropout, start: settings.start, at: scope["gru"])
        attention = settings.pools ? AdditiveAttention(settings, at: scope["attention"]) : nil
    }

    /// `mel` is `[batch, bands, frames]`. With `lengths`, the GRU and the attention stop at each clip's end; `masksConvolutions`
    /// also keeps padding out of the convolutions, so that a clip's result does not depend on its batch (the published one does).
    public func callAsFunction(_ mel: Tensor, lengths: [Int]?, masksConvolutions: Bool = true, _ context: Context) -> Output {
        let mask = masksConvolutions ? lengths.map { frameMask($0, frames: mel.shape[2]) } : nil
        var x = mask.map { mel * $0.reshaped([mel.shape[0], 1, mel.shape[2]]) } ?? mel
        for (index, block) in blocks.enumerated() {
            let normed = block.norm(block.convolution(x, context).transposed(1, 2), context)
            var steps = context.dropout(normed.gelu(), settings.dropout)
            if let mask, index < blocks.count - 1 { steps = steps * mask }
            x = steps.transposed(1, 2)
        }
        if settings.pooling > 1 { x = x.maxPool1d(settings.pooling) }
        var steps = x.transposed(1, 2)
        if let gruNorm { steps = gruNorm(steps, context) }
        let pooledLengths = lengths?.map { max($0 / settings.pooling, 1) }
        let (sequence, final) = gru(steps, lengths: pooledLengths, context)
        let pooled = attention?(sequence, final: final, lengths: pooledLengths, context)
        return Output(sequence: sequence, lengths: pooledLengths, pooled: pooled?.context, weights: pooled?.weights)
    }

    /// `[batch, frames, 1]`: 1 where there is sound.
    private func frameMask(_ lengths: [Int], frames: Int) -> Tensor {
        Tensor(lengthMask(lengths, steps: frames), shape: [lengths.count, frames, 1])
    }
}

/// Bahdanau's attention (2015) over the steps of a sequence.
struct AdditiveAttention {
    private let query: Linear?
    private let key: Linear
    private let score: Linear

    init(_ settings: EmoCatcher.Settings, at scope: Scope) {
        let published = settings.attention == .query
        let start: Initialiser? = settings.start == .orthogonal ? .kaimingNormal : nil
        query = published ? Linear(settings.width, settings.attentionWidth, weight: start, at: scope["linear_q"]) : nil
        key = Linear(settings.width, settings.attentionWidth, bias: published, weight: start, at: scope["linear_k"])
        score = Linear(settings.attentionWidth, 1, bias: published, weight: start, at: scope["linear_z"])
    }

    /// `steps` is `[batch, steps, width]`, `final` the GRU's last state `[batch, width]`.
    func callAsFunction(_ steps: Tensor, final: Tensor, lengths: [Int]?, _ context: Context) -> (context: Tensor, weights: Tensor) {
        var keys = key(steps, context)
        if let query { keys = keys + query(final, context).expandedAxis(1) }
        let (average, weights) = steps.averaged(scores: score(keys.tanh(), context).squeezed(-1), lengths: lengths)
        return (average, weights)
    }
}

/// The published network whole: encoder, then 128 → 64 → classes.
public final class PublishedEmoCatcher: Network {
    private let encoder: EmoCatcher
    private let hidden, output: Linear
    private let norm: BatchNorm1d

    public init(classes: Int = 8, at scope: Scope) {
        encoder = EmoCatcher(.published, at: scope)
        let width = EmoCatcher.Settings.published.width
        hidden = Linear(width, 64, weight: .kaimingNormal, at: scope["linear1"][0])
        norm = BatchNorm1d(64, at: scope["linear1"][1])
        output = Linear(64, classes, weight: .kaimingNormal, at: scope["linear2"])
    }

    public var embeddingWidths: [String: Int] { ["audio": EmoCatcher.Settings.published.width] }

    /// Padding goes through the convolutions, as published.
    public func callAsFunction(_ input: NetworkInput, _ context: Context) -> NetworkOutput {
        guard let mel = input.mel else { preconditionFailure("EmoCatcher needs sound") }
        let encoded = encoder(mel, lengths: input.melLengths, masksConvolutions: false, context)
        guard let pooled = encoded.pooled, let weights = encoded.weights else { preconditionFailure("the published settings pool") }
        let features = context.dropout(norm(hidden(pooled, context), context).gelu(), 0.1)
        return NetworkOutput(logits: output(features, context), embeddings: ["audio": pooled], attention: ["audio": weights])
    }
}
