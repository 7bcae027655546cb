// Scaled dot-product attention in its three forms, PyTorch's multi-head layer on top of it, and additive attention.
import Tensors

extension OperationCase {
    static let attention: [OperationCase] = [
        fused([2, 2, 3, 4], keys: 5), fused([2, 2, 3, 4], keys: 5, lengths: [5, 2]),
        fused([4, 3, 41, 24], keys: 50), fused([4, 3, 41, 24], keys: 50, lengths: [50, 7, 31, 1]),
        OperationCase(
            "attention with its weights, both used",
            ["query": [2, 2, 3, 4], "key": [2, 2, 5, 4], "value": [2, 2, 5, 4], "lengths": .given([4, 2])],
            several: {
                let (out, weights) = Tensor.attentionWithWeights(
                    query: $0["query"], key: $0["key"], value: $0["value"], lengths: $0.integers("lengths"))
                return [out, weights]
            },
            references: {
                let weights = $0["query"].attentionWeights($0["key"], lengths: $0.integers("lengths"))
                return [weights.weighing($0["value"]), weights]
            }),
        packed(batch: 2, time: 4, heads: 3, width: 6), packed(batch: 6, time: 8, heads: 4, width: 12),
        packed(batch: 3, time: 50, heads: 2, width: 12),
        packed(batch: 3, time: 50, heads: 2, width: 16, .bfloat16),
        OperationCase(
            "multi-head self-attention", multiHead(["x": [2, 7, 12]], width: 12), golden: "attention_self",
            several: {
                let (out, weights) = multiheadAttention($0, $0["x"], $0["x"], heads: 3); return [out, weights]
            }),
        OperationCase(
            "multi-head cross-attention", multiHead(["q": [2, 5, 12], "kv": [2, 8, 12]], width: 12), golden: "attention_cross",
            several: {
                let (out, weights) = multiheadAttention($0, $0["q"], $0["kv"], heads: 4); return [out, weights]
            }),
        OperationCase(
            "multi-head attention with true lengths",
            multiHead(["q": [3, 4, 12], "kv": [3, 6, 12], "lengths": .given([6, 2, 4])], width: 12),
            golden: "attention_lengths",
            several: {
                let (out, weights) = multiheadAttention($0, $0["q"], $0["kv"], heads: 4, lengths: $0.integers("lengths"));
                return [out, weights]
            }),
        OperationCase(
            "transformer encoder layer, norm last",
            [
                "x": [2, 6, 12], "self_attn.in_proj_weight": [36, 12], "self_attn.in_proj_bias": [36],
                "self_attn.out_proj.weight": [12, 12],
                "self_attn.out_proj.bias": [12], "norm1.weight": [12], "norm1.bias": [12], "linear1.weight": [20, 12], "linear1.bias": [20],
                "linear2.weight": [12, 20], "linear2.bias": [12], "norm2.weight": [12], "norm2.bias": [12],
            ], golden: "transformer_encoder_layer_postnorm"
        ) {
            // The fused path: packed projections straight into attention.
            let u = $0["x"].linear(weight: $0["self_attn.in_proj_weight"], bias: $0["self_attn.in_proj_bias"]).packedSelfAttention(heads: 3)
                .linear(weight: $0["self_attn.out_proj.weight"], bias: $0["self_attn.out_proj.bias"])
            let y = ($0["x"] + u).layerNorm(weight: $0["norm1.weight"], bias: $0["norm1.bias"])
            let z = y.linear(weight: $0["linear1.weight"], bias: $0["linear1.bias"], activation: .gelu)
                .linear(weight: $0["linear2.weight"], bias: $0["linear2.bias"])
            return (y + z).layerNorm(weight: $0["norm2.weight"], bias: $0["norm2.bias"])
        },
        OperationCase(
            "additive attention, keys only", ["h": [3, 9, 10], "wa": [7, 10], "va": [1, 7]], golden: "attention_additive",
            several: {
                let (out, weights) = $0["h"].additiveAttention(keys: $0["h"].linear(weight: $0["wa"]), score: $0["va"])
                return [out, weights]
            },
            references: {
                let weights = NaiveTensor.additiveWeights($0["h"].linear($0["wa"]), query: nil, score: $0["va"], bias: nil, lengths: nil)
                return [weights.averaging($0["h"]), weights]
            }),
        OperationCase(
            "additive attention with a query and true lengths",
            [
                "h": [3, 6, 5], "final": [3, 4], "lengths": .given([6, 1, 4]), "wk": [7, 5], "bk": [7], "wq": [7, 4], "bq": [7],
                "va": [1, 7],
                // It moves all scores of a row alike: its gradient is 0 but for rounding, which nothing can be compared with.
                "bz": .constant([1]),
            ], golden: "attention_additive_query",
            several: {
                let (out, weights) = $0["h"].additiveAttention(
                    keys: $0["h"].linear(weight: $0["wk"], bias: $0["bk"]), query: $0["final"].linear(weight: $0["wq"], bias: $0["bq"]),
                    score: $0["va"],
                    scoreBias: $0["bz"], lengths: $0.integers("lengths"))
                return [out, weights]
            },
            references: {
                let weights = NaiveTensor.additiveWeights(
                    $0["h"].linear($0["wk"], $0["bk"]), query: $0["final"].linear($0["wq"], $0["bq"]), score: $0["va"], bias: $0["bz"],
                    lengths: $0.integers("lengths"))
                return [weights.averaging($0["h"]), weights]
            }),

        // TimeSformer-base at 112 px: 49 patches in 8 frames; at 224 px 196.
        fused([32, 12, 50, 64], keys: 50, purpose: .timing), fused([8, 12, 197, 64], keys: 197, purpose: .timing),
        packed(batch: 196, time: 8, heads: 12, width: 64, purpose: .timing),
        packed(batch: 32, time: 50, heads: 12, width: 64, purpose: .timing),
        packed(batch: 32, time: 50, heads: 12, width: 64, .bfloat16, purpose: .timing),
    ]

    private static func fused(_ query: [Int], keys: Int, lengths: [Float]? = nil, purpose: Purpose = .check) -> OperationCase {
        let key = [query[0], query[1], keys, query[3]]
        var operands: OperandList = ["query": Operand(query), "key": Operand(key), "value": Operand(key)]
        if let lengths { operands.append("lengths", .given(lengths)) }
        return OperationCase(
            "fused attention \(query.map(String.init).joined(separator: "x")) on \(keys) keys" + (lengths == nil ? "" : " with lengths"),
            operands,
            purpose: purpose, operations: 4 * Double(query.reduce(1, *) * keys),
            {
                Tensor.attention(
                    query: $0["query"], key: $0["key"], value: $0["value"], lengths: lengths == nil ? nil : $0.integers("lengths"))
            },
            reference: {
                $0["query"].attentionWeights($0["key"], lengths: lengths == nil ? nil : $0.integers("lengths")).weighing($0["value"])
            })
    }

    private static func packed(
        batch: Int, time: Int, heads: Int, width: Int, _ precision: Precision = .float32, purpose: Purpose = .check
    ) -> OperationCase {
        let type: ElementType = precision == .float32 ? .float32 : .bfloat16
        return OperationCase(
            "packed self-attention \(batch)x\(time), \(heads) heads of \(width)" + (precision == .float32 ? "" : ", \(precision.rawValue)"),
            ["x": [batch, time, 3 * heads * width]], purpose: purpose, precision: precision,
            operations: 4 * Double(batch * heads * time * time * width),
            { $0["x"].converted(to: type).packedSelfAttention(heads: heads).converted(to: .float32) },
            reference: { v in
                func part(_ index: Int) -> NaiveTensor {
                    NaiveTensor(shape: [batch, heads, time, width]) { v["x"][$0[0], $0[2], (index * heads + $0[1]) * width + $0[3]] }
                }
                let out = part(0).attentionWeights(part(1), lengths: nil).weighing(part(2))
                return NaiveTensor(shape: [batch, time, heads * width]) { out[$0[0], $0[2] / width, $0[1], $0[2] % width] }
            })
    }

    private static func multiHead(_ inputs: OperandList, width: Int) -> OperandList {
        var operands = inputs
        operands.append("in_proj_weight", [3 * width, width])
        operands.append("in_proj_bias", [3 * width])
        operands.append("out_proj.weight", [width, width])
        operands.append("out_proj.bias", [width])
        return operands
    }

    /// PyTorch's `MultiheadAttention` from our operations; the weights are not averaged over heads.
    private static func multiheadAttention(
        _ v: Operands<Tensor>, _ q: Tensor, _ kv: Tensor, heads: Int, lengths: [Int]? = nil
    ) -> (Tensor, Tensor) {
        let width = q.shape[2], w = v["in_proj_weight"], b = v["in_proj_bias"]
        func projected(_ x: Tensor, _ part: Int) -> Tensor {
            let rows = part * width..<(part + 1) * width
            return x.linear(
                weight: w.sliced(axis: 0, from: rows.lowerBound, to: rows.upperBound),
                bias: b.sliced(axis: 0, from: rows.lowerBound, to: rows.upperBound)
            ).reshaped([x.shape[0], x.shape[1], heads, width / heads]).permuted([0, 2, 1, 3])
        }
        let (out, weights) = Tensor.attentionWithWeights(
            query: projected(q, 0), key: projected(kv, 1), value: projected(kv, 2), lengths: lengths)
        let joined = out.permuted([0, 2, 1, 3]).reshaped(q.shape)
        return (joined.linear(weight: v["out_proj.weight"], bias: v["out_proj.bias"]), weights)
    }
}

extension NaiveTensor {
    /// softmax(q k^T / sqrt(width)) over the first `lengths[b]` keys; this is q [batch, heads, queries, width].
    func attentionWeights(_ key: NaiveTensor, lengths: [Int]?) -> NaiveTensor {
        let (batch, heads, queries, width) = (shape[0], shape[1], shape[2], shape[3]), keys = key.shape[2]
        var weights: [Double] = []
        for b in 0..<batch {
            let length = lengths?[b] ?? keys
            for h in 0..<heads {
                for q in 0..<queries {
                    let from = ((b * heads + h) * queries + q) * width
                    let scores = (0..<length).map { k -> Double in
                        let other = ((b * heads + h) * keys + k) * width
                        return (0..<width).reduce(0) { $0 + values[from + $1] * key.values[other + $1] } / Double(width).squareRoot()
                    }
                    weights += Naive.softmax(scores) + Array(repeating: 0, count: keys - length)
                }
            }
        }
        return NaiveTensor(weights, shape: [batch, heads, queries, keys])
    }

    /// These weights [batch, heads, queries, keys] times values [batch, heads, keys, width].
    func weighing(_ value: NaiveTensor) -> NaiveTensor {
        NaiveTensor(shape: Array(shape[..<3]) + [value.shape[3]]) { index in
            let row = (index[0] * shape[1] + index[1]), from = (row * shape[2] + index[2]) * shape[3]
            return (0..<shape[3]).reduce(0) { $0 + values[from + $1] * value.values[(row * shape[3] + $1) * value.shape[3] + index[3]] }
        }
    }

    /// softmax over time of score . tanh(keys + query) + bias, within the lengths.
    static func additiveWeights(_ keys: NaiveTensor, query: NaiveTensor?, score: NaiveTensor, bias: NaiveTensor?, lengths: [Int]?)
        -> NaiveTensor
    {
        let (batch, time, width) = (keys.shape[0], keys.shape[1], keys.shape[2])
        var weights: [Double] = []
        for b in 0..<batch {
            let length = lengths?[b] ?? time
            let scores = (0..<length).map { t in
                (0..<width).reduce(bias?.values[0] ?? 0) {
                    $0 + score.values[$1] * Naive.hyperbolicTangent(keys[b, t, $1] + (query?[b, $1] ?? 0))
                }
            }
            weights += Naive.softmax(scores) + Array(repeating: 0, count: time - length)
        }
        return NaiveTensor(weights, shape: [batch, time])
    }

    /// Weights [batch, time] times values [batch, time, features].
    func averaging(_ value: NaiveTensor) -> NaiveTensor {
        NaiveTensor(shape: [shape[0], value.shape[2]]) { index in
            (0..<shape[1]).reduce(0) { $0 + self[index[0], $1] * value[index[0], $1, index[1]] }
        }
    }
}
