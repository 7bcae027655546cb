// TimeSformer with divided space-time attention (Bertasius et al. 2021); names and order of operations of Hugging Face's
// implementation, parity notes §6.
import Tensors

public final class TimeSformer {
    public struct Settings: Sendable, Equatable {
        public var imageSize, patch, frames, width, layers, heads, mlp: Int
        public var dropout: Double
        /// Spread of the first position and time embeddings. Hugging Face's 0.02 suits long training; a few hundred steps need them louder.
        public var positionDeviation: Float = 0.02
        /// How position embeddings reach another grid than their own: Hugging Face takes nearest, zu-dann §4 bicubic.
        public var positionResize = Tensor.Interpolation.nearest
        /// Of the layer norms.
        public var epsilon: Float = 1e-6
        /// Whether the joint query-key-value projections have a bias.
        public var qkvBias = true

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
        norm = LayerNorm(settings.width, epsilon: settings.epsilon, at: scope["layernorm"])
    }

    /// `pictures` is `[batch, frames, 3, height, width]`.
    public func callAsFunction(_ pictures: Tensor, _ context: Context) -> Output {
        let (b, t, d) = (pictures.shape[0], pictures.shape[1], settings.width)
        let layout = TimeSformerLayout(
            batch: b, patches: (pictures.shape[3] / settings.patch) * (pictures.shape[4] / settings.patch), frames: t)
        var tokens = context.dropout(embeddings(pictures, context), settings.dropout)
        var spatial: [Tensor] = [], temporal: [Tensor] = []
        for layer in layers {
            let (next, weights) = layer(tokens, layout, context)
            tokens = next
            if let map = weights.spatial { spatial.append(map) }
            if let map = weights.temporal { temporal.append(map) }
        }
        let normed = norm(tokens, context), patchRows = b * layout.patches * t
        return Output(
            classToken: normed.sliced(axis: 0, from: patchRows, to: patchRows + b).reshaped([b, 1, d]),
            patchTokens: normed.sliced(axis: 0, from: 0, to: patchRows).reshaped([b, layout.patches, t, d]), spatialAttention: spatial,
            temporalAttention: temporal)
    }
}

extension TimeSformer {
    /// A table of position embeddings `[1, 1 + side², width]` or time embeddings `[1, frames, width]` for another grid or number of frames, the
    /// clip's own position as it is; nil for other parameters, widths and grids that are no square. Time goes by nearest, as in Hugging Face's.
    public static func resizedEmbedding(_ name: String, _ table: Tensor, to shape: [Int], _ interpolation: Tensor.Interpolation) -> Tensor?
    {
        guard table.rank == 3, shape.count == 3, table.shape[0] == 1, shape[0] == 1, table.shape[2] == shape[2], table.count > 0 else {
            return nil
        }
        let (rows, wanted, width) = (table.shape[1], shape[1], shape[2])
        if name.hasSuffix("embeddings.time_embeddings") { return table.resized(axis: 1, to: wanted, .nearest) }
        guard name.hasSuffix("embeddings.position_embeddings"), let from = side(rows - 1), let to = side(wanted - 1) else { return nil }
        let own = table.reshaped([rows, width])
        let plane = own.sliced(axis: 0, from: 1, to: rows).transposed().reshaped([1, width, from, from])
        let patches = plane.resized(height: to, width: to, interpolation).reshaped([width, to * to]).transposed()
        return Tensor.concatenated([own.sliced(axis: 0, from: 0, to: 1), patches], axis: 0).reshaped(shape)
    }

    /// The side of a square of so many patches.
    private static func side(_ patches: Int) -> Int? {
        let side = Int(Double(patches).squareRoot().rounded())
        return patches > 0 && side * side == patches ? side : nil
    }
}

/// How a batch's tokens lie in one matrix: patches first, clip by clip, patch-major and time-minor, then one token a clip. All of a layer's row-wise work
/// is then one product; its attentions see the rows through maps.
struct TimeSformerLayout {
    let batch, patches, frames: Int
    /// Patches alone, grouped by patch: each attends to itself in the other frames.
    let overTime: RowMap
    /// Grouped by frame: a copy of the clip's token, then the frame's patches.
    let overSpace: RowMap

    /// The batch's clips, whose rows lie together.
    func clips(of rows: Int) -> RowGroups { RowGroups(rows: rows, count: batch) }

    init(batch: Int, patches: Int, frames: Int) {
        (self.batch, self.patches, self.frames) = (batch, patches, frames)
        let patchRows = batch * patches * frames, rows = patchRows + batch
        overTime = RowMap(Array(0..<patchRows), of: rows)
        var order: [Int] = []
        order.reserveCapacity(patchRows + batch * frames)
        for b in 0..<batch {
            for t in 0..<frames {
                order.append(patchRows + b)
                for n in 0..<patches { order.append((b * patches + n) * frames + t) }
            }
        }
        overSpace = RowMap(order, of: rows)
    }
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

    /// The tokens of a batch, in the order of ``TimeSformerLayout``.
    func callAsFunction(_ pictures: Tensor, _ context: Context) -> Tensor {
        let (b, t, d) = (pictures.shape[0], pictures.shape[1], settings.width)
        let grid = (rows: pictures.shape[3] / settings.patch, columns: pictures.shape[4] / settings.patch)
        let n = grid.rows * grid.columns
        let (clipPosition, patchPositions) = positionEmbeddings(grid, context)
        let projected = patches(of: pictures, grid)
            .linear(weight: context(projectionWeight).reshaped([d, -1]), bias: context(projectionBias))
        // Position and time are added as one [patches, frames, width] table.
        let table = patchPositions.reshaped([n, 1, d]) + timeEmbeddings(t, context).reshaped([1, t, d])
        let tokens = projected.reshaped([b, t, n, d]).permuted([0, 2, 1, 3]) + table
        let clipTokens = (context(clip) + clipPosition.reshaped([1, 1, d])).expanded(to: [b, 1, d])
        return Tensor.concatenated([tokens.reshaped([b * n * t, d]), clipTokens.reshaped([b, d])], axis: 0)
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
        let isOwn =
            settings.positionResize == .nearest ? grid.rows * grid.columns == settings.patches : grid.rows == side && grid.columns == side
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
    private let temporalOutput: LinearPair
    private let dropout: Double

    init(_ settings: TimeSformer.Settings, at scope: Scope) {
        let d = settings.width
        dropout = settings.dropout
        temporalNorm = LayerNorm(d, epsilon: settings.epsilon, at: scope["temporal_layernorm"])
        temporal = TimeSformerAttention(d, heads: settings.heads, bias: settings.qkvBias, at: scope["temporal_attention"])
        temporalDense = Linear(d, d, weight: .xavierUniform, at: scope["temporal_dense"])
        temporalOutput = LinearPair(temporal.output, temporalDense)
        spatialNorm = LayerNorm(d, epsilon: settings.epsilon, at: scope["layernorm_before"])
        spatial = TimeSformerAttention(d, heads: settings.heads, bias: settings.qkvBias, at: scope["attention"])
        mlpNorm = LayerNorm(d, epsilon: settings.epsilon, at: scope["layernorm_after"])
        up = Linear(d, settings.mlp, weight: .xavierUniform, at: scope["intermediate"]["dense"])
        down = Linear(settings.mlp, d, weight: .xavierUniform, at: scope["output"]["dense"])
    }

    func callAsFunction(
        _ tokens: Tensor, _ layout: TimeSformerLayout, _ context: Context
    ) -> (tokens: Tensor, attention: (spatial: Tensor?, temporal: Tensor?)) {
        let (overTime, temporalWeights) = attendOverTime(tokens, layout, context)
        let (overSpace, spatialWeights) = attendOverSpace(overTime, layout, context)
        return (mlp(overSpace, layout, context), (spatialWeights, temporalWeights))
    }

    /// Each patch attends to itself in the other frames; the clip's token takes no part.
    private func attendOverTime(_ tokens: Tensor, _ layout: TimeSformerLayout, _ context: Context) -> (Tensor, Tensor?) {
        let x = temporalNorm(tokens, rows: layout.overTime, as: context.activationType, context)
        let groups = layout.clips(of: layout.patches * layout.frames)
        let (mixed, weights) = temporal.mix(
            x.reshaped([layout.batch * layout.patches, layout.frames, x.shape[1]]), groups: groups, context)
        let rows = mixed.reshaped(x.shape), drops = context.isTraining && dropout > 0
        let change =
            drops
            ? temporalDense(
                context.dropout(temporal.output(rows, precision: context.precision, groups: groups, context), dropout),
                precision: context.precision, context)
            : temporalOutput(rows, groups: groups, context)
        return (tokens.adding(change, at: layout.overTime), weights)
    }

    /// Within each frame all patches and a copy of the clip's token attend to each other; the copies are averaged.
    private func attendOverSpace(_ tokens: Tensor, _ layout: TimeSformerLayout, _ context: Context) -> (Tensor, Tensor?) {
        let x = spatialNorm(tokens, rows: layout.overSpace, as: context.activationType, context)
        let groups = layout.clips(of: (layout.patches + 1) * layout.frames)
        let (mixed, weights) = spatial.mix(
            x.reshaped([layout.batch * layout.frames, layout.patches + 1, x.shape[1]]), groups: groups, context)
        let change = context.dropout(
            spatial.output(mixed.reshaped(x.shape), precision: context.precision, groups: groups, context), dropout)
        return (tokens.adding(change, at: layout.overSpace), weights)
    }

    private func mlp(_ tokens: Tensor, _ layout: TimeSformerLayout, _ context: Context) -> Tensor {
        let x = mlpNorm(tokens, rows: nil, as: context.activationType, context), groups = layout.clips(of: layout.patches * layout.frames)
        let hidden = up(x, activation: .gelu, precision: context.precision, groups: groups, as: context.activationType, context)
        guard context.isTraining, dropout > 0 else {
            return down(hidden, residual: tokens, precision: context.precision, groups: groups, context)
        }
        return tokens + context.dropout(down(hidden, precision: context.precision, groups: groups, context), dropout)
    }
}

/// Self-attention with one product for query, key and value.
struct TimeSformerAttention {
    let output: Linear
    private let qkv: Linear
    private let heads: Int

    init(_ width: Int, heads: Int, bias: Bool, at scope: Scope) {
        self.heads = heads
        qkv = Linear(width, 3 * width, bias: bias, weight: .xavierUniform, at: scope["attention"]["qkv"])
        output = Linear(width, width, weight: .xavierUniform, at: scope["output"]["dense"])
    }

    /// `[groups, tokens, width]` to the same, before the output's projection; with weights `[groups, heads, tokens, tokens]` where the context keeps them.
    /// Each of `groups` is one clip's.
    func mix(_ x: Tensor, groups: RowGroups, _ context: Context) -> (Tensor, Tensor?) {
        let (b, t, d) = (x.shape[0], x.shape[1], x.shape[2])
        let packed = qkv(x, precision: context.precision, groups: groups, as: context.activationType, context)
        guard context.keepsAttention else { return (packed.packedSelfAttention(heads: heads), nil) }
        let parts = packed.converted(to: .float32).reshaped([b, t, 3, heads, d / heads]).permuted([2, 0, 3, 1, 4])
        func part(_ i: Int) -> Tensor { parts.selected(axis: 0, i) }
        let (mixed, weights) = context.attention(part(0), part(1), part(2), lengths: nil)
        return (mixed.joinedHeads(), weights)
    }
}

/// Two linear maps with nothing between them. While both are frozen they are one product with W₂W₁, computed once: a seventeenth of TimeSformer's work.
final class LinearPair {
    private let first, second: Linear
    private var folded: (weights: [Tensor], weight: Parameter, bias: Parameter)?

    init(_ first: Linear, _ second: Linear) { (self.first, self.second) = (first, second) }

    func callAsFunction(_ x: Tensor, groups: RowGroups, _ context: Context) -> Tensor {
        guard first.isFrozen, second.isFrozen, let (weight, bias) = fold() else {
            return second(
                first(x, precision: context.precision, as: context.activationType, context), precision: context.precision, context)
        }
        return x.linear(weight: weight.value, bias: bias.value, packed: context.packed(weight, context.precision), groups: groups)
    }

    private func fold() -> (Parameter, Parameter)? {
        guard let firstBias = first.bias, let secondBias = second.bias else { return nil }
        let own = [first.weight.value, firstBias.value, second.weight.value, secondBias.value]
        if let folded, zip(folded.weights, own).allSatisfy({ $0.sharesMemory(with: $1) }) { return (folded.weight, folded.bias) }
        let bias = own[1].reshaped([1, own[1].count]).matmul(own[2], transposeB: true).reshaped([own[3].count]) + own[3]
        let fresh = (
            own, Parameter("folded.weight", own[2].matmul(own[0]), isTrainable: false), Parameter("folded.bias", bias, isTrainable: false)
        )
        folded = fresh
        return (fresh.1, fresh.2)
    }
}
