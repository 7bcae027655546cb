// Convolution, batch norm and pooling of [batch, ..., channels], as the residual networks use them.
import Tensors

extension OperationCase {
    static let channelsLast: [OperationCase] = [
        convolutionLast([2, 5, 6, 3], 4, .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1])),
        // Wide enough for the filtered form of 3x3 windows.
        convolutionLast([1, 4, 3, 32], 32, .init(kernel: [3, 3], padding: [1, 1]), bias: false),
        convolutionLast([1, 3, 5, 4, 6], 8, .init(kernel: [3, 3, 3], padding: [1, 1, 1]), bias: false),
        convolutionLast([2, 9, 16], 24, .init(kernel: [3], padding: [1])),
        batchNormLast([3, 2, 5], residual: true), batchNormLast([2, 4, 3, 33], residual: false),
        OperationCase(
            "batch norm, channels last, given statistics", ["x": [3, 2, 5], "weight": [5], "bias": [5]],
            { $0["x"].batchNormChannelsLast(weight: $0["weight"], bias: $0["bias"], mean: .full([5], 0.3), variance: .full([5], 2)) },
            reference: { v in
                NaiveTensor(shape: [3, 2, 5]) { at in
                    (v["x"][at] - Double(Float(0.3))) / 2.00001.squareRoot() * v["weight"].values[at[2]] + v["bias"].values[at[2]]
                }
            }),
        OperationCase(
            "max pooling, channels last", ["x": .spaced([2, 7, 6, 5])],
            { $0["x"].maxPoolChannelsLast([3, 3], stride: [2, 2], padding: [1, 1]) },
            reference: {
                let spans = [7, 6].map { input in
                    (0..<(input - 1) / 2 + 1).map { poolingSpan($0, input: input, kernel: 3, stride: 2, padding: 1) }
                }
                return $0["x"].channelsFirst.pooled(spans) { window, _ in window.max() ?? -.infinity }.channelsLast
            }),

        convolutionLast([8, 56, 56, 64], 64, .init(kernel: [3, 3], padding: [1, 1]), bias: false, purpose: .timing),
        convolutionLast([8, 28, 28, 128], 128, .init(kernel: [3, 3], padding: [1, 1]), bias: false, purpose: .timing),
        convolutionLast([8, 14, 14, 256], 256, .init(kernel: [3, 3], padding: [1, 1]), bias: false, purpose: .timing),
        convolutionLast([8, 7, 7, 512], 512, .init(kernel: [3, 3], padding: [1, 1]), bias: false, purpose: .timing),
        convolutionLast([2, 16, 56, 56, 64], 64, .init(kernel: [3, 3, 3], padding: [1, 1, 1]), bias: false, purpose: .timing),
        batchNormLast([8, 56, 56, 64], residual: true, purpose: .timing),
        OperationCase("max pooling, channels last, 8x112x112x64", ["x": [8, 112, 112, 64]], purpose: .timing) {
            $0["x"].maxPoolChannelsLast([3, 3], stride: [2, 2], padding: [1, 1])
        },
    ]

    private static func text(_ lengths: [Int]) -> String { lengths.map(String.init).joined(separator: "x") }

    private static func convolutionLast(
        _ x: [Int], _ out: Int, _ s: WindowSettings, bias: Bool = true, purpose: Purpose = .check
    ) -> OperationCase {
        let weight = [out, x.last!] + s.kernel, places = x[0] * s.outputs(of: Array(x[1..<x.count - 1])).reduce(1, *)
        var operands: OperandList = ["x": Operand(x), "weight": .weights(weight, fanIn: weight[1...].reduce(1, *))]
        if bias { operands.append("bias", [out]) }
        return OperationCase(
            "conv\(s.kernel.count)d \(text(x)) to \(out), kernel \(text(s.kernel)), channels last", operands, purpose: purpose,
            operations: 2 * Double(places * weight.reduce(1, *)),
            {
                $0["x"].convolution(
                    weight: $0["weight"], bias: bias ? $0["bias"] : nil, stride: s.stride, padding: s.padding, dilation: s.dilation,
                    groups: s.groups,
                    channels: .last)
            },
            reference: { $0["x"].channelsFirst.convolution($0["weight"], bias ? $0["bias"] : nil, s).channelsLast })
    }

    /// With its own statistics.
    private static func batchNormLast(_ x: [Int], residual: Bool, purpose: Purpose = .check) -> OperationCase {
        let width = x.last!
        var operands: OperandList = ["x": Operand(x), "weight": [width], "bias": [width]]
        if residual { operands.append("residual", Operand(x)) }
        return OperationCase(
            "batch norm \(text(x)), channels last" + (residual ? ", plus a residual" : ""), operands, purpose: purpose,
            {
                var mean = Tensor.zeros([width]), variance = Tensor.ones([width])
                return $0["x"].batchNormChannelsLast(
                    weight: $0["weight"], bias: $0["bias"], runningMean: &mean, runningVariance: &variance,
                    adding: residual ? $0["residual"] : nil)
            },
            reference: { v in
                let normed = v["x"].channelsFirst.channels { Naive.normalised($0) }.channelsLast
                    .combined(with: v["weight"], *).combined(with: v["bias"], +)
                return residual ? normed.combined(with: v["residual"], +) : normed
            })
    }
}

extension NaiveTensor {
    /// [batch, ..., channels] as [batch, channels, ...], and back.
    fileprivate var channelsFirst: NaiveTensor {
        NaiveTensor(shape: [shape[0], shape.last!] + shape[1..<shape.count - 1]) { self[[$0[0]] + $0[2...] + [$0[1]]] }
    }

    fileprivate var channelsLast: NaiveTensor {
        NaiveTensor(shape: [shape[0]] + shape[2...] + [shape[1]]) { self[[$0[0], $0.last!] + $0[1..<$0.count - 1]] }
    }
}
