// Spearman's rank correlation: whether two rows of numbers order things alike.

public enum RankCorrelation {
    /// -1 ... 1, equal values sharing their mean rank, as in SciPy's `spearmanr`; nil where one row is constant, has fewer than three values or one
    /// that is no number.
    public static func spearman(_ a: [Double], _ b: [Double]) -> Double? {
        precondition(a.count == b.count, "\(a.count) values against \(b.count)")
        guard a.count >= 3, (a + b).allSatisfy(\.isFinite) else { return nil }
        let (x, y) = (ranks(a), ranks(b))
        let mean = Double(a.count - 1) / 2
        var (xy, xx, yy) = (0.0, 0.0, 0.0)
        for (x, y) in zip(x, y) {
            xy += (x - mean) * (y - mean)
            xx += (x - mean) * (x - mean)
            yy += (y - mean) * (y - mean)
        }
        return xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : nil
    }

    /// From 0; equal values have the mean of the ranks that they take together.
    static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count), start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            for place in start..<end { ranks[order[place]] = Double(start + end - 1) / 2 }
            start = end
        }
        return ranks
    }
}
