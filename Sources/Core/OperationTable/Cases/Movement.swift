// Values moved and summed.
import Tensors

extension OperationCase {
    static let movement: [OperationCase] = [
        OperationCase(
            "reshape", ["x": [3, 4]], { $0["x"].reshaped([2, -1]).square() },
            reference: { NaiveTensor($0["x"].values.map { $0 * $0 }, shape: [2, 6]) }),
        OperationCase(
            "permutation", ["x": [2, 3, 4]], { $0["x"].permuted([2, 0, 1]).square() },
            reference: { v in NaiveTensor(shape: [4, 2, 3]) { v["x"][$0[1], $0[2], $0[0]] * v["x"][$0[1], $0[2], $0[0]] } }),
        OperationCase(
            "permutation of four axes over threads", ["x": [3, 50, 4, 24]], { $0["x"].permuted([0, 2, 1, 3]) },
            reference: { v in NaiveTensor(shape: [3, 4, 50, 24]) { v["x"][$0[0], $0[2], $0[1], $0[3]] } }),
        OperationCase(
            "transposition", ["x": [2, 3, 4]], { $0["x"].transposed(0, 2) },
            reference: { v in NaiveTensor(shape: [4, 3, 2]) { v["x"][$0[2], $0[1], $0[0]] } }),
        OperationCase(
            "slice used twice", ["x": [2, 5, 3]], { $0["x"].sliced(axis: 1, from: 1, to: 4) * $0["x"].sliced(axis: 1, from: 2, to: 5) },
            reference: { v in NaiveTensor(shape: [2, 3, 3]) { v["x"][$0[0], $0[1] + 1, $0[2]] * v["x"][$0[0], $0[1] + 2, $0[2]] } }),
        OperationCase(
            "selection", ["x": [2, 5, 3]], { $0["x"].selected(axis: 1, 3) },
            reference: { v in NaiveTensor(shape: [2, 3]) { v["x"][$0[0], 3, $0[1]] } }),
        OperationCase(
            "concatenation with one part twice", ["a": [2, 3], "b": [2, 2]], { Tensor.concatenated([$0["a"], $0["b"], $0["a"]], axis: 1) },
            reference: { v in NaiveTensor(shape: [2, 8]) { (3..<5).contains($0[1]) ? v["b"][$0[0], $0[1] - 3] : v["a"][$0[0], $0[1] % 5] } }
        ),
        OperationCase(
            "stack", ["a": [2, 3], "b": [2, 3]], { Tensor.stacked([$0["a"], $0["b"]], axis: 1) },
            reference: { v in NaiveTensor(shape: [2, 2, 3]) { v[$0[1] == 0 ? "a" : "b"][$0[0], $0[2]] } }),
        OperationCase(
            "expansion", ["x": [3, 1, 2]], { $0["x"].expanded(to: [2, 3, 4, 2]) },
            reference: { v in NaiveTensor(shape: [2, 3, 4, 2]) { v["x"][$0[1], 0, $0[3]] } }),
        OperationCase(
            "repetition", ["x": [3, 2]], { $0["x"].repeated(axis: 1, 3) },
            reference: { v in NaiveTensor(shape: [3, 6]) { v["x"][$0[0], $0[1] % 2] } }),
        OperationCase(
            "embedding with a row taken twice", ["table": [7, 5], "rows": .given([2, 0, 6, 2])], golden: "embedding",
            { $0["table"].gathered($0.integers("rows")) },
            reference: { v in NaiveTensor(shape: [4, 5]) { v["table"][v.integers("rows")[$0[0]], $0[1]] } }),
        OperationCase("permutation, 8x196x12x64", ["x": [8, 196, 12, 64]], purpose: .timing) { $0["x"].permuted([0, 2, 1, 3]) },
        OperationCase("transposition, 1576x768", ["x": [1576, 768]], purpose: .timing) { $0["x"].transposed() },
    ]

    static let reductions: [OperationCase] = [
        OperationCase("sum", ["x": [3, 4]], { $0["x"].sum() }, reference: { .scalar($0["x"].sum) }),
        OperationCase("mean", ["x": [3, 4]], { $0["x"].mean() }, reference: { .scalar($0["x"].mean) }),
        OperationCase("sum over threads", ["x": [300, 401]], { $0["x"].sum() }, reference: { .scalar($0["x"].sum) }),
        OperationCase("mean over the first axis", ["x": [3, 4, 2]], { $0["x"].mean(axis: 0) }, reference: { $0["x"].mean(axis: 0) }),
        OperationCase(
            "sum over the middle axis, kept", ["x": [3, 4, 2]], { $0["x"].sum(axis: 1, keep: true) },
            reference: { v in NaiveTensor(shape: [3, 1, 2]) { index in (0..<4).reduce(0) { $0 + v["x"][index[0], $1, index[2]] } } }),
        OperationCase("mean over the last axis", ["x": [3, 4]], { $0["x"].mean(axis: -1) }, reference: { $0["x"].mean(axis: 1) }),
        OperationCase("mean over time, 32x196x768", ["x": [32, 196, 768]], purpose: .timing) { $0["x"].mean(axis: 1) },
    ]
}

extension NaiveTensor {
    /// The mean along an axis, which goes.
    func mean(axis: Int) -> NaiveTensor {
        var target = shape
        let length = target.remove(at: axis)
        return NaiveTensor(shape: target) { index in
            (0..<length).reduce(0) { sum, place in
                var full = index
                full.insert(place, at: axis)
                return sum + self[full]
            } / Double(length)
        }
    }
}
