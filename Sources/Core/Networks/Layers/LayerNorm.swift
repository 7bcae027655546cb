// Normalises the last axis (Ba et al. 2016), biased variance.
import Tensors

public struct LayerNorm: Layer {
    public let weight: Parameter
    public let bias: Parameter
    let epsilon: Float

    public init(_ width: Int, epsilon: Float = 1e-5, at scope: Scope) {
        weight = scope.parameter("weight", [width], .ones)
        bias = scope.parameter("bias", [width], .zeros)
        self.epsilon = epsilon
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        callAsFunction(x, rows: nil, as: .float32, context)
    }

    /// Of the rows of a matrix that `rows` names, in its order.
    func callAsFunction(_ x: Tensor, rows: RowMap?, as type: ElementType, _ context: Context) -> Tensor {
        x.layerNorm(weight: context(weight), bias: context(bias), epsilon: epsilon, rows: rows, as: type)
    }
}
