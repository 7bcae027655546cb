// Convolution over clips; settings are one a axis: time, height, width.
import Tensors

public struct Conv3d: Layer {
    /// `[out, in / groups, three kernel lengths]` and `[out]`.
    public let weight: Parameter
    public let bias: Parameter?
    let stride, padding: [Int]
    let groups: Int
    let channels: ChannelPlace

    /// Starts as PyTorch's Conv3d does unless told otherwise; `channels` says where the maps have theirs.
    public init(
        _ input: Int, _ output: Int, kernel: [Int], stride: [Int] = [1, 1, 1], padding: [Int] = [0, 0, 0], groups: Int = 1,
        bias: Bool = true,
        channels: ChannelPlace = .first, weight initial: Initialiser? = nil, at scope: Scope
    ) {
        let bound = Initialiser.uniform(1 / Float(input / groups * kernel.reduce(1, *)).squareRoot())
        weight = scope.parameter("weight", [output, input / groups] + kernel, initial ?? bound)
        self.bias = bias ? scope.parameter("bias", [output], initial == nil ? bound : .zeros) : nil
        (self.stride, self.padding, self.groups, self.channels) = (stride, padding, groups, channels)
    }

    /// `[batch, in, time, height, width]`, or `[batch, time, height, width, in]` with channels last, to the same with `out` channels.
    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        x.convolution(
            weight: context(weight), bias: bias.map { context($0) }, stride: stride, padding: padding, dilation: [1, 1, 1], groups: groups,
            channels: channels)
    }
}
