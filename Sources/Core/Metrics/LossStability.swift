// How quietly a run ended: the variance of its losses about their trend (zu-dann §6 names loss variance and gives no formula; this is ours).

public struct LossStability: Sendable, Codable, Equatable {
    /// Steps looked at: the last quarter of those that have the loss.
    public var steps: Int
    public var mean: Double
    /// About a straight line through these steps, so that a loss that still falls is not called unsteady.
    public var variance: Double

    /// Share of the run, from its end.
    static let share = 0.25
    static let fewestSteps = 8

    /// Of losses in order of their steps; nil for fewer than 8 in the last quarter.
    public init?(_ losses: [Double]) {
        let last = losses.suffix(Int((Double(losses.count) * Self.share).rounded(.up))).filter(\.isFinite)
        guard last.count >= Self.fewestSteps else { return nil }
        let count = Double(last.count)
        let (mean, middle) = (last.reduce(0, +) / count, (count - 1) / 2)
        var (products, squares) = (0.0, 0.0)
        for (index, loss) in last.enumerated() {
            products += (Double(index) - middle) * (loss - mean)
            squares += (Double(index) - middle) * (Double(index) - middle)
        }
        let slope = products / squares
        variance =
            last.enumerated().reduce(0) {
                let rest = $1.element - mean - slope * (Double($1.offset) - middle)
                return $0 + rest * rest
            } / count
        (steps, self.mean) = (last.count, mean)
    }
}
