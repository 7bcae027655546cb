// y = x Wᵀ + b, and what a low-rank adapter adds.
import Tensors

public struct Linear: Layer {
    /// `[out, in]` and `[out]`.
    public let weight: Parameter
    public let bias: Parameter?
    let adapter: Adapter?

    /// Starts as PyTorch's Linear does (uniform ±1/sqrt(in)) unless told otherwise.
    public init(
        _ input: Int, _ output: Int, bias: Bool = true, weight initial: Initialiser? = nil, biasFrom: Initialiser? = nil, at scope: Scope
    ) {
        let bound = Initialiser.uniform(1 / Float(input).squareRoot())
        weight = scope.parameter("weight", [output, input], initial ?? bound)
        self.bias = bias ? scope.parameter("bias", [output], biasFrom ?? (initial == nil ? bound : .zeros)) : nil
        adapter = scope.adapter(for: weight, self.bias)
    }

    /// Whether nothing in it learns, so that its weight may be prepared once.
    var isFrozen: Bool { !weight.isTrainable && bias?.isTrainable != true && adapter == nil }

    /// `[…, in]` to `[…, out]`.
    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        callAsFunction(x, activation: .none, context)
    }

    public func callAsFunction(_ x: Tensor, activation: Tensor.Activation, _ context: Context) -> Tensor {
        callAsFunction(x, activation: activation, precision: .float32, context)
    }

    /// With the product in `precision`, a residual of the result's shape added last, and a result of another type where that is wanted.
    /// `groups` of rows have much in common.
    func callAsFunction(
        _ x: Tensor, activation: Tensor.Activation = .none, residual: Tensor? = nil, precision: Precision, groups: RowGroups? = nil,
        as type: ElementType = .float32, _ context: Context
    ) -> Tensor {
        x.linear(
            weight: context(weight), bias: bias.map { context($0) }, activation: activation, packed: context.packed(weight, precision),
            adapter: adapter?.tensors(context), residual: residual, groups: groups, as: type)
    }
}
