// GRU and LSTM over whole sequences: outputs, final states, true lengths.
import Tensors

extension OperationCase {
    static let recurrent: [OperationCase] = [
        recurrent([2, 4, 5], hidden: 6, gates: 3, golden: "gru_uni1"),
        recurrent([3, 9, 10], hidden: 7, layers: 2, directions: 2, gates: 3, golden: "gru_bi2"),
        recurrent([2, 4, 5], hidden: 6, gates: 4, golden: "lstm_uni1"),
        recurrent([3, 9, 10], hidden: 7, layers: 2, directions: 2, gates: 4, golden: "lstm_bi2"),
        recurrent([3, 4, 2], hidden: 3, gates: 3, lengths: [4, 1, 3], states: true),
        recurrent([2, 4, 2], hidden: 3, directions: 2, gates: 3, lengths: [4, 2], states: true),
        recurrent([2, 4, 2], hidden: 2, directions: 2, gates: 4, lengths: [3, 4], states: true),
        recurrent(
            [4, 7, 5], hidden: 6, layers: 2, directions: 2, gates: 3, lengths: [7, 2, 5, 1], states: true, golden: "gru_states_lengths"),
        recurrent(
            [4, 7, 5], hidden: 6, layers: 2, directions: 2, gates: 4, lengths: [7, 2, 5, 1], states: true, golden: "lstm_states_lengths"),
        recurrent([2, 5, 4], hidden: 3, layers: 2, gates: 4, states: true, golden: "lstm_states_uni2"),
        recurrent([20, 11, 17], hidden: 35, directions: 2, gates: 3), recurrent([20, 11, 17], hidden: 35, directions: 2, gates: 4),

        // EmoCatcher's at the sizes of zu-dann: half the mel frames, 256 channels, hidden 144.
        recurrent([4, 64, 256], hidden: 144, layers: 2, directions: 2, gates: 3, purpose: .timing),
        recurrent([16, 64, 256], hidden: 144, layers: 2, directions: 2, gates: 3, purpose: .timing),
        recurrent([8, 25, 512], hidden: 512, gates: 4, purpose: .timing),
    ]

    private static func recurrent(
        _ x: [Int], hidden: Int, layers: Int = 1, directions: Int = 1, gates: Int, lengths: [Int]? = nil, states: Bool = false,
        golden: String? = nil,
        purpose: Purpose = .check
    ) -> OperationCase {
        var operands: OperandList = ["x": Operand(x)], operations = 0.0
        let ends = Array(["", "_reverse"].prefix(directions)), wide = gates * hidden
        for layer in 0..<layers {
            let width = layer == 0 ? x[2] : directions * hidden
            for end in ends {
                operands.append("weight_ih_l\(layer)\(end)", .weights([wide, width], fanIn: width))
                operands.append("weight_hh_l\(layer)\(end)", .weights([wide, hidden], fanIn: hidden))
                operands.append("bias_ih_l\(layer)\(end)", [wide])
                operands.append("bias_hh_l\(layer)\(end)", [wide])
                operations += 2 * Double(x[0] * x[1] * wide * (width + hidden))
            }
        }
        if let lengths { operands.append("lengths", .given(lengths.map(Float.init))) }
        let size = x.map(String.init).joined(separator: "x")
        let name =
            "\(gates == 3 ? "GRU" : "LSTM") \(size), hidden \(hidden), layers \(layers), directions \(directions)"
            + (lengths == nil ? "" : ", true lengths") + (states ? ", final states" : "")
        return OperationCase(
            name, operands, golden: golden, purpose: purpose, operations: operations,
            several: { v in
                let weights = (0..<layers).map { layer in
                    ends.map { end in
                        RecurrentWeights(
                            inputWeight: v["weight_ih_l\(layer)\(end)"], hiddenWeight: v["weight_hh_l\(layer)\(end)"],
                            inputBias: v["bias_ih_l\(layer)\(end)"], hiddenBias: v["bias_hh_l\(layer)\(end)"])
                    }
                }
                let lengths = lengths == nil ? nil : v.integers("lengths")
                if gates == 3 {
                    let result = v["x"].gru(layers: weights, lengths: lengths)
                    return states ? [result.output, result.hidden] : [result.output]
                }
                let result = v["x"].lstm(layers: weights, lengths: lengths)
                return states ? [result.output, result.hidden, result.cells] : [result.output]
            },
            references: { v in
                let lengths = lengths == nil ? Array(repeating: x[1], count: x[0]) : v.integers("lengths")
                var sequence = v["x"], hiddens: [Double] = [], cells: [Double] = []
                for layer in 0..<layers {
                    let runs = ends.map { end in
                        sequence.recurrentDirection(
                            wi: v["weight_ih_l\(layer)\(end)"], wh: v["weight_hh_l\(layer)\(end)"], bi: v["bias_ih_l\(layer)\(end)"],
                            bh: v["bias_hh_l\(layer)\(end)"], gates: gates, reverse: end != "", lengths: lengths)
                    }
                    sequence = NaiveTensor(shape: [x[0], x[1], directions * hidden]) {
                        runs[$0[2] / hidden].output[$0[0], $0[1], $0[2] % hidden]
                    }
                    hiddens += runs.flatMap(\.hidden)
                    cells += runs.flatMap(\.cell)
                }
                let shape = [layers * directions, x[0], hidden]
                guard states else { return [sequence] }
                return [sequence, NaiveTensor(hiddens, shape: shape)] + (gates == 4 ? [NaiveTensor(cells, shape: shape)] : [])
            })
    }
}

extension NaiveTensor {
    /// One layer in one direction, clip by clip and step by step, from zero states.
    fileprivate func recurrentDirection(
        wi: NaiveTensor, wh: NaiveTensor, bi: NaiveTensor, bh: NaiveTensor, gates: Int, reverse: Bool, lengths: [Int]
    ) -> (output: NaiveTensor, hidden: [Double], cell: [Double]) {
        let (batch, steps, features) = (shape[0], shape[1], shape[2]), n = wh.shape[1]
        var output = [Double](repeating: 0, count: batch * steps * n), finalHidden: [Double] = [], finalCell: [Double] = []
        for b in 0..<batch {
            var h = [Double](repeating: 0, count: n), c = h
            for step in 0..<lengths[b] {
                let time = reverse ? lengths[b] - 1 - step : step
                let input = NaiveTensor(
                    Array(values[(b * steps + time) * features..<(b * steps + time + 1) * features]), shape: [1, features])
                let a = input.linear(wi, bi).values, r = NaiveTensor(h, shape: [1, n]).linear(wh, bh).values
                for i in 0..<n {
                    if gates == 3 {
                        let reset = Naive.sigmoid(a[i] + r[i]), update = Naive.sigmoid(a[n + i] + r[n + i])
                        h[i] = (1 - update) * Naive.hyperbolicTangent(a[2 * n + i] + reset * r[2 * n + i]) + update * h[i]
                    } else {
                        let enter = Naive.sigmoid(a[i] + r[i]), forget = Naive.sigmoid(a[n + i] + r[n + i])
                        c[i] = forget * c[i] + enter * Naive.hyperbolicTangent(a[2 * n + i] + r[2 * n + i])
                        h[i] = Naive.sigmoid(a[3 * n + i] + r[3 * n + i]) * Naive.hyperbolicTangent(c[i])
                    }
                    output[(b * steps + time) * n + i] = h[i]
                }
            }
            finalHidden += h
            finalCell += c
        }
        return (NaiveTensor(output, shape: [batch, steps, n]), finalHidden, finalCell)
    }
}
