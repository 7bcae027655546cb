// Normalises each feature over the batch while training, by running statistics otherwise (Ioffe and Szegedy 2015).
import Tensors

public struct BatchNorm1d {
    public let weight, bias, runningMean, runningVariance: Parameter

    public init(_ width: Int, at scope: Scope) {
        weight = scope.parameter("weight", [width], .ones)
        bias = scope.parameter("bias", [width], .zeros)
        runningMean = scope.buffer("running_mean", .zeros([width]))
        runningVariance = scope.buffer("running_var", .full([width], 1))
    }
}

extension BatchNorm1d: Layer {
    /// `[batch, width]` to the same.
    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        guard context.isTraining else {
            return x.batchNorm(
                weight: context(weight), bias: context(bias), mean: runningMean.value, variance: runningVariance.value)
        }
        return x.batchNorm(
            weight: context(weight), bias: context(bias), runningMean: &runningMean.value, runningVariance: &runningVariance.value)
    }
}
