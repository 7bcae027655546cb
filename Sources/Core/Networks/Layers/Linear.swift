// y = x Wᵀ + b.
import Tensors

public struct Linear: Layer {
    /// `[out, in]` and `[out]`.
    public let weight: Parameter
    public let bias: Parameter?

    /// Starts as PyTorch's Linear does (uniform ±1/sqrt(in)) unless told otherwise.
    public init(_ input: Int, _ output: Int, bias: Bool = true, weight initial: Initialiser? = nil, biasFrom: Initialiser? = nil, at scope: Scope) {
        let bound = Initialiser.uniform(1 / Float(input).squareRoot())
        weight = scope.parameter("weight", [output, input], initial ?? bound)
        self.bias = bias ? scope.parameter("bias", [output], biasFrom ?? (initial == nil ? bound : .zeros)) : nil
    }

    /// `[…, in]` to `[…, out]`.
    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        callAsFunction(x, activation: .none, context)
    }

    public func callAsFunction(_ x: Tensor, activation: Tensor.Activation, _ context: Context) -> Tensor {
        x.linear(weight: context(weight), bias: bias.map { context($0) }, activation: activation)
    }
}
