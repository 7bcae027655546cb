// Softmax, layer norm and batch norm.
import Kernels

extension Tensor {
    /// Softmax over the last axis.
    public func softmax() -> Tensor { softmax(logarithm: 0) }

    /// The logarithm of the softmax over the last axis.
    public func logSoftmax() -> Tensor { softmax(logarithm: 1) }

    private func softmax(logarithm: Int32) -> Tensor {
        let width = shape.last ?? 1, rows = count / max(width, 1), out = Tensor(like: self)
        withPointers(self, out) { emolab_softmax_forward($0, $1, rows, width, logarithm) }
        guard let slot else { return out }
        let kept = out
        return out.recorded(on: slot.recording) { gradient in
            let result = Tensor(like: gradient)
            withPointers(kept, gradient, result) { emolab_softmax_backward($0, $1, $2, rows, width, logarithm) }
            slot.add(result)
        }
    }

    /// Layer norm over the last axis with weight and bias of its length (Ba et al., 2016); biased variance.
    /// - Parameters:
    ///   - rows: which rows of this matrix, in which order; a row that is named several times gets the sum of their gradients. All where nil.
    ///   - type: of the result.
    public func layerNorm(weight: Tensor, bias: Tensor, epsilon: Float = 1e-5, rows map: RowMap? = nil, as type: ElementType = .float32)
        -> Tensor
    {
        let width = shape.last ?? 1, own = count / max(width, 1), rows = map?.rows ?? own
        expect(weight.count == width && bias.count == width, "layer norm of \(shape) with weight \(weight.shape), bias \(bias.shape)")
        expect(map == nil || rank == 2 && map!.sources == own, "rows of a matrix of \(map?.sources ?? 0) for one of \(own)")
        let out = Tensor(uninitialised: map == nil ? shape : [rows, width], type), moments = Tensor(uninitialised: [2, rows])
        withPlan(map) { map in
            withPointers(self, weight, bias, out.storage, moments) { x, weight, bias, out, moments in
                emolab_layer_norm_forward(x, map, weight, bias, out, type.code, moments, moments + rows, rows, width, epsilon)
            }
        }
        guard let recording = recording ?? weight.recording ?? bias.recording else { return out }
        let slotX = slot, slotW = weight.slot, slotB = bias.slot, x = detached(), w = weight.detached()
        return out.recorded(on: recording) { gradient in
            let dw = slotW == nil ? nil : Tensor(like: w), db = slotB == nil ? nil : Tensor(like: w)
            func backward(_ dx: UnsafeMutablePointer<Float>?, _ beta: Float) {
                withPlan(map) { map in
                    withPointers(x, w, gradient.storage, moments, dw, db) { x, w, gradient, moments, dw, db in
                        emolab_layer_norm_backward(x, map, w, gradient, type.code, moments, moments + rows, dx, beta, dw, db, rows, width)
                    }
                }
            }
            if let slotX { slotX.accumulate(count: x.count, backward) } else { backward(nil, 0) }
            if let dw { slotW?.add(dw) }
            if let db { slotB?.add(db) }
        }
    }

    /// Batch norm over the channel axis 1 of [batch, channels, ...] with given statistics (Ioffe and Szegedy, 2015).
    public func batchNorm(weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, epsilon: Float = 1e-5) -> Tensor {
        batchNorm(weight, bias, mean.detached(), variance.detached(), epsilon, frozen: true)
    }

    /// Batch norm with the statistics of this batch, which `running` mean and variance move towards by `momentum`
    /// (the running variance by the unbiased one).
    public func batchNorm(
        weight: Tensor, bias: Tensor, runningMean: inout Tensor, runningVariance: inout Tensor, momentum: Float = 0.1, epsilon: Float = 1e-5
    ) -> Tensor {
        let (outer, channels, inner) = split(at: 1), size = Float(outer * inner)
        let mean = Tensor(uninitialised: [channels]), variance = Tensor(uninitialised: [channels])
        withPointers(self, mean, variance) { emolab_channel_moments($0, $1, $2, outer, channels, inner) }
        let unbiased = size > 1 ? size / (size - 1) : 1
        runningMean.approach(mean, by: momentum)
        runningVariance.approach(variance, by: momentum, scale: unbiased)
        return batchNorm(weight, bias, mean, variance, epsilon, frozen: false)
    }

    private func batchNorm(_ weight: Tensor, _ bias: Tensor, _ mean: Tensor, _ variance: Tensor, _ epsilon: Float, frozen: Bool) -> Tensor {
        let (outer, channels, inner) = split(at: 1)
        expect(
            weight.count == channels && bias.count == channels && mean.count == channels && variance.count == channels,
            "batch norm of \(shape) with weight \(weight.shape)")
        let out = Tensor(like: self), rstd = variance.reciprocalDeviation(epsilon)
        withPointers(self, mean, rstd, weight, bias, out) { own, mean, rstd, weight, bias, out in
            emolab_channel_affine(own, mean, rstd, weight, bias, out, outer, channels, inner)
        }
        guard let recording = recording ?? weight.recording ?? bias.recording else { return out }
        let slotX = slot, slotW = weight.slot, slotB = bias.slot, x = detached(), w = weight.detached()
        return out.recorded(on: recording) { gradient in
            let db = Tensor(like: w), dw = Tensor(like: w)
            withPointers(x, gradient, mean, rstd, db, dw) { x, gradient, mean, rstd, db, dw in
                emolab_batch_norm_sums(x, gradient, mean, rstd, db, dw, outer, channels, inner)
            }
            if let slotX {
                let dx = Tensor(like: gradient)
                withPointers(x, gradient, mean, rstd, w, db, dw, dx) { x, gradient, mean, rstd, w, db, dw, dx in
                    emolab_batch_norm_backward(x, gradient, mean, rstd, w, db, dw, dx, outer, channels, inner, frozen ? 1 : 0)
                }
                slotX.add(dx)
            }
            slotW?.add(dw)
            slotB?.add(db)
        }
    }
}

extension Tensor {
    /// 1 / sqrt(variance + epsilon) of each channel.
    func reciprocalDeviation(_ epsilon: Float) -> Tensor {
        let out = Tensor(like: self)
        withPointers(self, out) { variance, out in
            for c in 0..<count { out[c] = 1 / (variance[c] + epsilon).squareRoot() }
        }
        return out
    }

    /// Moves a running statistic towards this batch's, times `scale`.
    mutating func approach(_ batch: Tensor, by momentum: Float, scale: Float = 1) {
        makeUnique()
        withPointers(self, batch) { running, batch in
            for c in 0..<count { running[c] += momentum * (batch[c] * scale - running[c]) }
        }
    }
}
