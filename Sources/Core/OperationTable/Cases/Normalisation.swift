// Softmax, layer norm and batch norm.
import Tensors

extension OperationCase {
    static let normalisation: [OperationCase] =
        [
            OperationCase(
                "softmax", ["x": [5, 7, 11]], golden: "op_softmax", { $0["x"].softmax() }, reference: { $0["x"].rows(Naive.softmax) }),
            OperationCase(
                "log-softmax", ["x": [5, 7, 11]], golden: "op_log_softmax", { $0["x"].logSoftmax() },
                reference: { $0["x"].rows(Naive.logSoftmax) }),
            OperationCase("softmax of long rows", ["x": [70, 301]], { $0["x"].softmax() }, reference: { $0["x"].rows(Naive.softmax) }),
            layerNorm([4, 6, 13], golden: "layer_norm"), layerNorm([90, 257]),
            OperationCase(
                "layer norm of rows in another order, one twice", ["x": [5, 7], "weight": [7], "bias": [7]],
                { $0["x"].layerNorm(weight: $0["weight"], bias: $0["bias"], rows: RowMap([4, 0, 0, 3], of: 5)) },
                reference: { v in
                    let normed = v["x"].rows { Naive.normalised($0) }.combined(with: v["weight"], *).combined(with: v["bias"], +)
                    return NaiveTensor(shape: [4, 7]) { normed[[4, 0, 0, 3][$0[0]], $0[1]] }
                }),
            OperationCase(
                "rows plus the mean of those that came from them", ["x": [4, 3], "other": [5, 3]],
                { $0["x"].adding($0["other"], at: RowMap([2, 0, 2, 1, 2], of: 4)) },
                reference: { v in
                    let users = [[1], [3], [0, 2, 4], []]
                    return NaiveTensor(shape: [4, 3]) { index in
                        let rows = users[index[0]]
                        return v["x"][index] + rows.reduce(0) { $0 + v["other"][$1, index[1]] } / Double(max(rows.count, 1))
                    }
                }),
            batchNorm([5, 6, 9], golden: "batch_norm1d_train"), batchNorm([4, 6, 5, 7], golden: "batch_norm2d_train"),
            batchNorm([3, 4, 3, 5, 4], golden: "batch_norm3d_train"), batchNorm([7, 20]), batchNorm([9, 21, 13, 11]),
            batchNormFixed([5, 6, 9], golden: "batch_norm1d_eval"), batchNormFixed([4, 6, 5, 7], golden: "batch_norm2d_eval"),
            batchNormFixed([3, 4, 3, 5, 4], golden: "batch_norm3d_eval"),

            OperationCase("softmax, 18912x197", ["x": [18_912, 197]], purpose: .timing) { $0["x"].softmax() },
            layerNorm([1576, 768], purpose: .timing), batchNorm([8, 64, 112, 112], purpose: .timing),
        ]

    private static func text(_ lengths: [Int]) -> String { lengths.map(String.init).joined(separator: "x") }

    private static func layerNorm(_ x: [Int], golden: String? = nil, purpose: Purpose = .check) -> OperationCase {
        OperationCase(
            "layer norm \(text(x))", ["x": Operand(x), "weight": [x.last!], "bias": [x.last!]], golden: golden, purpose: purpose,
            { $0["x"].layerNorm(weight: $0["weight"], bias: $0["bias"]) },
            reference: { $0["x"].rows { Naive.normalised($0) }.combined(with: $0["weight"], *).combined(with: $0["bias"], +) })
    }

    private static func batchNorm(_ x: [Int], golden: String? = nil, purpose: Purpose = .check) -> OperationCase {
        let channels = x[1]
        return OperationCase(
            "batch norm \(text(x)), its own statistics", ["x": Operand(x), "weight": [channels], "bias": [channels]], golden: golden,
            purpose: purpose,
            {
                var mean = Tensor.zeros([channels]), variance = Tensor.ones([channels])
                return $0["x"].batchNorm(weight: $0["weight"], bias: $0["bias"], runningMean: &mean, runningVariance: &variance)
            },
            reference: { v in
                v["x"].channels { Naive.normalised($0) }.scaledByChannel { ($0 * v["weight"].values[$1]) + v["bias"].values[$1] }
            })
    }

    private static func batchNormFixed(_ x: [Int], golden: String? = nil) -> OperationCase {
        let channels = x[1]
        return OperationCase(
            "batch norm \(text(x)), running statistics",
            [
                "x": Operand(x), "weight": [channels], "bias": [channels], "running_mean": .constant([channels]),
                "running_var": .constant([channels]),
            ], golden: golden,
            { $0["x"].batchNorm(weight: $0["weight"], bias: $0["bias"], mean: $0["running_mean"], variance: $0["running_var"]) },
            reference: { v in
                v["x"].scaledByChannel { value, channel in
                    (value - v["running_mean"].values[channel]) / (v["running_var"].values[channel] + 1e-5).squareRoot()
                        * v["weight"].values[channel]
                        + v["bias"].values[channel]
                }
            })
    }
}

extension NaiveTensor {
    /// All values of each channel (axis 1), changed together.
    func channels(_ function: ([Double]) -> [Double]) -> NaiveTensor {
        var changed = self
        let inner = shape[2...].reduce(1, *)
        for channel in 0..<shape[1] {
            let places = (0..<shape[0]).flatMap { batch in (0..<inner).map { (batch * shape[1] + channel) * inner + $0 } }
            for (place, value) in zip(places, function(places.map { values[$0] })) { changed.values[place] = value }
        }
        return changed
    }

    /// Each value by a function that knows its channel (axis 1).
    func scaledByChannel(_ function: (Double, Int) -> Double) -> NaiveTensor {
        let inner = shape[2...].reduce(1, *)
        return NaiveTensor(values.enumerated().map { function($1, $0 / inner % shape[1]) }, shape: shape)
    }
}
