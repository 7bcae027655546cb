import Foundation

/// Round numbers for an axis: 1, 2 or 5 times a power of ten; decades where it is logarithmic.
public struct Axis: Sendable, Equatable {
    public let range: ClosedRange<Double>
    public let ticks: [Double]
    public let labels: [String]
    public let isLogarithmic: Bool

    /// - Parameters:
    ///   - data: what must be inside; on a logarithmic axis it must be positive.
    ///   - intervals: about so many between ticks.
    ///   - isTight: keep `data` as the range instead of widening it to round numbers.
    public init(covering data: ClosedRange<Double>, intervals: Int, isLogarithmic: Bool = false, isTight: Bool = false) {
        self.isLogarithmic = isLogarithmic && data.lowerBound > 0
        if self.isLogarithmic {
            (range, ticks) = Axis.decades(data, intervals)
            labels = ticks.map { Numbers.three($0) }.map(Axis.shortened)
            return
        }
        var low = data.lowerBound
        var high = data.upperBound
        if !(high - low > max(low.magnitude, high.magnitude) * 1e-12) {
            let padding = high == 0 ? 1 : high.magnitude * 0.1
            (low, high) = (low - padding, high + padding)
        }
        let step = Axis.roundStep((high - low) / Double(max(1, intervals)))
        // Half a step is widened at most where the range is kept; a hair of tolerance keeps 0.3/0.1 three steps.
        let first = isTight ? (low / step - 1e-9).rounded(.up) : (low / step + 1e-9).rounded(.down)
        let last = isTight ? (high / step + 1e-9).rounded(.down) : (high / step - 1e-9).rounded(.up)
        guard step.isFinite, (first * step).isFinite, (last * step).isFinite, last - first < 1000 else {
            (range, ticks, labels) = (low...high, [], [])
            return
        }
        ticks = stride(from: first, through: last, by: 1).map { $0 * step }
        range = isTight ? low...high : (first * step)...(last * step)
        labels = Axis.labels(ticks, step)
    }

    /// 0 at the lower end of the range, 1 at the upper; NaN where there is no such place.
    public func position(_ value: Double) -> Double {
        if isLogarithmic {
            guard value > 0 else { return .nan }
            return (log10(value) - log10(range.lowerBound)) / (log10(range.upperBound) - log10(range.lowerBound))
        }
        return (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    }

    /// The smallest of 1, 2, 5 x 10ⁿ that is at least `step`.
    static func roundStep(_ step: Double) -> Double {
        guard step > 0, step.isFinite else { return 1 }
        let power = pow(10, floor(log10(step)))
        let scaled = step / power
        return (scaled <= 1.0001 ? 1 : scaled <= 2.0001 ? 2 : scaled <= 5.0001 ? 5 : 10) * power
    }

    private static func labels(_ ticks: [Double], _ step: Double) -> [String] {
        let largest = ticks.map(\.magnitude).max() ?? 0
        if largest > 0, largest < 5e-3 || largest >= 1e7 { return ticks.map { Numbers.scientific($0) } }
        let decimals = max(0, -Int(floor(log10(step) + 1e-9)))
        return ticks.map { Numbers.fixed($0 == 0 ? 0 : $0, decimals) }
    }

    private static func decades(_ data: ClosedRange<Double>, _ intervals: Int) -> (ClosedRange<Double>, [Double]) {
        let lowest = min(max(Int(floor(log10(data.lowerBound) + 1e-9)), -307), 307)
        // No further than a number goes.
        let highest = min(max(Int(ceil(log10(data.upperBound) - 1e-9)), lowest + 1), 308)
        if highest - lowest <= 2, intervals > highest - lowest {
            let all = (lowest...highest).flatMap { decade in [1.0, 2, 5].map { $0 * pow(10, Double(decade)) } }
            let low = all.last { $0 <= data.lowerBound * 1.000001 } ?? all[0]
            let high = all.first { $0 >= data.upperBound / 1.000001 && $0 > low } ?? all[all.count - 1]
            return (low...high, all.filter { $0 >= low && $0 <= high })
        }
        let every = max(1, (highest - lowest + intervals - 1) / max(1, intervals))
        let ticks = stride(from: lowest, through: highest, by: every).map { pow(10, Double($0)) }
        return (pow(10, Double(lowest))...pow(10, Double(highest)), ticks)
    }

    /// `0.100` as `0.1`: ticks are round, their zeros say nothing.
    private static func shortened(_ label: String) -> String {
        guard label.contains("."), !label.contains("e") else { return label }
        var label = label
        while label.last == "0" { label.removeLast() }
        if label.last == "." { label.removeLast() }
        return label
    }
}
