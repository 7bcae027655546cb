// Floating-point operations that a pass cannot do without, from a network's sizes: matrix products only, two for a multiplication with its addition.
import Networks

/// Of a forward pass. Products with weights and those of attention differ in what backward costs.
struct OperationCount {
    var weights = 0.0
    var attention = 0.0

    static func + (a: Self, b: Self) -> Self { Self(weights: a.weights + b.weights, attention: a.attention + b.attention) }

    var forward: Double { weights + attention }
    /// Forward, and backward to inputs and weights: each product once more for either.
    var training: Double { 3 * forward }
    /// Weights frozen, adapters below: backward to the inputs, and to both operands of attention.
    var throughFrozen: Double { 2 * weights + 3 * attention }

    /// rows x in x out.
    static func linear(_ rows: Int, _ input: Int, _ output: Int) -> Self {
        Self(weights: 2 * Double(rows) * Double(input) * Double(output))
    }
    /// Scores and their product with the values, of `queries` x `keys` over all heads' width together.
    static func attention(_ queries: Int, _ keys: Int, _ width: Int) -> Self {
        Self(attention: 4 * Double(queries) * Double(keys) * Double(width))
    }

    static func * (a: Self, count: Int) -> Self { Self(weights: a.weights * Double(count), attention: a.attention * Double(count)) }
}

extension TimeSformer.Settings {
    /// Of one clip. While the backbone is frozen, attention over time has one projection after it: two in a row are folded.
    func operations(isFrozen: Bool) -> OperationCount {
        let n = patches, t = frames, d = width, tokens = n * t
        let temporal = OperationCount.linear(tokens, d, 3 * d) + .attention(t, t, d) * n + .linear(tokens, d, d) * (isFrozen ? 1 : 2)
        let spatial = OperationCount.linear(t * (n + 1), d, 3 * d) + .attention(n + 1, n + 1, d) * t + .linear(t * (n + 1), d, d)
        let forward = OperationCount.linear(tokens + 1, d, mlp) + .linear(tokens + 1, mlp, d)
        return projection + (temporal + spatial + forward) * layers
    }

    /// A step that trains adapters on every layer's queries and values: below the first of them nothing is wanted.
    var adapting: Double {
        operations(isFrozen: true).throughFrozen - projection.forward - OperationCount.linear(patches * frames, width, 3 * width).forward
    }

    private var projection: OperationCount { .linear(patches * frames, 3 * patch * patch, width) }
}

extension EmoCatcher.Settings {
    /// Of one clip of so many frames.
    func operations(frames: Int) -> OperationCount {
        let inputs = [bands] + channels.dropLast()
        let convolutions = channels.indices.map { OperationCount.linear(frames, inputs[$0] * kernels[$0], channels[$0]) }
        let steps = frames / pooling
        let recurrent = (0..<layers).map { layer in
            OperationCount.linear(steps, (layer == 0 ? channels[channels.count - 1] : width) + hidden, 3 * hidden) * 2
        }
        return (convolutions + recurrent).reduce(OperationCount(), +) + (pools ? .linear(steps, width, attentionWidth) : OperationCount())
    }
}

extension ZuDann.Settings {
    /// Projections, stages and heads of one clip.
    func fusionOperations(frames: Int) -> OperationCount {
        let steps = frames / audio.pooling, pictures = video.frames
        let projections = OperationCount.linear(steps, audio.width, width) + .linear(pictures, video.width, width)
        // Query and output of one side, key and value of the other, then the same the other way round.
        let stage = OperationCount.linear(4 * (steps + pictures), width, width) + .attention(steps, pictures, width) * 2
        return projections + stage * stages + .linear(1, 2 * width, width)
    }
}
