// Percentile bootstrap (Efron and Tibshirani 1993, chapter 13): how far a figure would move with other clips, or other speakers.
import Base
import Foundation

/// A figure and the ends of its confidence interval; none where there is nothing to resample.
public struct Interval: Sendable, Codable, Equatable {
    public var value: Double
    public var low, high: Double?

    public init(_ value: Double, low: Double? = nil, high: Double? = nil) {
        (self.value, self.low, self.high) = (value, low, high)
    }
}

public struct Bootstrap: Sendable, Codable, Equatable {
    /// What is drawn with replacement. Clips of one speaker are alike, so drawing clips promises too much about new speakers.
    public enum Unit: String, Sendable, Codable, CaseIterable { case clip, speaker }

    public var unit: Unit
    public var resamples: Int
    /// Share of resamples inside the interval.
    public var level: Double
    public var seed: UInt64

    public init(unit: Unit = .clip, resamples: Int = 2000, level: Double = 0.95, seed: UInt64 = 42) {
        (self.unit, self.resamples, self.level, self.seed) = (unit, resamples, level, seed)
    }

    /// Intervals of several figures of the same clips at once.
    /// - Parameters:
    ///   - speakers: one a clip.
    ///   - name: of the stream; equal names draw equal clips.
    ///   - statistics: the figures of the clips with these indices, which may repeat; NaN where one is undefined, and it is left out.
    public func intervals(speakers: [String], name: String, statistics: ([Int]) -> [Double]) -> [Interval] {
        let all = Array(speakers.indices)
        let values = statistics(all)
        let units = unit == .clip ? all.map { [$0] } : Dictionary(grouping: all) { speakers[$0] }.sorted { $0.key < $1.key }.map(\.value)
        guard units.count > 1, resamples > 0 else { return values.map { Interval($0) } }
        var stream = RandomStream(seed: seed, name: "bootstrap.\(name)")
        var drawn = values.map { _ in [Double]() }
        for index in drawn.indices { drawn[index].reserveCapacity(resamples) }
        var sample: [Int] = []
        for _ in 0..<resamples {
            sample.removeAll(keepingCapacity: true)
            for _ in units.indices { sample += units[stream.int(below: units.count)] }
            for (index, value) in statistics(sample).enumerated() where !value.isNaN { drawn[index].append(value) }
        }
        return zip(values, drawn).map { value, drawn in
            let sorted = drawn.sorted()
            return Interval(value, low: quantile(sorted, (1 - level) / 2), high: quantile(sorted, (1 + level) / 2))
        }
    }
}

/// The quantile of ascending values with linear interpolation, as numpy's default; nil without values.
func quantile(_ sorted: [Double], _ share: Double) -> Double? {
    guard let last = sorted.indices.last else { return nil }
    let place = share * Double(last)
    let below = Int(place.rounded(.down)), above = min(below + 1, last)
    return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
}

extension Bootstrap {
    /// Accuracy and macro-F1.
    public func accuracyAndMacroF1(_ clips: [MeasuredClip], classes: Int, name: String) -> (accuracy: Interval, macroF1: Interval) {
        let cells = clips.map { ($0.truth, $0.predicted) }
        let intervals = intervals(speakers: clips.map(\.speaker), name: name) { indices in
            var confusion = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
            for index in indices { confusion[cells[index].0][cells[index].1] += 1 }
            let scores = ClassificationScores(confusion: confusion)
            return [scores.accuracy, scores.macroF1]
        }
        return (intervals[0], intervals[1])
    }
}
