// Batch norm and max pooling of maps with channels last, [batch, (depth,) height, width, channels].
import Kernels

extension Tensor {
    /// Batch norm over the last axis with given statistics, then `+ residual`, then ReLU where asked, in one pass (He et al., 2016).
    public func batchNormChannelsLast(
        weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, epsilon: Float = 1e-5, adding residual: Tensor? = nil,
        relu: Bool = false
    ) -> Tensor {
        batchNormChannelsLast(weight, bias, mean.detached(), variance.detached(), epsilon, residual, relu, frozen: true)
    }

    /// The same with the statistics of this batch, which `running` mean and variance move towards by `momentum`
    /// (the running variance by the unbiased one).
    public func batchNormChannelsLast(
        weight: Tensor, bias: Tensor, runningMean: inout Tensor, runningVariance: inout Tensor, momentum: Float = 0.1,
        epsilon: Float = 1e-5,
        adding residual: Tensor? = nil, relu: Bool = false
    ) -> Tensor {
        let channels = shape.last ?? 1, rows = count / max(channels, 1), size = Float(rows)
        expect(
            runningMean.count == channels && runningVariance.count == channels,
            "batch norm of \(shape) with statistics \(runningMean.shape)")
        let mean = Tensor(uninitialised: [channels]), variance = Tensor(uninitialised: [channels])
        withPointers(self, mean, variance) { emolab_moments_last($0, $1, $2, rows, channels) }
        let unbiased = size > 1 ? size / (size - 1) : 1
        runningMean.approach(mean, by: momentum)
        runningVariance.approach(variance, by: momentum, scale: unbiased)
        return batchNormChannelsLast(weight, bias, mean, variance, epsilon, residual, relu, frozen: false)
    }

    private func batchNormChannelsLast(
        _ weight: Tensor, _ bias: Tensor, _ mean: Tensor, _ variance: Tensor, _ epsilon: Float, _ residual: Tensor?, _ relu: Bool,
        frozen: Bool
    ) -> Tensor {
        let channels = shape.last ?? 1, rows = count / max(channels, 1)
        expect(
            [weight, bias, mean, variance].allSatisfy { $0.count == channels } && (residual == nil || residual!.shape == shape),
            "batch norm of \(shape) with weight \(weight.shape), residual \(residual?.shape ?? [])")
        let out = Tensor(like: self), rstd = variance.reciprocalDeviation(epsilon)
        func withSettings(_ weight: Tensor, _ bias: Tensor, _ body: (inout emolab_norm_last) -> Void) {
            withPointers(mean, rstd, weight, bias) { mean, rstd, weight, bias in
                var norm = emolab_norm_last(
                    rows: rows, channels: channels, mean: mean, rstd: rstd, weight: weight, bias: bias, relu: relu ? 1 : 0,
                    frozen: frozen ? 1 : 0)
                body(&norm)
            }
        }
        withSettings(weight, bias) { norm in withPointers(self, residual, out) { emolab_norm_last_forward(&norm, $0, $1, $2) } }
        guard let recording = recording ?? weight.recording ?? bias.recording ?? residual?.recording else { return out }
        let slotX = slot, slotW = weight.slot, slotB = bias.slot, slotR = residual?.slot
        let x = detached(), y = out, w = weight.detached(), b = bias.detached()
        return out.recorded(on: recording) { gradient in
            let dx = slotX == nil ? nil : Tensor(like: gradient)
            // Without a ReLU the residual's gradient is the result's own.
            let dr = slotR == nil || !relu ? nil : Tensor(like: gradient)
            let dw = Tensor(like: w), db = Tensor(like: w)
            withSettings(w, b) { norm in
                withPointers(x, y, gradient, dx, dr, dw, db) { emolab_norm_last_backward(&norm, $0, $1, $2, $3, $4, $5, $6) }
            }
            slotR?.add(dr ?? gradient)
            if let dx { slotX?.add(dx) }
            slotW?.add(dw)
            slotB?.add(db)
        }
    }

    /// Largest value of each window over the axes between batch and channels; no window may lie in padding alone.
    public func maxPoolChannelsLast(_ kernel: [Int], stride: [Int], padding: [Int]) -> Tensor {
        let axes = kernel.count
        expect(
            (1...3).contains(axes) && rank == axes + 2 && stride.count == axes && padding.count == axes,
            "pooling of \(shape) over \(kernel)")
        expect(kernel.reduce(1, *) <= 256, "channels-last pooling over more than 256 values: \(kernel)")
        let lengths = (0..<axes).map { axis -> Int in
            let room = shape[1 + axis] + 2 * padding[axis] - kernel[axis]
            expect(room >= 0 && 2 * padding[axis] <= kernel[axis], "pooling of \(shape) with kernel \(kernel), padding \(padding)")
            return room / stride[axis] + 1
        }
        func three(_ values: [Int], _ filler: Int) -> (Int, Int, Int) {
            let all = Array(repeating: filler, count: 3 - values.count) + values
            return (all[0], all[1], all[2])
        }
        let channels = shape[rank - 1], source = shape
        let settings = emolab_pooling(
            planes: shape[0], in: three(Array(shape[1..<rank - 1]), 1), out: three(lengths, 1), kernel: three(kernel, 1),
            stride: three(stride, 1),
            padding: three(padding, 0), adaptive: 0)
        var plan = settings
        let out = Tensor(uninitialised: [shape[0]] + lengths + [channels])
        // One byte a result, in memory taken as floats.
        let places = Storage(count: (out.count + 3) / 4)
        withPointers(self, out, Bytes(places)) { emolab_max_pool_last_forward(&plan, channels, $0, $1, $2) }
        guard let slot else { return out }
        return out.recorded(on: slot.recording) { gradient in
            var plan = settings
            let result = Tensor(uninitialised: source)
            withPointers(gradient, Bytes(places), result) { emolab_max_pool_last_backward(&plan, channels, $0, $1, $2) }
            slot.add(result)
        }
    }
}
