// Scaled dot-product attention (Vaswani et al., 2017), fused: the probabilities never reach memory, nor does backward need the result.
import Kernels

extension Tensor {
    /// softmax(q k^T scale) v for query [batch, heads, queries, width], key and value [batch, heads, keys, width].
    /// - Parameters:
    ///   - lengths: for each batch element, how many leading keys count; all where nil.
    ///   - scale: 1 / sqrt(width) where nil.
    public static func attention(query: Tensor, key: Tensor, value: Tensor, lengths: [Int]? = nil, scale: Float? = nil) -> Tensor {
        expect(
            query.rank == 4 && key.shape == value.shape && key.rank == 4 && query.shape[..<2] == key.shape[..<2]
                && query.shape[3] == key.shape[3],
            "attention of query \(query.shape), key \(key.shape), value \(value.shape)")
        let (batch, heads, queries, keys, width) = (query.shape[0], query.shape[1], query.shape[2], key.shape[2], query.shape[3])
        let q = emolab_heads(batch: heads * queries * width, head: queries * width, row: width)
        let k = emolab_heads(batch: heads * keys * width, head: keys * width, row: width)
        let plan = emolab_attention(
            batch: batch, heads: heads, queries: queries, keys: keys, width: width, scale: scale ?? 1 / Float(width).squareRoot(),
            lengths: nil, q: q,
            k: k, v: k, out: q)
        let out = Tensor(like: query), rows = Tensor(uninitialised: [batch, heads, queries, 2])
        withLengths(plan, lengths) { plan in
            withPointers(query, key, value, out, rows) { emolab_attention_forward(&plan, emolab_float32, $0, $1, $2, $3, $4) }
        }
        guard let recording = query.recording ?? key.recording ?? value.recording else { return out }
        let slots = (query.slot, key.slot, value.slot), q0 = query.detached(), k0 = key.detached(), v0 = value.detached()
        return out.recorded(on: recording) { gradient in
            let dq = Tensor(like: q0), dk = Tensor(like: k0), dv = Tensor(like: v0)
            withLengths(plan, lengths) { plan in
                withPointers(q0, k0, v0, rows, gradient, dq, dk, dv) {
                    emolab_attention_backward(&plan, emolab_float32, $0, $1, $2, $3, $4, $5, $6, $7)
                }
            }
            slots.0?.add(dq)
            slots.1?.add(dk)
            slots.2?.add(dv)
        }
    }

    /// Self-attention on packed projections: this is [batch, time, 3 * heads * width], each row [q | k | v], each of them split into heads of
    /// consecutive features. Returns [batch, time, heads * width] of the same type, float32 or bfloat16. The same as slicing, ``attention(query:key:value:lengths:scale:)`` and joining, without copies.
    public func packedSelfAttention(heads: Int, lengths: [Int]? = nil) -> Tensor {
        expect(rank == 3 && shape[2] % (3 * heads) == 0, "packed self-attention of \(heads) heads on \(shape)")
        let (batch, time, width) = (shape[0], shape[1], shape[2] / 3 / heads), row = shape[2], features = heads * width
        let packed = emolab_heads(batch: time * row, head: width, row: row)
        let plan = emolab_attention(
            batch: batch, heads: heads, queries: time, keys: time, width: width, scale: 1 / Float(width).squareRoot(), lengths: nil,
            q: packed,
            k: packed, v: packed, out: emolab_heads(batch: time * features, head: width, row: features))
        let out = Tensor(uninitialised: [batch, time, features], type), rows = Tensor(uninitialised: [batch, heads, time, 2])
        let code = type.code, third = features * type.bytes
        Self.withLengths(plan, lengths) { plan in
            withPointers(storage, out.storage, rows) { emolab_attention_forward(&plan, code, $0, $0 + third, $0 + 2 * third, $1, $2) }
        }
        guard let slot else { return out }
        let x = detached()
        return out.recorded(on: slot.recording) { gradient in
            let dx = Tensor(like: x)
            Self.withLengths(plan, lengths) { plan in
                withPointers(x.storage, rows, gradient.storage, dx.storage) { x, rows, gradient, dx in
                    emolab_attention_backward(&plan, code, x, x + third, x + 2 * third, rows, gradient, dx, dx + third, dx + 2 * third)
                }
            }
            slot.add(dx)
        }
    }

    /// The same attention with its probabilities [batch, heads, queries, keys], for heat maps and for losses on them.
    /// `dropout` acts on the probabilities that weigh the values, not on those returned.
    public static func attentionWithWeights(
        query: Tensor, key: Tensor, value: Tensor, lengths: [Int]? = nil, scale: Float? = nil, dropout: (p: Float, key: UInt64)? = nil
    ) -> (output: Tensor, weights: Tensor) {
        var scores = query.matmul(key, transposeB: true) * (scale ?? 1 / Float(query.shape[3]).squareRoot())
        if let lengths { scores = scores.maskedKeys(lengths: lengths) }
        let weights = scores.softmax()
        let applied = dropout.map { weights.dropout($0.p, key: $0.key) } ?? weights
        return (applied.matmul(value), weights)
    }

    /// Positions of the last axis at or beyond `lengths[b]` become -1e9, so that a softmax gives them 0. First axis is the batch.
    public func maskedKeys(lengths: [Int]) -> Tensor {
        expect(rank >= 2 && lengths.count == shape[0], "\(lengths.count) lengths for \(shape)")
        let keys = shape[rank - 1], penalty = Tensor.zeros([shape[0]] + Array(repeating: 1, count: rank - 2) + [keys])
        withPointers(penalty) { penalty in
            for (b, length) in lengths.enumerated() where length < keys {
                for index in max(length, 0)..<keys { penalty[b * keys + index] = -1e9 }
            }
        }
        return self + penalty
    }

    private static func withLengths(_ plan: emolab_attention, _ lengths: [Int]?, _ body: (inout emolab_attention) -> Void) {
        var plan = plan
        guard let lengths else { return body(&plan) }
        expect(lengths.count == plan.batch && lengths.allSatisfy { $0 >= 0 }, "\(lengths.count) lengths for a batch of \(plan.batch)")
        lengths.withUnsafeBufferPointer {
            plan.lengths = $0.baseAddress
            body(&plan)
        }
    }
}
