// Softmax, layer norm and batch norm.
import Kernels

extension Tensor {
    /// Softmax over the last axis.
    public func softmax() -> Tensor { softmax(logarithm: 0) }

    /// The logarithm of the softmax over the last axis.
    public func logSoftmax() -> Tensor { softmax(logarithm: 1) }

    private func softmax(logarithm: Int32) -> Tensor {
        let width = shape.last ?? 1, rows = count / max(width, 1), out = Tensor(like: self)
        emolab_softmax_forward(pointer, out.pointer, rows, width, logarithm)
        guard let slot else { return out }
        let kept = out
        return out.recorded(on: slot.recording) { gradient in
            let result = Tensor(like: gradient)
            emolab_softmax_backward(kept.pointer, gradient.pointer, result.pointer, rows, width, logarithm)
            slot.add(result)
        }
    }

    /// Layer norm over the last axis with weight and bias of its length (Ba et al., 2016); biased variance.
    /// - Parameters:
    ///   - rows: which rows of this matrix, in which order; a row that is named several times gets the sum of their gradients. All where nil.
    ///   - type: of the result.
    public func layerNorm(weight: Tensor, bias: Tensor, epsilon: Float = 1e-5, rows map: RowMap? = nil, as type: ElementType = .float32) -> Tensor {
        let width = shape.last ?? 1, own = count / max(width, 1), rows = map?.rows ?? own
        expect(weight.count == width && bias.count == width, "layer norm of \(shape) with weight \(weight.shape), bias \(bias.shape)")
        expect(map == nil || rank == 2 && map!.sources == own, "rows of a matrix of \(map?.sources ?? 0) for one of \(own)")
        let out = Tensor(uninitialised: map == nil ? shape : [rows, width], type), moments = Tensor(uninitialised: [2, rows])
        withPlan(map) {
            emolab_layer_norm_forward(
                pointer, $0, weight.pointer, bias.pointer, out.storage.raw, type.code, moments.pointer, moments.pointer + rows, rows, width, epsilon)
        }
        guard let recording = recording ?? weight.recording ?? bias.recording else { return out }
        let slotX = slot, slotW = weight.slot, slotB = bias.slot, x = detached(), w = weight.detached()
        return out.recorded(on: recording) { gradient in
            let dw = slotW == nil ? nil : Tensor(like: w), db = slotB == nil ? nil : Tensor(like: w)
            func backward(_ dx: UnsafeMutablePointer<Float>?, _ beta: Float) {
                withPlan(map) {
                    emolab_layer_norm_backward(
                        x.pointer, $0, w.pointer, gradient.storage.raw, type.code, moments.pointer, moments.pointer + rows, dx, beta, dw?.pointer,
                        db?.pointer, rows, width)
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
        emolab_channel_moments(pointer, mean.pointer, variance.pointer, outer, channels, inner)
        let unbiased = size > 1 ? size / (size - 1) : 1
        runningMean.withUnsafeMutableBuffer { for c in 0 ..< channels { $0[c] += momentum * (mean.pointer[c] - $0[c]) } }
        runningVariance.withUnsafeMutableBuffer { for c in 0 ..< channels { $0[c] += momentum * (variance.pointer[c] * unbiased - $0[c]) } }
        return batchNorm(weight, bias, mean, variance, epsilon, frozen: false)
    }

    private func batchNorm(_ weight: Tensor, _ bias: Tensor, _ mean: Tensor, _ variance: Tensor, _ epsilon: Float, frozen: Bool) -> Tensor {
        let (outer, channels, inner) = split(at: 1)
        expect(
            weight.count == channels && bias.count == channels && mean.count == channels && variance.count == channels,
            "batch norm of \(shape) with weight \(weight.shape)")
        let out = Tensor(like: self), rstd = Tensor(like: variance)
        for c in 0 ..< channels { rstd.pointer[c] = 1 / (variance.pointer[c] + epsilon).squareRoot() }
        emolab_channel_affine(pointer, mean.pointer, rstd.pointer, weight.pointer, bias.pointer, out.pointer, outer, channels, inner)
        guard let recording = recording ?? weight.recording ?? bias.recording else { return out }
        let slotX = slot, slotW = weight.slot, slotB = bias.slot, x = detached(), w = weight.detached()
        return out.recorded(on: recording) { gradient in
            let db = Tensor(like: w), dw = Tensor(like: w)
            emolab_batch_norm_sums(x.pointer, gradient.pointer, mean.pointer, rstd.pointer, db.pointer, dw.pointer, outer, channels, inner)
            if let slotX {
                let dx = Tensor(like: gradient)
                emolab_batch_norm_backward(
                    x.pointer, gradient.pointer, mean.pointer, rstd.pointer, w.pointer, db.pointer, dw.pointer, dx.pointer, outer, channels, inner,
                    frozen ? 1 : 0)
                slotX.add(dx)
            }
            slotW?.add(dw)
            slotB?.add(db)
        }
    }
}
