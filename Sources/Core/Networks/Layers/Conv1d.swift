// Convolution over time that keeps the length (odd kernels).
import Tensors

public struct Conv1d: Layer {
    /// `[out, in, kernel]` and `[out]`.
    public let weight: Parameter
    public let bias: Parameter
    private let padding: Int

    /// Starts as PyTorch's Conv1d does unless told otherwise.
    public init(_ input: Int, _ output: Int, kernel: Int, weight initial: Initialiser? = nil, at scope: Scope) {
        let bound = Initialiser.uniform(1 / Float(input * kernel).squareRoot())
        weight = scope.parameter("weight", [output, input, kernel], initial ?? bound)
        bias = scope.parameter("bias", [output], initial == nil ? bound : .zeros)
        padding = kernel / 2
    }

    /// `[batch, in, time]` to `[batch, out, time]`.
    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        x.conv1d(weight: context(weight), bias: context(bias), padding: padding)
    }
}
