// What a forward pass carries besides its inputs: the tape, training or not, the randomness of dropout.
import Base
import Tensors

/// One forward pass. Make a new one a step.
public final class Context {
    /// Where operations are recorded; `nil` where no gradient is wanted.
    public let tape: Tape?
    public let isTraining: Bool
    /// Attention weights of every layer are kept only where someone will look at them.
    public let keepsAttention: Bool
    /// What matrix products compute in.
    public let precision: Precision
    /// Whether frozen float32 weights are kept in memory a second time, as the processor wants them: for a network that only answers.
    private let keepsPackedWeights: Bool
    private var dropout: RandomStream

    public init(
        tape: Tape? = nil, isTraining: Bool = false, keepsAttention: Bool = false, precision: Precision = .float32,
        keepsPackedWeights: Bool = false,
        dropout: RandomStream? = nil
    ) {
        self.tape = tape
        self.isTraining = isTraining
        self.keepsAttention = keepsAttention
        self.precision = precision
        self.keepsPackedWeights = keepsPackedWeights
        self.dropout = dropout ?? RandomStream(seed: 0, name: "dropout")
    }

    /// A pass that only looks: no tape, no dropout, running statistics.
    public static func inference(
        keepsAttention: Bool = false, precision: Precision = .float32, keepsPackedWeights: Bool = false
    ) -> Context {
        Context(keepsAttention: keepsAttention, precision: precision, keepsPackedWeights: keepsPackedWeights)
    }

    /// The weight laid out for a product; nil for those too small to gain from it.
    func packed(_ weight: Parameter, _ precision: Precision) -> PackedWeight? {
        guard weight.value.count >= 1 << 16 else { return nil }
        return weight.packed(precision, keeps: precision == .bfloat16 || keepsPackedWeights)
    }

    /// What passes between large products.
    var activationType: ElementType { precision == .bfloat16 ? .bfloat16 : .float32 }

    /// The parameter as an operand, watched on the tape where it is trainable.
    public func callAsFunction(_ parameter: Parameter) -> Tensor { parameter.tensor(on: tape) }

    /// Zeroes a share `p` while training and scales the rest, so that the mean stays.
    public func dropout(_ x: Tensor, _ p: Double) -> Tensor {
        guard isTraining, p > 0 else { return x }
        return x.dropout(Float(p), stream: &dropout)
    }

    /// A key for a mask that an operation makes itself.
    func dropoutKey() -> UInt64 { dropout.next() }
}

extension Context {
    /// Scaled dot-product attention of `[batch, heads, steps, width]`, with its weights only where they are kept: fused otherwise.
    func attention(_ query: Tensor, _ key: Tensor, _ value: Tensor, lengths: [Int]?) -> (output: Tensor, weights: Tensor?) {
        guard keepsAttention else { return (Tensor.attention(query: query, key: key, value: value, lengths: lengths), nil) }
        return Tensor.attentionWithWeights(query: query, key: key, value: value, lengths: lengths)
    }
}
