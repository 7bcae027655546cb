// Functions of single values, and arithmetic of two tensors with broadcasting.
import Tensors

extension OperationCase {
    private static let activationShape = [5, 7, 11]
    private static let large = [1576, 3072]

    static let elementwise: [OperationCase] = [
        function("ReLU", .awayFrom(0, activationShape), golden: "op_relu", { $0.relu() }) { max($0, 0) },
        function("leaky ReLU", .awayFrom(0, activationShape), golden: "op_leaky_relu", { $0.leakyReLU() }) { $0 < 0 ? 0.01 * $0 : $0 },
        function("leaky ReLU, slope 0.2", .awayFrom(0, [3, 4]), { $0.leakyReLU(slope: 0.2) }) { $0 < 0 ? 0.2 * $0 : $0 },
        function("ELU", .awayFrom(0, activationShape), golden: "op_elu", { $0.elu() }) { $0 < 0 ? Naive.exponential($0) - 1 : $0 },
        function("ELU, alpha 0.7", .awayFrom(0, [3, 4]), { $0.elu(alpha: 0.7) }) { $0 < 0 ? 0.7 * (Naive.exponential($0) - 1) : $0 },
        function("GELU", Operand(activationShape), golden: "op_gelu", { $0.gelu() }, Naive.gelu),
        function("GELU by tanh", Operand(activationShape), golden: "op_gelu_tanh", { $0.gelu(.tanh) }, Naive.geluByTanh),
        function("SiLU", Operand(activationShape), golden: "op_silu", { $0.silu() }) { $0 * Naive.sigmoid($0) },
        function("tanh", Operand(activationShape), golden: "op_tanh", { $0.tanh() }, Naive.hyperbolicTangent),
        function("sigmoid", Operand(activationShape), golden: "op_sigmoid", { $0.sigmoid() }, Naive.sigmoid),
        function("exp", [3, 4], { $0.exp() }, Naive.exponential),
        function("log", .positive([3, 4]), { $0.log() }, Naive.logarithm),
        function("square root", .positive([3, 4]), { $0.squareRoot() }) { $0.squareRoot() },
        function("square", [3, 4], { $0.square() }) { $0 * $0 },
        function("absolute value", .awayFrom(0, [3, 4]), { $0.abs() }, Swift.abs),
        function("one value divided by", .positive([3, 4]), { 2 / $0 }) { 2 / $0 },
        function("one value less", [3, 4], { 2 - $0 }) { 2 - $0 },
        function("sum with one value, then times another", [3, 4], { ($0 + 3) * -0.5 }) { ($0 + 3) * -0.5 },
        function("difference and quotient with one value", [3, 4], { ($0 - 3) / 4 }) { ($0 - 3) / 4 },
        function("tanh over threads", [130, 257], { $0.tanh() }, Naive.hyperbolicTangent),
        OperationCase(
            "gradient reversal, then linear", ["x": [4, 5], "weight": [2, 5], "bias": [2]], golden: "gradient_reversal_a037",
            withoutDifferences: "its backward pass is -alpha times the derivative, by design",
            { $0["x"].gradientReversal(alpha: 0.37).linear(weight: $0["weight"], bias: $0["bias"]) },
            reference: { $0["x"].linear($0["weight"], $0["bias"]) }),
        OperationCase("dropout with a fixed key", ["x": [6, 7]]) { $0["x"].dropout(0.4, key: 77) },

        function("GELU, 1576x3072", Operand(large), purpose: .timing, { $0.gelu() }),
        function("ReLU, 1576x3072", Operand(large), purpose: .timing, { $0.relu() }),
        OperationCase("dropout, 1576x3072", ["x": Operand(large)], purpose: .timing) { $0["x"].dropout(0.1, key: 77) },
    ]

    private static func function(
        _ name: String, _ x: Operand, golden: String? = nil, purpose: Purpose = .check, _ apply: @escaping @Sendable (Tensor) -> Tensor,
        _ plain: (@Sendable (Double) -> Double)? = nil
    ) -> OperationCase {
        var reference: (@Sendable (Operands<NaiveTensor>) -> NaiveTensor)?
        if let plain { reference = { $0["x"].map(plain) } }
        return OperationCase(name, ["x": x], golden: golden, purpose: purpose, { apply($0["x"]) }, reference: reference)
    }

    static let arithmetic: [OperationCase] = [
        pair("add, same shape", [3, 4], [3, 4], { $0 + $1 }, +),
        pair("add, one bias a channel", [2, 3, 4], [3, 1], { $0 + $1 }, +),
        pair("subtract, trailing broadcast", [2, 3, 4], [4], { $0 - $1 }, -),
        pair("subtract, broadcast on the left", [4], [2, 3, 4], { $0 - $1 }, -),
        pair("multiply, leading broadcast", [3, 4], [3, 1], { $0 * $1 }, *),
        pair("multiply, channel broadcast", [2, 3, 4], [3, 1], { $0 * $1 }, *),
        pair("multiply, both broadcast", [3, 1, 4], [5, 1], { $0 * $1 }, *),
        pair("multiply by one value", [3, 4], [1], { $0 * $1 }, *),
        pair("divide, same shape", .positive([3, 4]), .positive([3, 4]), { $0 / $1 }, /),
        pair("divide, trailing broadcast", .positive([3, 4]), .positive([4]), { $0 / $1 }, /),
        pair("divide, broadcast on the left", .positive([4]), .positive([3, 4]), { $0 / $1 }, /),
        pair("add over threads, trailing broadcast", [160, 3, 70], [70], { $0 + $1 }, +),
        OperationCase("multiply by itself", ["x": [3, 4]], { $0["x"] * $0["x"] }, reference: { $0["x"].map { $0 * $0 } }),

        pair("add, 1576x768", [1576, 768], [1576, 768], purpose: .timing, { $0 + $1 }),
        pair("add, 1576x768, trailing broadcast", [1576, 768], [768], purpose: .timing, { $0 + $1 }),
    ]

    private static func pair(
        _ name: String, _ a: Operand, _ b: Operand, purpose: Purpose = .check, _ apply: @escaping @Sendable (Tensor, Tensor) -> Tensor,
        _ plain: (@Sendable (Double, Double) -> Double)? = nil
    ) -> OperationCase {
        var reference: (@Sendable (Operands<NaiveTensor>) -> NaiveTensor)?
        if let plain { reference = { $0["a"].combined(with: $0["b"], plain) } }
        return OperationCase(name, ["a": a, "b": b], purpose: purpose, { apply($0["a"], $0["b"]) }, reference: reference)
    }
}
