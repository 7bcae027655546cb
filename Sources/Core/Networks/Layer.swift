// Layers are values that hold their parameters; a pass is a call. Stacks of differently shaped layers are plain Swift.
import Tensors

/// From one tensor to one tensor.
public protocol Layer {
    func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor
}

/// Axis sizes of attention: `[batch, time, heads * width]` to `[batch, heads, time, width]` and back.
extension Tensor {
    func splitHeads(_ heads: Int) -> Tensor {
        reshaped([shape[0], shape[1], heads, shape[2] / heads]).permuted([0, 2, 1, 3])
    }

    func joinedHeads() -> Tensor {
        permuted([0, 2, 1, 3]).reshaped([shape[0], shape[2], shape[1] * shape[3]])
    }
}

/// 1 for the first `lengths[b]` of `steps` and 0 after: `[batch, steps]`.
func lengthMask(_ lengths: [Int], steps: Int) -> [Float] {
    lengths.flatMap { length in (0..<steps).map { $0 < length ? 1 : 0 } }
}
