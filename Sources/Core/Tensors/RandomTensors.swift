// Tensors of random values.
import Base

extension RandomStream {
    /// A tensor of independent uniform values.
    public mutating func uniform(_ shape: [Int], in range: Range<Float> = 0..<1) -> Tensor {
        Tensor(shape: shape) { for index in $0.indices { $0[index] = uniform(in: range) } }
    }

    /// A tensor of independent normal values.
    public mutating func normal(_ shape: [Int], mean: Float = 0, deviation: Float = 1) -> Tensor {
        Tensor(shape: shape) { for index in $0.indices { $0[index] = mean + deviation * normal() } }
    }
}
