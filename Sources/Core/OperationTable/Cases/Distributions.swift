// Distances of two samples' distributions.
import Tensors

extension OperationCase {
    static let distributions: [OperationCase] = [
        OperationCase(
            "correlation distance", ["a": [5, 3], "b": [4, 3]], { $0["a"].correlationDistance($0["b"]) },
            reference: { v in
                let (a, b) = (v["a"].covariance, v["b"].covariance)
                return .scalar(zip(a.values, b.values).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / (4 * 3 * 3))
            }),
        OperationCase(
            "mean discrepancy of a given bandwidth", ["a": [4, 3], "b": [3, 3]], { $0["a"].meanDiscrepancy($0["b"], bandwidth: 5) },
            reference: { $0["a"].discrepancy($0["b"], bandwidth: 5) }),
        OperationCase(
            "mean discrepancy, the bandwidth the mean distance", ["a": [3, 4], "b": [5, 4]],
            withoutDifferences: "the bandwidth follows the values, and by definition no gradient goes through it",
            { $0["a"].meanDiscrepancy($0["b"]) },
            reference: { $0["a"].discrepancy($0["b"], bandwidth: $0["a"].meanSquaredDistance($0["b"])) }),
    ]
}

extension NaiveTensor {
    fileprivate var covariance: NaiveTensor {
        let (rows, width) = (shape[0], shape[1])
        let means = (0..<width).map { column in (0..<rows).reduce(0) { $0 + self[$1, column] } / Double(rows) }
        return NaiveTensor(shape: [width, width]) { at in
            (0..<rows).reduce(0) { $0 + (self[$1, at[0]] - means[at[0]]) * (self[$1, at[1]] - means[at[1]]) } / Double(rows - 1)
        }
    }

    private func squaredDistance(_ row: Int, _ other: NaiveTensor, _ otherRow: Int) -> Double {
        (0..<shape[1]).reduce(0) { $0 + (self[row, $1] - other[otherRow, $1]) * (self[row, $1] - other[otherRow, $1]) }
    }

    /// Over all pairs of different rows of both.
    fileprivate func meanSquaredDistance(_ other: NaiveTensor) -> Double {
        let all = NaiveTensor(values + other.values, shape: [shape[0] + other.shape[0], shape[1]]), rows = all.shape[0]
        var sum = 0.0
        for a in 0..<rows { for b in 0..<rows { sum += all.squaredDistance(a, all, b) } }
        return sum / Double(rows * (rows - 1))
    }

    fileprivate func discrepancy(_ other: NaiveTensor, bandwidth: Double) -> NaiveTensor {
        func mean(_ a: NaiveTensor, _ b: NaiveTensor) -> Double {
            var sum = 0.0
            for i in 0..<a.shape[0] {
                for j in 0..<b.shape[0] {
                    for factor in [0.25, 0.5, 1, 2, 4] { sum += Naive.exponential(-a.squaredDistance(i, b, j) / (bandwidth * factor)) }
                }
            }
            return sum / Double(a.shape[0] * b.shape[0])
        }
        return .scalar(mean(self, self) + mean(other, other) - 2 * mean(self, other))
    }
}
