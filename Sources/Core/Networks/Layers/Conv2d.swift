// Convolution over pictures.
import Tensors

public struct Conv2d: Layer {
    /// `[out, in / groups, kernel, kernel]` and `[out]`.
    public let weight: Parameter
    public let bias: Parameter?
    let stride, padding, dilation, groups: Int
    let channels: ChannelPlace

    /// Starts as PyTorch's Conv2d does unless told otherwise; `channels` says where the maps have theirs.
    public init(
        _ input: Int, _ output: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = true,
        channels: ChannelPlace = .first, weight initial: Initialiser? = nil, at scope: Scope
    ) {
        let bound = Initialiser.uniform(1 / Float(input / groups * kernel * kernel).squareRoot())
        weight = scope.parameter("weight", [output, input / groups, kernel, kernel], initial ?? bound)
        self.bias = bias ? scope.parameter("bias", [output], initial == nil ? bound : .zeros) : nil
        (self.stride, self.padding, self.dilation, self.groups, self.channels) = (stride, padding, dilation, groups, channels)
    }

    /// `[batch, in, height, width]`, or `[batch, height, width, in]` with channels last, to the same with `out` channels.
    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        x.convolution(
            weight: context(weight), bias: bias.map { context($0) }, stride: [stride, stride], padding: [padding, padding],
            dilation: [dilation, dilation], groups: groups, channels: channels)
    }
}
