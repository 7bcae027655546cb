// Small heads on a fused vector: the emotion classifier and the domain discriminator (zu-dann §4).
import Base
import Tensors

/// width → hidden, ReLU, dropout, → outputs. Named as a torch Sequential: `0` and `2` without dropout's place counted.
public struct TwoLayerHead {
    private let hidden, output: Linear
    private let dropout: Double

    public init(_ width: Int, hidden hiddenWidth: Int, outputs: Int, dropout: Double, at scope: Scope) {
        hidden = Linear(width, hiddenWidth, at: scope[0])
        output = Linear(hiddenWidth, outputs, at: scope[2])
        self.dropout = dropout
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        output(context.dropout(hidden(x, activation: .relu, context), dropout), context)
    }
}

/// Tells source (0) from target (1) behind gradient reversal (Ganin and Lempitsky 2015): it learns to tell them apart, and the
/// features below it learn, `alpha` times as strongly, that it cannot.
public struct DomainDiscriminator {
    private let head: TwoLayerHead

    public init(_ width: Int, hidden: Int, dropout: Double, at scope: Scope) {
        head = TwoLayerHead(width, hidden: hidden, outputs: 2, dropout: dropout, at: scope)
    }

    /// Domain logits `[batch, 2]` of features `[batch, width]`.
    public func callAsFunction(_ features: Tensor, alpha: Double, _ context: Context) -> Tensor {
        head(features.gradientReversal(alpha: Float(alpha)), context)
    }
}
