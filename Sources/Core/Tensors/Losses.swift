// Losses as scalars with their gradients.
import Kernels

extension Tensor {
    /// Mean cross-entropy of logits [rows, classes] (PyTorch's definition).
    /// - Parameters:
    ///   - targets: one class a row; a negative one leaves its row out.
    ///   - smoothing: s puts 1 - s on the target and s / classes on every class.
    ///   - weights: one a class; the mean is weighted by the targets' weights.
    public func crossEntropy(targets: [Int], smoothing: Float = 0, weights: Tensor? = nil) -> Tensor {
        expect(rank == 2 && targets.count == shape[0], "cross-entropy of \(shape) with \(targets.count) targets")
        let classes = shape[1]
        expect(targets.allSatisfy { $0 < classes } && (weights == nil || weights!.count == classes), "a target or the weights do not fit \(classes) classes")
        let gradient = Tensor(like: self)
        let loss = emolab_cross_entropy(pointer, targets, weights?.pointer, smoothing, gradient.pointer, shape[0], classes)
        return lossWithGradient(loss, gradient)
    }

    /// Mean of squared differences. The gradient flows into both operands.
    public func meanSquaredError(_ target: Tensor) -> Tensor {
        expect(shape == target.shape, "mean squared error of \(shape) and \(target.shape)")
        let gradient = Tensor(like: self)
        let loss = emolab_mean_squared(pointer, target.pointer, gradient.pointer, count)
        return lossWithGradient(loss, gradient, other: target.slot)
    }

    /// Mean of Huber's smooth absolute difference: quadratic below `beta`, linear above.
    public func smoothL1(_ target: Tensor, beta: Float = 1) -> Tensor {
        expect(shape == target.shape, "smooth L1 loss of \(shape) and \(target.shape)")
        let gradient = Tensor(like: self)
        let loss = emolab_smooth_l1(pointer, target.pointer, gradient.pointer, count, beta)
        return lossWithGradient(loss, gradient, other: target.slot)
    }

    private func lossWithGradient(_ loss: Float, _ slope: Tensor, other: Slot? = nil) -> Tensor {
        let slot = slot
        return Tensor.scalar(loss).recorded(on: slot?.recording ?? other?.recording) { gradient in
            slot?.add(slope * gradient.item)
            other?.add(slope * -gradient.item)
        }
    }
}
