// Batch norm of maps with channels last, joined with the residual sum and ReLU that follow it in a residual network.
import Tensors

/// PyTorch's BatchNorm2d and BatchNorm3d on maps `[batch, …, width]`.
public struct BatchNormChannelsLast {
    public let weight, bias, runningMean, runningVariance: Parameter

    public init(_ width: Int, at scope: Scope) {
        weight = scope.parameter("weight", [width], .ones)
        bias = scope.parameter("bias", [width], .zeros)
        runningMean = scope.buffer("running_mean", .zeros([width]))
        runningVariance = scope.buffer("running_var", .full([width], 1))
    }

    /// `[batch, …, width]` to the same: statistics of the batch while training, running ones otherwise; then `+ residual`, then ReLU.
    public func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil, relu: Bool = false, _ context: Context) -> Tensor {
        guard context.isTraining else {
            return x.batchNormChannelsLast(
                weight: context(weight), bias: context(bias), mean: runningMean.value, variance: runningVariance.value, adding: residual,
                relu: relu)
        }
        return x.batchNormChannelsLast(
            weight: context(weight), bias: context(bias), runningMean: &runningMean.value, runningVariance: &runningVariance.value,
            adding: residual,
            relu: relu)
    }
}
