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
}
