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
            withPointers(self, other, out) { emolab_product(0, tb, batch * m, n, k, $0, k, $1, tb == 1 ? k : n, 0, $2, n) }
        } else {
            withPointers(self, other, out) { emolab_product_batch(batch, ta, tb, m, n, k, $0, m * k, $1, shared ? 0 : k * n, 0, $2, m * n) }
        }
        guard let recording = recording ?? other.recording else { return out }
        let slotA = slot, slotB = other.slot, a = detached(), b = other.detached()
        return out.recorded(on: recording) { gradient in
            // C = A B: dA = dC B^T, dB = A^T dC, each transposed where its operand is stored so.
            slotA?.accumulate(count: a.count) { da, beta in
                if transposeA {
                    withPointers(b, gradient) {
                        emolab_product_batch(batch, tb, 1, k, m, n, $0, shared ? 0 : k * n, $1, m * n, beta, da, m * k)
                    }
                } else if shared {
                    withPointers(gradient, b) { emolab_product(0, 1 - tb, batch * m, k, n, $0, n, $1, tb == 1 ? k : n, beta, da, k) }
                } else {
                    withPointers(gradient, b) { emolab_product_batch(batch, 0, 1 - tb, m, k, n, $0, m * n, $1, k * n, beta, da, m * k) }
                }
            }
            slotB?.accumulate(count: b.count) { db, beta in
                if shared && !transposeA {
                    if transposeB {
                        withPointers(gradient, a) { emolab_product(1, 0, n, k, batch * m, $0, n, $1, k, beta, db, k) }
                    } else {
                        withPointers(a, gradient) { emolab_product(1, 0, k, n, batch * m, $0, k, $1, n, beta, db, n) }
                    }
                } else if transposeB {
                    for index in 0..<(shared ? batch : 1) {
                        withPointers(gradient, a) {
                            emolab_product_batch(
                                shared ? 1 : batch, 1, ta, n, k, m, $0 + index * m * n, m * n, $1 + index * m * k, m * k,
                                index == 0 ? beta : 1, db, k * n)
                        }
                    }
                } else {
                    for index in 0..<(shared ? batch : 1) {
                        withPointers(a, gradient) {
                            emolab_product_batch(
                                shared ? 1 : batch, 1 - ta, 0, k, n, m, $0 + index * m * k, m * k, $1 + index * m * n, m * n,
                                index == 0 ? beta : 1, db, k * n)
                        }
                    }
                }
            }
        }
    }
}
