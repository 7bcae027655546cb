// How far apart two samples of one space lie as distributions: what domain adaptation by statistics makes small.

extension Tensor {
    /// Deep CORAL (Sun and Saenko 2016, equations 1-3): the squared Frobenius distance of the covariances of this [rows, features] and
    /// `other` [other rows, features], over 4 features². Each has two rows at least; covariances are divided by rows - 1. The gradient flows
    /// into both operands.
    public func correlationDistance(_ other: Tensor) -> Tensor {
        expect(rank == 2 && other.rank == 2 && shape[1] == other.shape[1], "correlation distance of \(shape) and \(other.shape)")
        expect(shape[0] > 1 && other.shape[0] > 1, "covariances of \(shape[0]) and \(other.shape[0]) rows")
        let width = Float(shape[1])
        return (covariance() - other.covariance()).square().sum() * (1 / (4 * width * width))
    }

    private func covariance() -> Tensor {
        let centred = self - mean(axis: 0, keep: true)
        return centred.matmul(centred, transposeA: true) * (1 / Float(shape[0] - 1))
    }

    /// The squared maximum mean discrepancy (Gretton et al. 2012) of this [rows, features] and `other`, with the sum of Gaussian kernels
    /// exp(-|x - y|² / (bandwidth * factor)) that Long et al. (2015) learn with. The biased estimator: a row is also compared with itself, so
    /// it is never negative and is 0 for equal samples. The gradient flows into both operands, not into the bandwidth.
    /// - Parameter bandwidth: of the middle kernel; nil takes ``meanSquaredDistance(_:)``.
    public func meanDiscrepancy(_ other: Tensor, bandwidth: Float? = nil, factors: [Float] = [0.25, 0.5, 1, 2, 4]) -> Tensor {
        let distances = pairwiseSquaredDistances(with: other)
        // Rows that are all alike have no spread: any bandwidth then says 0.
        let middle = max(bandwidth ?? distances.meanOffDiagonal, 1e-20)
        var kernel = (distances * (-1 / (middle * factors[0]))).exp()
        for factor in factors.dropFirst() { kernel = kernel + (distances * (-1 / (middle * factor))).exp() }
        let (own, others) = (shape[0], other.shape[0])
        let shares = [Float](repeating: 1 / Float(own), count: own) + [Float](repeating: -1 / Float(others), count: others)
        let signs = Tensor(shares, shape: [own + others, 1])
        return (kernel * signs.matmul(signs, transposeB: true)).sum()
    }

    /// The mean of |x - y|² over all pairs of different rows of both together; no gradient.
    public func meanSquaredDistance(_ other: Tensor) -> Float {
        detached().pairwiseSquaredDistances(with: other.detached()).meanOffDiagonal
    }

    /// [all rows, all rows] of this and `other` together; of differences, since |x|² + |y|² - 2xy loses near neighbours to rounding.
    private func pairwiseSquaredDistances(with other: Tensor) -> Tensor {
        expect(rank == 2 && other.rank == 2 && shape[1] == other.shape[1], "discrepancy of \(shape) and \(other.shape)")
        expect(shape[0] > 0 && other.shape[0] > 0, "discrepancy of \(shape[0]) and \(other.shape[0]) rows")
        let all = Tensor.concatenated([self, other], axis: 0)
        return (all.expandedAxis(1) - all.expandedAxis(0)).square().sum(axis: 2)
    }

    /// Of a square matrix with an empty diagonal.
    private var meanOffDiagonal: Float { detached().sum().item / Float(shape[0] * (shape[0] - 1)) }
}
