// Additive attention (Bahdanau et al., 2015): one query a sequence, or none.

extension Tensor {
    /// The mean of these values [batch, time, features] weighted by softmax over time of score . tanh(keys + query) + scoreBias.
    /// - Parameters:
    ///   - keys: projected, [batch, time, width].
    ///   - query: projected, [batch, width]; nil where steps are scored by themselves.
    ///   - score: [1, width]; `scoreBias` is [1].
    ///   - lengths: for each batch element, how many leading steps count; the others' weights are 0.
    /// - Returns: output [batch, features] and weights [batch, time].
    public func additiveAttention(
        keys: Tensor, query: Tensor? = nil, score: Tensor, scoreBias: Tensor? = nil, lengths: [Int]? = nil
    ) -> (output: Tensor, weights: Tensor) {
        expect(rank == 3 && keys.rank == 3 && keys.shape[..<2] == shape[..<2], "additive attention of keys \(keys.shape) on \(shape)")
        let sum = query.map { keys + $0.expandedAxis(1) } ?? keys
        return averaged(scores: sum.tanh().linear(weight: score, bias: scoreBias).squeezed(-1), lengths: lengths)
    }

    /// The mean of these values [batch, time, features] weighted by softmax of scores [batch, time] over time; steps past a length weigh nothing.
    public func averaged(scores: Tensor, lengths: [Int]? = nil) -> (output: Tensor, weights: Tensor) {
        expect(rank == 3 && scores.shape == Array(shape[..<2]), "scores \(scores.shape) for \(shape)")
        let weights = (lengths.map { scores.maskedKeys(lengths: $0) } ?? scores).softmax()
        return (weights.expandedAxis(1).matmul(self).squeezed(1), weights)
    }
}
