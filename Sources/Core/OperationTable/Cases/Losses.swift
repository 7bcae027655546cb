// Losses: of classes, of values, of distances.
import Tensors

extension OperationCase {
    static let losses: [OperationCase] = [
        crossEntropy([4, 6], golden: "cross_entropy"), crossEntropy([4, 6], smoothing: 0.1, golden: "cross_entropy_smooth01"),
        crossEntropy([4, 6], weighted: true, golden: "cross_entropy_weighted"),
        crossEntropy([5, 7], smoothing: 0.15, weighted: true, golden: "cross_entropy_smooth_weighted"),
        OperationCase(
            "cross-entropy, smoothed, weighted, one row left out",
            ["logits": [4, 3], "target": .given([2, -1, 0, 1]), "weight": .constant([3])],
            { $0["logits"].crossEntropy(targets: $0.integers("target"), smoothing: 0.2, weights: $0["weight"]) },
            reference: { $0["logits"].crossEntropy($0.integers("target"), smoothing: 0.2, weights: $0["weight"]) }),
        crossEntropy(probabilitiesOf: [5, 6], golden: "cross_entropy_soft"),
        crossEntropy(probabilitiesOf: [5, 6], smoothing: 0.1, weighted: true, golden: "cross_entropy_soft_smooth_weighted"),

        OperationCase(
            "mean squared error", ["a": [4, 3], "b": [4, 3]], golden: "mse", { $0["a"].meanSquaredError($0["b"]) },
            reference: { .scalar($0["a"].combined(with: $0["b"]) { ($0 - $1) * ($0 - $1) }.mean) }),
        OperationCase(
            "root mean squared error", ["a": [6, 2], "b": [6, 2]], golden: "rmse", { $0["a"].rootMeanSquaredError($0["b"]) },
            reference: { .scalar(($0["a"].combined(with: $0["b"]) { ($0 - $1) * ($0 - $1) }.mean + 1e-8).squareRoot()) }),
        OperationCase(
            "smooth L1 loss", ["a": [4, 3], "b": [4, 3]], golden: "smooth_l1", { $0["a"].smoothL1($0["b"]) },
            reference: {
                .scalar(
                    $0["a"].combined(with: $0["b"]) { Swift.abs($0 - $1) < 1 ? ($0 - $1) * ($0 - $1) / 2 : Swift.abs($0 - $1) - 0.5 }.mean)
            }),
        OperationCase(
            "concordance loss of two dimensions", ["a": [9, 2], "b": [9, 2]], golden: "ccc_loss", { $0["a"].concordanceLoss($0["b"]) },
            reference: { v in
                let scores = (0..<2).map { column -> Double in
                    let a = (0..<9).map { v["a"][$0, column] }, b = (0..<9).map { v["b"][$0, column] }
                    let (ma, mb) = (a.reduce(0, +) / 9, b.reduce(0, +) / 9)
                    let covariance = zip(a, b).reduce(0) { $0 + ($1.0 - ma) * ($1.1 - mb) } / 9
                    let spread = a.reduce(0) { $0 + ($1 - ma) * ($1 - ma) } / 9 + b.reduce(0) { $0 + ($1 - mb) * ($1 - mb) } / 9
                    return 2 * covariance / (spread + (ma - mb) * (ma - mb) + 1e-8)
                }
                return .scalar(1 - (scores[0] + scores[1]) / 2)
            }),
        OperationCase(
            "cosine embedding loss", ["a": [6, 5], "b": [6, 5], "same": .given([1, -1, 1, -1, -1, 1])], golden: "cosine_embedding",
            { $0["a"].cosineEmbeddingLoss($0["b"], areSame: $0["same"].values.map { $0 > 0 }, margin: -0.4) },
            reference: { v in
                let terms = (0..<6).map { row -> Double in
                    let (a, b) = (v["a"].row(row), v["b"].row(row))
                    func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
                    let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
                    return v["same"].values[row] > 0 ? 1 - cosine : max(0, cosine + 0.4)
                }
                return .scalar(terms.reduce(0, +) / 6)
            }),
        triplet(golden: "triplet"), triplet(swap: true, golden: "triplet_swap"), triplet(squared: true, golden: "triplet_squared"),

        OperationCase("cross-entropy, 4096x400", ["logits": [4096, 400], "target": .labels(400, count: 4096)], purpose: .timing) {
            $0["logits"].crossEntropy(targets: $0.integers("target"), smoothing: 0.1)
        },
    ]

    private static func crossEntropy(_ shape: [Int], smoothing: Float = 0, weighted: Bool = false, golden: String) -> OperationCase {
        var operands: OperandList = ["logits": Operand(shape), "target": .labels(shape[1], count: shape[0])]
        if weighted { operands.append("weight", .constant([shape[1]])) }
        return OperationCase(
            "cross-entropy" + (smoothing > 0 ? ", smoothed" : "") + (weighted ? ", weighted" : ""), operands, golden: golden,
            { $0["logits"].crossEntropy(targets: $0.integers("target"), smoothing: smoothing, weights: weighted ? $0["weight"] : nil) },
            reference: {
                $0["logits"].crossEntropy($0.integers("target"), smoothing: Double(smoothing), weights: weighted ? $0["weight"] : nil)
            })
    }

    private static func crossEntropy(probabilitiesOf shape: [Int], smoothing: Float = 0, weighted: Bool = false, golden: String)
        -> OperationCase
    {
        var operands: OperandList = ["logits": Operand(shape), "target": .probabilities(shape)]
        if weighted { operands.append("weight", .constant([shape[1]])) }
        return OperationCase(
            "cross-entropy with probabilities" + (smoothing > 0 ? ", smoothed" : "") + (weighted ? ", weighted" : ""), operands,
            golden: golden,
            { $0["logits"].crossEntropy(probabilities: $0["target"], smoothing: smoothing, weights: weighted ? $0["weight"] : nil) },
            reference: { v in
                let logs = v["logits"].rows(Naive.logSoftmax)
                let terms = NaiveTensor(shape: shape) { at in
                    let share = v["target"][at] * Double(1 - smoothing) + Double(smoothing) / Double(shape[1])
                    return -share * logs[at] * (weighted ? v["weight"].values[at[1]] : 1)
                }
                return .scalar(terms.sum / Double(shape[0]))
            })
    }

    private static func triplet(squared: Bool = false, swap: Bool = false, golden: String) -> OperationCase {
        OperationCase(
            "triplet loss" + (squared ? " of squared distances" : "") + (swap ? ", swapped" : ""),
            ["anchor": [6, 5], "positive": [6, 5], "negative": [6, 5]], golden: golden,
            {
                $0["anchor"].tripletLoss(
                    positive: $0["positive"], negative: $0["negative"], margin: 0.7, distance: squared ? .squared : .euclidean, swap: swap)
            },
            reference: { v in
                func distance(_ a: String, _ b: String, _ row: Int) -> Double {
                    let shift = squared ? 0 : 1e-6
                    let sum = zip(v[a].row(row), v[b].row(row)).reduce(0) { $0 + ($1.0 - $1.1 + shift) * ($1.0 - $1.1 + shift) }
                    return squared ? sum : sum.squareRoot()
                }
                let terms = (0..<6).map { row -> Double in
                    let other = distance("anchor", "negative", row)
                    return max(
                        0, distance("anchor", "positive", row) - (swap ? min(other, distance("positive", "negative", row)) : other) + 0.7)
                }
                return .scalar(terms.reduce(0, +) / 6)
            })
    }
}

extension NaiveTensor {
    fileprivate func row(_ index: Int) -> [Double] { Array(values[index * shape[1]..<(index + 1) * shape[1]]) }

    /// Mean over rows weighted by the targets' weights; a negative target leaves its row out.
    fileprivate func crossEntropy(_ targets: [Int], smoothing: Double, weights: NaiveTensor?) -> NaiveTensor {
        let logs = rows(Naive.logSoftmax), classes = shape[1]
        var total = 0.0, norm = 0.0
        for (row, target) in targets.enumerated() where target >= 0 {
            norm += weights?.values[target] ?? 1
            for index in 0..<classes {
                let share = (index == target ? 1 - smoothing : 0) + smoothing / Double(classes)
                total -= share * (weights?.values[index] ?? 1) * logs[row, index]
            }
        }
        return .scalar(total / norm)
    }
}
