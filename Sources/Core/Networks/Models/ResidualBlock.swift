// A residual block over pictures or clips, basic or bottleneck (He et al. 2016), with torchvision's parameter names. Maps have channels last.
import Tensors

/// Convolution without bias, batch norm, and what follows it.
struct NormedConvolution {
    private let weight: Parameter
    private let norm: BatchNormChannelsLast
    private let stride, padding: [Int]

    /// One kernel length, stride and padding an axis. Starts normal with variance 2 / (out · kernel), as torchvision's models do.
    init(_ input: Int, _ output: Int, kernel: [Int], stride: [Int], padding: [Int], convolution: Scope, norm: Scope) {
        let deviation = (2 / Float(output * kernel.reduce(1, *))).squareRoot()
        weight = convolution.parameter("weight", [output, input] + kernel, .normal(deviation))
        self.norm = BatchNormChannelsLast(output, at: norm)
        (self.stride, self.padding) = (stride, padding)
    }

    /// `[batch, …, in]` to `[batch, …, out]`.
    func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil, relu: Bool, _ context: Context) -> Tensor {
        let convolved = x.convolution(
            weight: context(weight), bias: nil, stride: stride, padding: padding, dilation: stride.map { _ in 1 }, groups: 1,
            channels: .last)
        return norm(convolved, adding: residual, relu: relu, context)
    }
}

struct ResidualBlock {
    /// What differs between torchvision's networks for pictures and for clips: the number of axes, and `conv1`, `bn1` or `conv1.0`, `conv1.1`.
    enum Kind {
        case picture, video

        var axes: Int { self == .picture ? 2 : 3 }

        func scopes(_ index: Int, _ scope: Scope) -> (convolution: Scope, norm: Scope) {
            self == .picture ? (scope["conv\(index)"], scope["bn\(index)"]) : (scope["conv\(index)"][0], scope["conv\(index)"][1])
        }
    }

    /// A bottleneck's result is this many times as wide as its middle.
    static let expansion = 4

    private var steps: [NormedConvolution] = []
    private let shortcut: NormedConvolution?

    /// `width` is the width of the inner maps; the first spatial convolution has the stride.
    init(_ input: Int, width: Int, stride: Int, bottleneck: Bool, kind: Kind, at scope: Scope) {
        let output = bottleneck ? width * Self.expansion : width, axes = kind.axes
        func step(_ index: Int, _ from: Int, _ to: Int, kernel: Int, stride: Int) -> NormedConvolution {
            let (convolution, norm) = kind.scopes(index, scope)
            func every(_ value: Int) -> [Int] { Array(repeating: value, count: axes) }
            return NormedConvolution(
                from, to, kernel: every(kernel), stride: every(stride), padding: every(kernel / 2), convolution: convolution, norm: norm)
        }
        if bottleneck {
            steps = [
                step(1, input, width, kernel: 1, stride: 1), step(2, width, width, kernel: 3, stride: stride),
                step(3, width, output, kernel: 1, stride: 1),
            ]
        } else {
            steps = [step(1, input, width, kernel: 3, stride: stride), step(2, width, width, kernel: 3, stride: 1)]
        }
        let ones = Array(repeating: 1, count: axes), zeros = Array(repeating: 0, count: axes)
        shortcut =
            stride == 1 && input == output
            ? nil
            : NormedConvolution(
                input, output, kernel: ones, stride: ones.map { $0 * stride }, padding: zeros, convolution: scope["downsample"][0],
                norm: scope["downsample"][1])
    }

    /// `[batch, …, in]` to `[batch, …, out]`.
    func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        let residual = shortcut.map { $0(x, relu: false, context) } ?? x
        var y = x
        for step in steps.dropLast() { y = step(y, relu: true, context) }
        return steps.last!(y, adding: residual, relu: true, context)
    }
}

/// The four stages `layer1` … `layer4`, each but the first halving every axis.
struct ResidualStages {
    private let stages: [[ResidualBlock]]
    /// Channels of the last stage's maps.
    let width: Int

    init(blocks: [Int], firstWidth: Int, bottleneck: Bool, kind: ResidualBlock.Kind, at scope: Scope) {
        var input = firstWidth
        stages = blocks.enumerated().map { stage, count in
            (0..<count).map { index in
                let width = firstWidth << stage
                let block = ResidualBlock(
                    input, width: width, stride: stage > 0 && index == 0 ? 2 : 1, bottleneck: bottleneck, kind: kind,
                    at: scope["layer\(stage + 1)"][index])
                input = bottleneck ? width * ResidualBlock.expansion : width
                return block
            }
        }
        width = input
    }

    /// The maps after each stage.
    func callAsFunction(_ x: Tensor, _ context: Context) -> [Tensor] {
        var x = x
        return stages.map { blocks in
            for block in blocks { x = block(x, context) }
            return x
        }
    }
}

/// What a residual network gives.
public struct ResNetOutput: Sendable {
    /// Maps after each stage, channels last: `[batch, height, width, channels]` or `[batch, time, height, width, channels]`.
    public let stages: [Tensor]
    /// Mean over all positions of the last stage's maps, `[batch, channels]`.
    public let features: Tensor
    /// `[batch, classes]`; nil for a network without classifier.
    public let logits: Tensor?

    init(_ stages: [Tensor], _ classifier: Linear?, _ context: Context) {
        let last = stages[stages.count - 1]
        self.stages = stages
        features = last.reshaped([last.shape[0], -1, last.shape[last.rank - 1]]).mean(axis: 1)
        logits = classifier.map { [features] in $0(features, context) }
    }
}

extension [String: Tensor] {
    /// torchvision weights as our residual networks take them: without the batch counters that nothing reads, and without the classifier
    /// where the network has none.
    public func forResNet(classifier: Bool) -> [String: Tensor] {
        filter { name, _ in !name.hasSuffix(".num_batches_tracked") && (classifier || !name.hasPrefix("fc.")) }
    }
}
