// Convolution over time that keeps the length (odd kernels).
import Tensors

public struct Conv1d: Layer {
    /// `[out, in, kernel]` and `[out]`.
    public let weight: Parameter
    public let bias: Parameter
    private let padding: Int
    private let channels: ChannelPlace

    /// Starts as PyTorch's Conv1d does unless told otherwise; `channels` says where the sequences have theirs.
    public init(
        _ input: Int, _ output: Int, kernel: Int, channels: ChannelPlace = .first, weight initial: Initialiser? = nil, at scope: Scope
    ) {
        let bound = Initialiser.uniform(1 / Float(input * kernel).squareRoot())
        weight = scope.parameter("weight", [output, input, kernel], initial ?? bound)
        bias = scope.parameter("bias", [output], initial == nil ? bound : .zeros)
        padding = kernel / 2
        self.channels = channels
    }

    /// `[batch, in, time]` to `[batch, out, time]`, or `[batch, time, in]` to `[batch, time, out]` with channels last.
    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        x.convolution(
            weight: context(weight), bias: context(bias), stride: [1], padding: [padding], dilation: [1], groups: 1, channels: channels)
    }
}
