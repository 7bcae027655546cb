// Losses that draw embeddings of one kind together and others apart.

extension Tensor {
    /// Cosine of the angle between rows of this and of `other`, both [rows, features]: [rows].
    public func cosineSimilarity(_ other: Tensor) -> Tensor {
        expect(rank == 2 && shape == other.shape, "cosine similarity of \(shape) and \(other.shape)")
        // PyTorch's constant: it keeps the gradient of a zero row finite.
        let tiny: Float = 1e-12
        let squares = (square().sum(axis: 1) + tiny) * (other.square().sum(axis: 1) + tiny)
        return (self * other).sum(axis: 1) / squares.squareRoot()
    }

    /// Mean of 1 - cosine for pairs that are the same, and of what the cosine exceeds `margin` by for the others (PyTorch's definition).
    public func cosineEmbeddingLoss(_ other: Tensor, areSame: [Bool], margin: Float = 0) -> Tensor {
        expect(areSame.count == shape[0], "\(areSame.count) answers for \(shape[0]) pairs")
        let cosine = cosineSimilarity(other), same = Tensor(areSame.map { $0 ? 1 : 0 }, shape: [areSame.count])
        return (same * (1 - cosine) + (1 - same) * (cosine - margin).relu()).mean()
    }

    /// How far apart two embeddings are.
    public enum Distance: Sendable {
        /// Square root of the sum of squares, 1e-6 added to each difference as PyTorch does.
        case euclidean
        /// Sum of squares (FaceNet: Schroff et al., 2015).
        case squared
    }

    /// Mean over rows of max(0, d(anchor, positive) - d(anchor, negative) + margin); this is the anchors [rows, features].
    /// - Parameter swap: the negative's distance is that to the anchor or to the positive, whichever is nearer (Balntas et al., 2016).
    public func tripletLoss(
        positive: Tensor, negative: Tensor, margin: Float = 1, distance: Distance = .euclidean, swap: Bool = false
    ) -> Tensor {
        var apart = self.distance(to: negative, distance)
        if swap { apart = apart - (apart - positive.distance(to: negative, distance)).relu() }
        return (self.distance(to: positive, distance) - apart + margin).relu().mean()
    }

    private func distance(to other: Tensor, _ distance: Distance) -> Tensor {
        expect(rank == 2 && shape == other.shape, "distances of \(shape) and \(other.shape)")
        switch distance {
        case .euclidean: return (self - other + 1e-6).square().sum(axis: 1).squareRoot()
        case .squared: return (self - other).square().sum(axis: 1)
        }
    }
}
