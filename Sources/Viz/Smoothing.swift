import Foundation

/// Exponential smoothing as TensorBoard does it: the running mean is divided by its own weight, so it does not start at zero.
public enum Smoothing {
    /// `values` smoothed with `weight` in 0..<1; values that are not numbers stay gaps and do not disturb the mean.
    public static func exponential(_ values: [Double], weight: Double) -> [Double] {
        guard weight > 0 else { return values }
        let keep = min(weight, 0.9999)
        var mean = 0.0
        var seen = 0.0
        return values.map { value in
            guard value.isFinite else { return .nan }
            mean = mean * keep + (1 - keep) * value
            seen = seen * keep + (1 - keep)
            return mean / seen
        }
    }

    /// The same where each value is the mean of `counts` values that are not kept: smoothing then does not depend on thinning.
    public static func exponential(_ values: [Double], counts: [Int], weight: Double) -> [Double] {
        precondition(values.count == counts.count, "a count for each value")
        guard weight > 0 else { return values }
        let keep = min(weight, 0.9999)
        var mean = 0.0
        var seen = 0.0
        return zip(values, counts).map { value, count in
            guard value.isFinite else { return .nan }
            let kept = pow(keep, Double(max(1, count)))
            mean = mean * kept + (1 - kept) * value
            seen = seen * kept + (1 - kept)
            return mean / seen
        }
    }
}
