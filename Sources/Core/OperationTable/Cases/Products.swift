// Matrix products and the linear layer.
import Tensors

extension OperationCase {
    static let products: [OperationCase] =
        [(3, 4, 2), (64, 48, 33), (130, 70, 129), (600, 17, 40), (20, 700, 31), (1, 300, 300), (2100, 64, 8)].flatMap { m, k, n in
            [(false, false), (true, false), (false, true), (true, true)].map { product(m, k, n, transposeA: $0, transposeB: $1) }
        }
        + [
            product(3, 4, 2, batch: 2), product(3, 4, 2, batch: 2, transposeA: true), product(3, 4, 2, batch: 2, transposeB: true),
            product(3, 4, 2, batch: 2, transposeA: true, transposeB: true),
            product(3, 4, 2, batch: 2, shared: true), product(3, 4, 2, batch: 2, shared: true, transposeB: true),
            product(3, 4, 2, batch: 2, shared: true, transposeA: true),
            product(3, 4, 2, batch: 2, shared: true, transposeA: true, transposeB: true),
            product(40, 33, 50, batch: 9), product(40, 33, 50, batch: 9, transposeB: true),

            linear([3, 5, 11], 13, golden: "linear"), linear([5, 3], 4, bias: false), linear([5, 3], 4, activation: .gelu),
            linear([5, 3], 4, bias: false, activation: .geluTanh), linear([260, 130], 70, activation: .gelu), linear([130, 97], 200),
            OperationCase(
                "linear with ReLU", ["x": .positive([5, 3]), "weight": .positive([4, 3]), "bias": [4]], operations: 120,
                { $0["x"].linear(weight: $0["weight"], bias: $0["bias"], activation: .relu) },
                reference: { $0["x"].linear($0["weight"], $0["bias"]).map { max($0, 0) } }),

            packed([70, 96], 64, .float32), packed([37, 40], 30, .float32), packed([70, 96], 64, .bfloat16), adapted([6, 10], 12, rank: 2),

            linear([1576, 768], 768, purpose: .timing), linear([1576, 768], 3072, activation: .gelu, purpose: .timing),
            linear([1576, 3072], 768, purpose: .timing), linear([392, 64], 192, purpose: .timing), linear([32, 64], 64, purpose: .timing),
            packed([1576, 768], 768, .float32, purpose: .timing), packed([1576, 768], 768, .bfloat16, purpose: .timing),
            packed([1576, 768], 3072, .bfloat16, purpose: .timing), adapted([1576, 768], 2304, rank: 4, purpose: .timing),
            product(1568, 768, 768, purpose: .timing), product(50, 64, 50, batch: 96, transposeB: true, purpose: .timing),
        ]

    private static func product(
        _ m: Int, _ k: Int, _ n: Int, batch: Int? = nil, shared: Bool = false, transposeA: Bool = false, transposeB: Bool = false,
        purpose: Purpose = .check
    ) -> OperationCase {
        let lead = batch.map { [$0] } ?? [], count = batch ?? 1
        let marks = (transposeA ? ", A transposed" : "") + (transposeB ? ", B transposed" : "") + (shared ? ", one B for all" : "")
        return OperationCase(
            "product \(batch.map { "\($0) of " } ?? "")\(m)x\(k)x\(n)\(marks)",
            [
                "a": Operand(lead + (transposeA ? [k, m] : [m, k])),
                "b": Operand((shared ? [] : lead) + (transposeB ? [n, k] : [k, n])),
            ], purpose: purpose, operations: 2 * Double(count * m * k * n),
            { $0["a"].matmul($0["b"], transposeA: transposeA, transposeB: transposeB) },
            reference: { v in
                let (a, b) = (v["a"].values, v["b"].values)
                var values = [Double](repeating: 0, count: count * m * n)
                for matrix in 0..<count {
                    let (fromA, fromB) = (matrix * m * k, shared ? 0 : matrix * k * n)
                    for i in 0..<m {
                        for j in 0..<n {
                            var sum = 0.0
                            for l in 0..<k {
                                sum += a[fromA + (transposeA ? l * m + i : i * k + l)] * b[fromB + (transposeB ? j * k + l : l * n + j)]
                            }
                            values[(matrix * m + i) * n + j] = sum
                        }
                    }
                }
                return NaiveTensor(values, shape: lead + [m, n])
            })
    }

    private static func linear(
        _ x: [Int], _ outputs: Int, golden: String? = nil, bias: Bool = true, activation: Tensor.Activation = .none,
        purpose: Purpose = .check
    ) -> OperationCase {
        let inputs = x.last!, rows = x.dropLast().reduce(1, *)
        let title = "linear \(x.map(String.init).joined(separator: "x")) to \(outputs)" + (bias ? "" : ", no bias")
        let plain: @Sendable (Double) -> Double =
            switch activation {
            case .gelu: Naive.gelu
            case .geluTanh: Naive.geluByTanh
            default: { $0 }
            }
        let apply: @Sendable (Operands<Tensor>) -> Tensor = {
            $0["x"].linear(weight: $0["weight"], bias: bias ? $0["bias"] : nil, activation: activation)
        }
        let reference: @Sendable (Operands<NaiveTensor>) -> NaiveTensor = {
            $0["x"].linear($0["weight"], bias ? $0["bias"] : nil).map(plain)
        }
        var operands: OperandList = ["x": Operand(x), "weight": Operand([outputs, inputs])]
        if bias { operands.append("bias", Operand([outputs])) }
        return OperationCase(
            activation == .none ? title : "\(title), \(activation)", operands, golden: golden, purpose: purpose,
            operations: 2 * Double(rows * inputs * outputs), apply, reference: reference)
    }

    /// With the weight laid out for each product anew, as that of a trained layer is, GELU and a residual.
    private static func packed(_ x: [Int], _ outputs: Int, _ precision: Precision, purpose: Purpose = .check) -> OperationCase {
        OperationCase(
            "linear \(x[0])x\(x[1]) to \(outputs), packed \(precision.rawValue), GELU, residual",
            ["x": Operand(x), "weight": .weights([outputs, x[1]], fanIn: x[1]), "bias": [outputs], "residual": [x[0], outputs]],
            purpose: purpose,
            precision: precision, operations: 2 * Double(x[0] * x[1] * outputs),
            {
                $0["x"].linear(
                    weight: $0["weight"], bias: $0["bias"], activation: .gelu, packed: PackedWeight($0["weight"], precision, keeps: false),
                    residual: $0["residual"])
            },
            reference: { $0["x"].linear($0["weight"], $0["bias"]).map(Naive.gelu).combined(with: $0["residual"], +) })
    }

    /// With low-rank adapters on the first and the last third of the outputs.
    private static func adapted(_ x: [Int], _ outputs: Int, rank: Int, purpose: Purpose = .check) -> OperationCase {
        let third = outputs / 3
        return OperationCase(
            "linear \(x[0])x\(x[1]) to \(outputs), two adapters of rank \(rank)",
            [
                "x": Operand(x), "weight": .weights([outputs, x[1]], fanIn: x[1]), "bias": [outputs],
                "a0": .weights([rank, x[1]], fanIn: x[1]),
                "b0": [third, rank], "a2": .weights([rank, x[1]], fanIn: x[1]), "b2": [third, rank],
            ], purpose: purpose, operations: 2 * Double(x[0] * (x[1] * outputs + 2 * rank * (x[1] + third))),
            {
                let parts = [LowRankAdapter.Part(offset: 0, a: $0["a0"], b: $0["b0"]), .init(offset: 2 * third, a: $0["a2"], b: $0["b2"])]
                return $0["x"].linear(weight: $0["weight"], bias: $0["bias"], adapter: LowRankAdapter(parts: parts, scale: 0.5))
            },
            reference: { v in
                let plain = v["x"].linear(v["weight"], v["bias"])
                let changes = [v["x"].linear(v["a0"]).linear(v["b0"]), nil, v["x"].linear(v["a2"]).linear(v["b2"])]
                return NaiveTensor(shape: plain.shape) { plain[$0] + (changes[$0[1] / third]?[$0[0], $0[1] % third] ?? 0) / 2 }
            })
    }
}
