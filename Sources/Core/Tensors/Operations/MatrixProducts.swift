// Matrix products.
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
}
