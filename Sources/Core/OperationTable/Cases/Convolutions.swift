// Convolutions of one to three axes with stride, padding, dilation and groups.
import Tensors

extension OperationCase {
    static let convolutions: [OperationCase] = [
        convolution([3, 6, 17], 10, .init(kernel: [5], padding: [2]), golden: "conv1d_k5_p2"),
        convolution([2, 4, 19], 6, .init(kernel: [3], stride: [2], dilation: [2]), golden: "conv1d_k3_s2_d2"),
        convolution([2, 4, 7], 6, .init(kernel: [3], stride: [2], padding: [1], groups: 2)),
        convolution([2, 4, 5], 3, .init(kernel: [1])),
        convolution([2, 6, 20], 8, .init(kernel: [5], stride: [5]), golden: "conv1d_k5_s5"),
        convolution([2, 8, 15], 12, .init(kernel: [3], padding: [2], dilation: [2], groups: 4), golden: "conv1d_d2_g4"),
        convolution([2, 3, 9, 11], 8, .init(kernel: [3, 3], padding: [1, 1]), golden: "conv2d_k3_p1"),
        convolution([2, 3, 15, 17], 5, .init(kernel: [7, 7], stride: [2, 2], padding: [3, 3]), golden: "conv2d_k7_s2_p3"),
        convolution([2, 6, 7, 9], 6, .init(kernel: [3, 3], padding: [1, 1], groups: 6), golden: "conv2d_depthwise"),
        convolution(
            [2, 3, 8, 7], 12, .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1], groups: 3), golden: "conv2d_depthwise_multiplier"),
        convolution([2, 5, 8, 9], 7, .init(kernel: [1, 1], stride: [2, 2]), golden: "conv2d_1x1_s2"),
        convolution([1, 2, 6, 7], 3, .init(kernel: [2, 3], padding: [1, 1], dilation: [2, 2]), bias: false),
        convolution([2, 4, 11, 10], 6, .init(kernel: [3, 3], padding: [4, 4], dilation: [4, 4], groups: 2), golden: "conv2d_d4_g2"),
        convolution([2, 17, 14, 13], 19, .init(kernel: [3, 3], padding: [1, 1])),
        convolution([1, 32, 20, 20], 48, .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1]), bias: false),
        convolution([2, 3, 4, 7, 6], 5, .init(kernel: [3, 3, 3], padding: [1, 1, 1]), golden: "conv3d_k3_p1"),
        convolution([1, 3, 5, 9, 8], 4, .init(kernel: [3, 5, 5], stride: [1, 2, 2], padding: [1, 2, 2]), golden: "conv3d_s122"),
        convolution([1, 4, 4, 6, 5], 4, .init(kernel: [3, 3, 3], padding: [1, 1, 1], groups: 4), golden: "conv3d_depthwise"),
        convolution(
            [1, 4, 5, 7, 6], 6, .init(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 2, 2], dilation: [1, 2, 2], groups: 2),
            golden: "conv3d_d122_g2"),

        convolution([16, 128, 128], 128, .init(kernel: [5], padding: [2]), purpose: .timing),
        convolution([16, 256, 128], 256, .init(kernel: [3], padding: [1]), purpose: .timing),
        convolution([8, 3, 224, 224], 64, .init(kernel: [7, 7], stride: [2, 2], padding: [3, 3]), bias: false, purpose: .timing),
        convolution([8, 64, 56, 56], 64, .init(kernel: [3, 3], padding: [1, 1]), bias: false, purpose: .timing),
        convolution([8, 64, 56, 56], 128, .init(kernel: [3, 3], stride: [2, 2], padding: [1, 1]), bias: false, purpose: .timing),
        convolution([8, 64, 56, 56], 128, .init(kernel: [1, 1], stride: [2, 2]), bias: false, purpose: .timing),
        convolution([8, 128, 28, 28], 128, .init(kernel: [3, 3], padding: [1, 1]), bias: false, purpose: .timing),
        convolution([8, 256, 14, 14], 256, .init(kernel: [3, 3], padding: [1, 1]), bias: false, purpose: .timing),
        convolution([8, 512, 7, 7], 512, .init(kernel: [3, 3], padding: [1, 1]), bias: false, purpose: .timing),
        convolution([8, 64, 56, 56], 64, .init(kernel: [3, 3], padding: [1, 1], groups: 64), bias: false, purpose: .timing),
        convolution(
            [2, 3, 16, 112, 112], 64, .init(kernel: [3, 7, 7], stride: [1, 2, 2], padding: [1, 3, 3]), bias: false, purpose: .timing),
        convolution([2, 64, 16, 56, 56], 64, .init(kernel: [3, 3, 3], padding: [1, 1, 1]), bias: false, purpose: .timing),
        convolution([2, 128, 8, 28, 28], 128, .init(kernel: [3, 3, 3], padding: [1, 1, 1]), bias: false, purpose: .timing),
        convolution([2, 512, 2, 7, 7], 512, .init(kernel: [3, 3, 3], padding: [1, 1, 1]), bias: false, purpose: .timing),
    ]

    private static func convolution(
        _ x: [Int], _ out: Int, _ s: WindowSettings, bias: Bool = true, golden: String? = nil, purpose: Purpose = .check
    ) -> OperationCase {
        let weight = [out, x[1] / s.groups] + s.kernel, places = x[0] * s.outputs(of: Array(x[2...])).reduce(1, *)
        func text(_ lengths: [Int]) -> String { lengths.map(String.init).joined(separator: "x") }
        var name = "conv\(s.kernel.count)d \(text(x)) to \(out), kernel \(text(s.kernel))"
        if s.stride.contains(where: { $0 != 1 }) { name += ", stride \(text(s.stride))" }
        if s.dilation.contains(where: { $0 != 1 }) { name += ", dilation \(text(s.dilation))" }
        if s.groups != 1 { name += ", \(s.groups) groups" }
        let apply: @Sendable (Operands<Tensor>) -> Tensor = {
            $0["x"].convolution(
                weight: $0["weight"], bias: bias ? $0["bias"] : nil, stride: s.stride, padding: s.padding, dilation: s.dilation,
                groups: s.groups)
        }
        let reference: @Sendable (Operands<NaiveTensor>) -> NaiveTensor = { $0["x"].convolution($0["weight"], bias ? $0["bias"] : nil, s) }
        var operands: OperandList = ["x": Operand(x), "weight": Operand(weight)]
        if bias { operands.append("bias", Operand([out])) }
        return OperationCase(
            name, operands, golden: golden, purpose: purpose, operations: 2 * Double(places * weight.reduce(1, *)), apply,
            reference: reference)
    }
}
