// Losses of classes and of values, as scalars with their gradients.
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
        expect(
            targets.allSatisfy { $0 < classes } && (weights == nil || weights!.count == classes),
            "a target or the weights do not fit \(classes) classes")
        let gradient = Tensor(like: self)
        let loss = withPointers(self, weights, gradient) { emolab_cross_entropy($0, targets, $1, smoothing, $2, shape[0], classes) }
        return lossWithGradient(loss, gradient)
    }

    /// Mean cross-entropy of logits [rows, classes] with a distribution a row, of the same shape (PyTorch's definition for probabilities, which
    /// divides by the number of rows, whatever the weights). The gradient flows into both.
    /// - Parameters:
    ///   - smoothing: s mixes each distribution with s parts of the uniform one.
    ///   - weights: one a class.
    public func crossEntropy(probabilities: Tensor, smoothing: Float = 0, weights: Tensor? = nil) -> Tensor {
        expect(rank == 2 && probabilities.shape == shape, "cross-entropy of \(shape) with probabilities \(probabilities.shape)")
        expect(weights == nil || weights!.shape == [shape[1]], "cross-entropy of \(shape) with weights \(weights?.shape ?? [])")
        var terms = logSoftmax() * (smoothing > 0 ? probabilities * (1 - smoothing) + smoothing / Float(shape[1]) : probabilities)
        if let weights { terms = terms * weights }
        return terms.sum() * (-1 / Float(max(shape[0], 1)))
    }

    /// Mean of squared differences. The gradient flows into both operands.
    public func meanSquaredError(_ target: Tensor) -> Tensor {
        expect(shape == target.shape, "mean squared error of \(shape) and \(target.shape)")
        let gradient = Tensor(like: self)
        let loss = withPointers(self, target, gradient) { emolab_mean_squared($0, $1, $2, count) }
        return lossWithGradient(loss, gradient, other: target.slot)
    }

    /// Mean of Huber's smooth absolute difference: quadratic below `beta`, linear above.
    public func smoothL1(_ target: Tensor, beta: Float = 1) -> Tensor {
        expect(shape == target.shape, "smooth L1 loss of \(shape) and \(target.shape)")
        let gradient = Tensor(like: self)
        let loss = withPointers(self, target, gradient) { emolab_smooth_l1($0, $1, $2, count, beta) }
        return lossWithGradient(loss, gradient, other: target.slot)
    }

    /// Square root of the mean squared difference; `epsilon` inside the root keeps its gradient finite at 0.
    public func rootMeanSquaredError(_ target: Tensor, epsilon: Float = 1e-8) -> Tensor {
        (meanSquaredError(target) + epsilon).squareRoot()
    }

    /// 1 - Lin's (1989) concordance correlation coefficient of this and `target`, [rows] or [rows, dimensions], whose coefficients are averaged.
    /// Variances and covariance are divided by the number of rows. The gradient flows into both operands.
    public func concordanceLoss(_ target: Tensor, epsilon: Float = 1e-8) -> Tensor {
        expect(shape == target.shape && (1...2).contains(rank), "concordance loss of \(shape) and \(target.shape)")
        let meanA = mean(axis: 0, keep: true), meanB = target.mean(axis: 0, keep: true)
        let a = self - meanA, b = target - meanB
        let spread = (a.square() + b.square()).mean(axis: 0, keep: true) + (meanA - meanB).square() + epsilon
        return 1 - ((a * b).mean(axis: 0, keep: true) * 2 / spread).mean()
    }

    private func lossWithGradient(_ loss: Float, _ slope: Tensor, other: Slot? = nil) -> Tensor {
        let slot = slot
        return Tensor.scalar(loss).recorded(on: slot?.recording ?? other?.recording) { gradient in
            slot?.add(slope * gradient.item)
            other?.add(slope * -gradient.item)
        }
    }
}
