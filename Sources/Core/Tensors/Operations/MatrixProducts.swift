// Matrix products and the linear layer.
import Kernels

extension Tensor {
    /// The matrix product [..., m, k] x [..., k, n] = [..., m, n]; the flags say that an operand is stored transposed.
    /// Leading axes must agree; a product with a two-dimensional `other` uses it for all of them.
    public func matmul(_ other: Tensor, transposeA: Bool = false, transposeB: Bool = false) -> Tensor {
        expect(rank >= 2 && other.rank >= 2, "matrix product of shapes \(shape) and \(other.shape)")
        let m = shape[rank - (transposeA ? 1 : 2)], k = shape[rank - (transposeA ? 2 : 1)]
        let inner = other.shape[other.rank - (transposeB ? 1 : 2)], n = other.shape[other.rank - (transposeB ? 2 : 1)]
        let leading = Array(shape.dropLast(2)), shared = other.rank == 2
        expect(k == inner && (shared || Array(other.shape.dropLast(2)) == leading), "matrix product of shapes \(shape) and \(other.shape)")
        let batch = leading.reduce(1, *)
        let out = Tensor(uninitialised: leading + [m, n])
        let (ta, tb) = (transposeA ? Int32(1) : 0, transposeB ? Int32(1) : 0)
        if shared && !transposeA {
            emolab_product(0, tb, batch * m, n, k, pointer, k, other.pointer, tb == 1 ? k : n, 0, out.pointer, n)
        } else {
            emolab_product_batch(batch, ta, tb, m, n, k, pointer, m * k, other.pointer, shared ? 0 : k * n, 0, out.pointer, m * n)
        }
        guard let recording = recording ?? other.recording else { return out }
        let slotA = slot, slotB = other.slot, a = detached(), b = other.detached()
        return out.recorded(on: recording) { gradient in
            // C = A B: dA = dC B^T, dB = A^T dC, each transposed where its operand is stored so.
            slotA?.accumulate(count: a.count) { da, beta in
                if transposeA {
                    emolab_product_batch(
                        batch, tb, 1, k, m, n, b.pointer, shared ? 0 : k * n, gradient.pointer, m * n, beta, da, m * k)
                } else if shared {
                    emolab_product(0, 1 - tb, batch * m, k, n, gradient.pointer, n, b.pointer, tb == 1 ? k : n, beta, da, k)
                } else {
                    emolab_product_batch(batch, 0, 1 - tb, m, k, n, gradient.pointer, m * n, b.pointer, k * n, beta, da, m * k)
                }
            }
            slotB?.accumulate(count: b.count) { db, beta in
                if shared && !transposeA {
                    if transposeB {
                        emolab_product(1, 0, n, k, batch * m, gradient.pointer, n, a.pointer, k, beta, db, k)
                    } else {
                        emolab_product(1, 0, k, n, batch * m, a.pointer, k, gradient.pointer, n, beta, db, n)
                    }
                } else if transposeB {
                    for index in 0 ..< (shared ? batch : 1) {
                        emolab_product_batch(
                            shared ? 1 : batch, 1, ta, n, k, m, gradient.pointer + index * m * n, m * n, a.pointer + index * m * k, m * k,
                            index == 0 ? beta : 1, db, k * n)
                    }
                } else {
                    for index in 0 ..< (shared ? batch : 1) {
                        emolab_product_batch(
                            shared ? 1 : batch, 1 - ta, 0, k, n, m, a.pointer + index * m * k, m * k, gradient.pointer + index * m * n, m * n,
                            index == 0 ? beta : 1, db, k * n)
                    }
                }
            }
        }
    }

    /// What follows a linear map in the same pass over memory.
    public enum Activation: Sendable { case none, relu, gelu, geluTanh }

    /// act(x W^T + b) for x [..., in], weight [out, in], bias [out].
    public func linear(weight: Tensor, bias: Tensor? = nil, activation: Activation = .none) -> Tensor {
        expect(weight.rank == 2 && rank >= 1 && shape[rank - 1] == weight.shape[1], "linear layer of weight \(weight.shape) on \(shape)")
        expect(bias == nil || bias!.count == weight.shape[0], "bias of shape \(bias?.shape ?? []) for weight \(weight.shape)")
        let features = weight.shape[1], outputs = weight.shape[0], rows = count / max(features, 1)
        let out = Tensor(uninitialised: shape.dropLast() + [outputs])
        let recording = recording ?? weight.recording ?? bias?.recording
        let operation: emolab_unary? =
            switch activation {
            case .none: nil
            case .relu: emolab_relu
            case .gelu: emolab_gelu
            case .geluTanh: emolab_gelu_tanh
            }
        let code = operation.map { Int32($0.rawValue) } ?? -1
        let keepsInput = recording != nil && (activation == .gelu || activation == .geluTanh)
        let before = keepsInput ? Tensor(like: out) : nil
        emolab_linear_forward(pointer, weight.pointer, bias?.pointer, out.pointer, before?.pointer, rows, features, outputs, code)
        guard let recording else { return out }
        let kept: Storage? = activation == .relu ? out.storage : before?.storage
        let slotX = slot, slotW = weight.slot, slotB = bias?.slot, x = detached(), w = weight.detached()
        return out.recorded(on: recording) { gradient in
            var dz = gradient
            if let kept {
                dz = Tensor(like: gradient)
                emolab_unary_backward(code, kept.pointer, gradient.pointer, dz.pointer, gradient.count, 0)
            }
            slotX?.accumulate(count: x.count) { emolab_product(0, 0, rows, features, outputs, dz.pointer, outputs, w.pointer, features, $1, $0, features) }
            slotW?.accumulate(count: w.count) { emolab_product(1, 0, outputs, features, rows, dz.pointer, outputs, x.pointer, features, $1, $0, features) }
            slotB?.accumulate(count: outputs) { emolab_sum_to_middle(dz.pointer, $0, rows, outputs, 1, $1 == 0 ? 0 : 1) }
        }
    }
}
