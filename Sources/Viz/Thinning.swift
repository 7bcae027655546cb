/// Long histories brought down to the columns of a plot so that every minimum and maximum stays visible.
public enum Thinning {
    /// All points that fall into one column of dots: its first and last value and the extremes between.
    public struct Stroke: Sendable, Equatable {
        public var column: Int
        public var first, low, high, last: Double
        /// True where a value that is not a number lies between this stroke and the one before.
        public var isAfterGap: Bool
    }

    /// The points `(x, y)` with `x` in `range`, ascending, spread over `columns`; at most one stroke a column.
    public static func strokes(x: [Double], y: [Double], range: ClosedRange<Double>, columns: Int) -> [Stroke] {
        guard columns > 0 else { return [] }
        let extent = range.upperBound - range.lowerBound
        let scale = extent > 0 ? Double(columns - 1) / extent : 0
        var result: [Stroke] = []
        var gap = true
        for (px, py) in zip(x, y) {
            guard px.isFinite, py.isFinite else {
                gap = true
                continue
            }
            guard range.contains(px) else { continue }
            let column = Int(((px - range.lowerBound) * scale).rounded())
            if let last = result.indices.last, result[last].column == column {
                result[last].low = min(result[last].low, py)
                result[last].high = max(result[last].high, py)
                result[last].last = py
            } else {
                result.append(Stroke(column: column, first: py, low: py, high: py, last: py, isAfterGap: gap))
            }
            gap = false
        }
        return result
    }
}
