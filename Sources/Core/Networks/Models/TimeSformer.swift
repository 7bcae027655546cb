// TimeSformer with divided space-time attention (Bertasius et al. 2021); names and order of operations of Hugging Face's
// implementation, parity notes §6.
import Tensors

public final class TimeSformer {
    public struct Settings: Sendable, Equatable {
        public var imageSize, patch, frames, width, layers, heads, mlp: Int
        public var dropout: Double
        public var normEpsilon: Float = 1e-6
        /// Whether the projections to query, key and value have a bias.
        public var qkvBias = true
        /// Spread of the first position and time embeddings. Hugging Face's 0.02 suits long training; a few hundred steps need them louder.
        public var positionDeviation: Float = 0.02
        /// How position embeddings reach another grid than their own: Hugging Face takes nearest, zu-dann §4 bicubic.
        public var positionResize = Tensor.Interpolation.nearest

        /// `facebook/timesformer-base-finetuned-k400`.
        public init(
            imageSize: Int = 224, patch: Int = 16, frames: Int = 8, width: Int = 768, layers: Int = 12, heads: Int = 12,
            mlp: Int = 3072, dropout: Double = 0
        ) {
            self.imageSize = imageSize
            self.patch = patch
            self.frames = frames
            self.width = width
            self.layers = layers
            self.heads = heads
            self.mlp = mlp
            self.dropout = dropout
        }

        public var patches: Int { (imageSize / patch) * (imageSize / patch) }
    }

    public struct Output: Sendable {
        /// `[batch, 1, width]`, after the last norm.
        public var classToken: Tensor
        /// `[batch, patches, frames, width]`, after the last norm.
        public var patchTokens: Tensor
        /// Each layer's spatial attention `[batch * frames, heads, 1 + patches, 1 + patches]` and temporal attention
        /// `[batch * patches, heads, frames, frames]`; none where the context does not keep them.
        public var spatialAttention: [Tensor] = [], temporalAttention: [Tensor] = []

        /// All tokens `[batch, 1 + patches * frames, width]`, patch-major and time-minor: Hugging Face's `last_hidden_state`.
        public var tokens: Tensor {
            let (b, n, t, d) = (patchTokens.shape[0], patchTokens.shape[1], patchTokens.shape[2], patchTokens.shape[3])
            return Tensor.concatenated([classToken, patchTokens.reshaped([b, n * t, d])], axis: 1)
        }

        /// One token a frame, the mean over its patches: `[batch, frames, width]`.
        public var frameTokens: Tensor { patchTokens.mean(axis: 1) }
    }

    public let settings: Settings
    let embeddings: TimeSformerEmbeddings
    let layers: [TimeSformerLayer]
    let norm: LayerNorm

    public init(_ settings: Settings, at scope: Scope) {
        self.settings = settings
        embeddings = TimeSformerEmbeddings(settings, at: scope["embeddings"])
        layers = (0..<settings.layers).map { TimeSformerLayer(settings, at: scope["encoder"]["layer"][$0]) }
        norm = LayerNorm(settings.width, epsilon: settings.normEpsilon, at: scope["layernorm"])
    }

    /// `pictures` is `[batch, frames, 3, height, width]`.
    public func callAsFunction(_ pictures: Tensor, _ context: Context) -> Output {
        var state = embeddings(pictures, context)
        var spatial: [Tensor] = [], temporal: [Tensor] = []
        for layer in layers {
            let (next, weights) = layer(state, context)
            state = next
            if let map = weights.spatial { spatial.append(map) }
            if let map = weights.temporal { temporal.append(map) }
        }
        return Output(
            classToken: norm(state.clip, context), patchTokens: norm(state.patches, context), spatialAttention: spatial,
            temporalAttention: temporal)
    }
}

/// Between layers: the clip's token `[batch, 1, width]` and the patches' `[batch, patches, frames, width]`.
struct TimeSformerState {
    var clip: Tensor
    var patches: Tensor
}

struct TimeSformerEmbeddings {
    private let settings: TimeSformer.Settings
    private let clip, positions, times: Parameter
    private let projectionWeight, projectionBias: Parameter

    init(_ settings: TimeSformer.Settings, at scope: Scope) {
        self.settings = settings
        let (d, p) = (settings.width, settings.patch)
        clip = scope.parameter("cls_token", [1, 1, d], .truncatedNormal(0.02))
        positions = scope.parameter("position_embeddings", [1, settings.patches + 1, d], .truncatedNormal(settings.positionDeviation))
        times = scope.parameter("time_embeddings", [1, settings.frames, d], .truncatedNormal(settings.positionDeviation))
        let projection = scope["patch_embeddings"]["projection"]
        projectionWeight = projection.parameter("weight", [d, 3, p, p], .uniform(1 / Float(3 * p * p).squareRoot()))
        projectionBias = projection.parameter("bias", [d], .zeros)
    }

    func callAsFunction(_ pictures: Tensor, _ context: Context) -> TimeSformerState {
        let (b, t, d) = (pictures.shape[0], pictures.shape[1], settings.width)
        let grid = (rows: pictures.shape[3] / settings.patch, columns: pictures.shape[4] / settings.patch)
        let n = grid.rows * grid.columns
        let (clipPosition, patchPositions) = positionEmbeddings(grid, context)
        let projected = patches(of: pictures, grid)
            .linear(weight: context(projectionWeight).reshaped([d, -1]), bias: context(projectionBias))
        // Position and time are added as one [patches, frames, width] table.
        let table = patchPositions.reshaped([n, 1, d]) + timeEmbeddings(t, context).reshaped([1, t, d])
        let tokens = projected.reshaped([b, t, n, d]).permuted([0, 2, 1, 3]) + table
        let clipToken = (context(clip) + clipPosition.reshaped([1, 1, d])).expanded(to: [b, 1, d])
        return TimeSformerState(clip: context.dropout(clipToken, settings.dropout), patches: context.dropout(tokens, settings.dropout))
    }

    /// Every patch as a row: `[batch, frames, patches, 3 * patch * patch]`, rows of the picture first.
    private func patches(of pictures: Tensor, _ grid: (rows: Int, columns: Int)) -> Tensor {
        let (b, t, p) = (pictures.shape[0], pictures.shape[1], settings.patch)
        return pictures.reshaped([b * t, 3, grid.rows, p, grid.columns, p]).permuted([0, 2, 4, 1, 3, 5])
            .reshaped([b, t, grid.rows * grid.columns, 3 * p * p])
    }

    /// The clip's own position and the patches' `[patches, width]`, resized where the grid is another than the table's.
    private func positionEmbeddings(_ grid: (rows: Int, columns: Int), _ context: Context) -> (clip: Tensor, patches: Tensor) {
        let table = context(positions).reshaped([settings.patches + 1, settings.width])
        let clip = table.sliced(axis: 0, from: 0, to: 1), patches = table.sliced(axis: 0, from: 1, to: settings.patches + 1)
        let side = settings.imageSize / settings.patch
        // Hugging Face compares numbers of patches, not sides: its nearest leaves the table as it is where the numbers agree.
        let isOwn = settings.positionResize == .nearest ? grid.rows * grid.columns == settings.patches : grid.rows == side && grid.columns == side
        if isOwn { return (clip, patches) }
        let plane = patches.transposed().reshaped([1, settings.width, side, side])
        let resized = plane.resized(height: grid.rows, width: grid.columns, settings.positionResize)
        return (clip, resized.reshaped([settings.width, grid.rows * grid.columns]).transposed())
    }

    private func timeEmbeddings(_ frames: Int, _ context: Context) -> Tensor {
        let table = context(times).reshaped([settings.frames, settings.width])
        return table.resized(axis: 0, to: frames, .nearest)
    }
}

struct TimeSformerLayer {
    private let temporalNorm, spatialNorm, mlpNorm: LayerNorm
    private let temporal, spatial: TimeSformerAttention
    private let temporalDense, up, down: Linear
    private let dropout: Double

    init(_ settings: TimeSformer.Settings, at scope: Scope) {
        let d = settings.width
        dropout = settings.dropout
        temporalNorm = LayerNorm(d, epsilon: settings.normEpsilon, at: scope["temporal_layernorm"])
        temporal = TimeSformerAttention(settings, at: scope["temporal_attention"])
        temporalDense = Linear(d, d, weight: .xavierUniform, at: scope["temporal_dense"])
        spatialNorm = LayerNorm(d, epsilon: settings.normEpsilon, at: scope["layernorm_before"])
        spatial = TimeSformerAttention(settings, at: scope["attention"])
        mlpNorm = LayerNorm(d, epsilon: settings.normEpsilon, at: scope["layernorm_after"])
        up = Linear(d, settings.mlp, weight: .xavierUniform, at: scope["intermediate"]["dense"])
        down = Linear(settings.mlp, d, weight: .xavierUniform, at: scope["output"]["dense"])
    }

    func callAsFunction(
        _ state: TimeSformerState, _ context: Context
    ) -> (state: TimeSformerState, attention: (spatial: Tensor?, temporal: Tensor?)) {
        let (overTime, temporalWeights) = attendOverTime(state.patches, context)
        let (both, spatialWeights) = attendOverSpace(TimeSformerState(clip: state.clip, patches: overTime), context)
        let next = TimeSformerState(clip: mlp(both.clip, context), patches: mlp(both.patches, context))
        return (next, (spatialWeights, temporalWeights))
    }

    /// Each patch attends to itself in the other frames; the clip's token takes no part.
    private func attendOverTime(_ z: Tensor, _ context: Context) -> (Tensor, Tensor?) {
        let (b, n, t, d) = (z.shape[0], z.shape[1], z.shape[2], z.shape[3])
        let (mixed, weights) = temporal(temporalNorm(z.reshaped([b * n, t, d]), context), context)
        return (z + temporalDense(context.dropout(mixed, dropout), context).reshaped([b, n, t, d]), weights)
    }

    /// Within each frame all patches and a copy of the clip's token attend to each other; the copies are averaged.
    private func attendOverSpace(_ state: TimeSformerState, _ context: Context) -> (TimeSformerState, Tensor?) {
        let z = state.patches
        let (b, n, t, d) = (z.shape[0], z.shape[1], z.shape[2], z.shape[3])
        let clips = state.clip.expanded(to: [b, t, d]).reshaped([b, t, 1, d])
        let frames = Tensor.concatenated([clips, z.permuted([0, 2, 1, 3])], axis: 2).reshaped([b * t, n + 1, d])
        let (raw, weights) = spatial(spatialNorm(frames, context), context)
        let mixed = context.dropout(raw, dropout).reshaped([b, t, n + 1, d])
        let clip = state.clip + mixed.sliced(axis: 2, from: 0, to: 1).reshaped([b, t, d]).mean(axis: 1, keep: true)
        let patches = z + mixed.sliced(axis: 2, from: 1, to: n + 1).permuted([0, 2, 1, 3])
        return (TimeSformerState(clip: clip, patches: patches), weights)
    }

    private func mlp(_ x: Tensor, _ context: Context) -> Tensor {
        x + context.dropout(down(up(mlpNorm(x, context), activation: .gelu, context), context), dropout)
    }
}

/// Self-attention with one product for query, key and value.
struct TimeSformerAttention {
    private let qkv, output: Linear
    private let heads: Int

    init(_ settings: TimeSformer.Settings, at scope: Scope) {
        let width = settings.width
        heads = settings.heads
        qkv = Linear(width, 3 * width, bias: settings.qkvBias, weight: .xavierUniform, at: scope["attention"]["qkv"])
        output = Linear(width, width, weight: .xavierUniform, at: scope["output"]["dense"])
    }

    /// `[batch, tokens, width]` to the same, with weights `[batch, heads, tokens, tokens]` where the context keeps them.
    func callAsFunction(_ x: Tensor, _ context: Context) -> (Tensor, Tensor?) {
        let (b, t, d) = (x.shape[0], x.shape[1], x.shape[2])
        let packed = qkv(x, context)
        guard context.keepsAttention else { return (output(packed.packedSelfAttention(heads: heads), context), nil) }
        let parts = packed.reshaped([b, t, 3, heads, d / heads]).permuted([2, 0, 3, 1, 4])
        func part(_ i: Int) -> Tensor { parts.selected(axis: 0, i) }
        let (mixed, weights) = context.attention(part(0), part(1), part(2), lengths: nil)
        return (output(mixed.joinedHeads(), context), weights)
    }
}
