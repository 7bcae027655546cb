// Scaled dot-product attention with several heads; names and layout of torch.nn.MultiheadAttention.
import Tensors

public struct MultiHeadAttention {
    /// Query, key and value projections stacked: `[3 * width, width]`, `[3 * width]`.
    public let inWeight: Parameter
    public let inBias: Parameter
    public let output: Linear
    let width: Int
    let heads: Int

    public init(_ width: Int, heads: Int, at scope: Scope) {
        precondition(width % heads == 0, "\(heads) heads do not divide \(width)")
        self.width = width
        self.heads = heads
        inWeight = scope.parameter("in_proj_weight", [3 * width, width], .xavierUniform)
        inBias = scope.parameter("in_proj_bias", [3 * width], .zeros)
        output = Linear(width, width, biasFrom: .zeros, at: scope["out_proj"])
    }

    /// `query` is `[batch, steps, width]`, `memory` `[batch, keys, width]`; keys from `lengths[b]` on are left out.
    /// Returns `[batch, steps, width]` and weights `[batch, heads, steps, keys]`.
    public func callAsFunction(
        _ query: Tensor, memory: Tensor, lengths: [Int]? = nil, _ context: Context
    ) -> (output: Tensor, weights: Tensor?) {
        let weight = context(inWeight), bias = context(inBias)
        func project(_ x: Tensor, _ part: Int) -> Tensor {
            x.linear(
                weight: weight.sliced(axis: 0, from: part * width, to: (part + 1) * width),
                bias: bias.sliced(axis: 0, from: part * width, to: (part + 1) * width)
            ).splitHeads(heads)
        }
        let (mixed, weights) = context.attention(project(query, 0), project(memory, 1), project(memory, 2), lengths: lengths)
        return (output(mixed.joinedHeads(), context), weights)
    }
}
