// Whether an answer that is given with 80 % is right in 80 % of the cases: reliability, expected calibration error (Naeini et al. 2015; Guo et
// al. 2017), Brier score (1950), negative log-likelihood, and temperature scaling.
import Foundation

/// Clips whose confidence lies in (lower, upper].
public struct ReliabilityBin: Sendable, Codable, Equatable {
    public var lower, upper: Double
    public var clips: Int
    /// Means over the clips; 0 without any.
    public var confidence, accuracy: Double
}

public struct Calibration: Sendable, Codable, Equatable {
    public enum Binning: String, Sendable, Codable, CaseIterable {
        /// Bins of equal width.
        case width
        /// Bins between quantiles of the confidence, so that each holds about as many clips.
        case adaptive
    }

    public static let bins = 15

    public var binning: Binning
    /// Mean distance between confidence and accuracy of a bin, by its clips, and the largest.
    public var expectedError, maximumError: Double
    public var bins: [ReliabilityBin]
    /// Mean `-ln p` of the true class, in nats.
    public var negativeLogLikelihood: Double
    /// Mean `Σ (p - 1[true class])²`: 0 to 2.
    public var brier: Double
    /// The temperature that was found on other clips, and the expected error with it; nil where there were too few.
    public var temperature, scaledError: Double?

    public init(_ clips: [MeasuredClip], binning: Binning = .width, temperature: Double? = nil) {
        self.binning = binning
        bins = Self.bins(clips, binning)
        let count = Double(max(clips.count, 1))
        let errors = bins.map { abs($0.confidence - $0.accuracy) }
        expectedError = zip(bins, errors).reduce(0) { $0 + Double($1.0.clips) / count * $1.1 }
        maximumError = errors.max() ?? 0
        negativeLogLikelihood = clips.reduce(0) { $0 - log(max(Double($1.probabilities[$1.truth]), 1e-30)) } / count
        brier =
            clips.reduce(0) { sum, clip in
                sum
                    + clip.probabilities.enumerated().reduce(0) {
                        let distance = Double($1.element) - ($1.offset == clip.truth ? 1 : 0)
                        return $0 + distance * distance
                    }
            } / count
        if let temperature {
            self.temperature = temperature
            scaledError = Calibration(Temperature.scaled(clips, temperature), binning: binning).expectedError
        }
    }

    /// Bins as of scikit-learn's `calibration_curve`: what lies on an edge belongs to the bin below it.
    private static func bins(_ clips: [MeasuredClip], _ binning: Binning) -> [ReliabilityBin] {
        let edges: [Double]
        switch binning {
        case .width: edges = (0...bins).map { Double($0) / Double(bins) }
        case .adaptive:
            let sorted = clips.map(\.confidence).sorted()
            edges = (0...bins).map { quantile(sorted, Double($0) / Double(bins)) ?? Double($0) / Double(bins) }
        }
        var found = (0..<bins).map { ReliabilityBin(lower: edges[$0], upper: edges[$0 + 1], clips: 0, confidence: 0, accuracy: 0) }
        for clip in clips {
            let place = edges[1..<bins].prefix { $0 < clip.confidence }.count
            found[place].clips += 1
            found[place].confidence += clip.confidence
            found[place].accuracy += clip.predicted == clip.truth ? 1 : 0
        }
        for index in found.indices where found[index].clips > 0 {
            found[index].confidence /= Double(found[index].clips)
            found[index].accuracy /= Double(found[index].clips)
        }
        return found
    }
}

/// Temperature scaling (Guo et al. 2017): logits are divided by one number that makes labelled clips most probable.
package enum Temperature {
    package static let range = 0.05...20.0

    /// The best temperature for labelled clips; nil without any. Log-probabilities stand for logits, from which they differ by a constant a clip.
    package static func fitted(to clips: [MeasuredClip]) -> Double? {
        guard !clips.isEmpty else { return nil }
        let logits = clips.map { $0.probabilities.map { log(max(Double($0), 1e-30)) } }
        // The loss is convex in the inverse temperature, so its slope crosses 0 once.
        func slope(_ inverse: Double) -> Double {
            zip(clips, logits).reduce(0) { sum, pair in
                let (clip, row) = pair
                let peak = row.max() ?? 0
                let weights = row.map { exp(inverse * ($0 - peak)) }
                let mean = zip(weights, row).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
                return sum + mean - row[clip.truth]
            }
        }
        var (low, high) = (1 / range.upperBound, 1 / range.lowerBound)
        if slope(low) >= 0 { return range.upperBound }
        if slope(high) <= 0 { return range.lowerBound }
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if slope(middle) < 0 { low = middle } else { high = middle }
        }
        return 2 / (low + high)
    }

    package static func scaled(_ clips: [MeasuredClip], _ temperature: Double) -> [MeasuredClip] {
        clips.map { clip in
            var clip = clip
            let logits = clip.probabilities.map { log(max(Double($0), 1e-30)) / temperature }
            let peak = logits.max() ?? 0
            let weights = logits.map { exp($0 - peak) }
            let sum = weights.reduce(0, +)
            clip.probabilities = weights.map { Float($0 / sum) }
            return clip
        }
    }
}
