// Learning rate over epochs: cosine annealing with warm restarts (Loshchilov and Hutter 2017), as in zu-dann §5.
import Foundation

public enum LearningRateKind: String, Sendable, Codable, CaseIterable {
    case cosineWarmRestarts = "cosine-warm-restarts"
    case constant
}

/// The rate as a function of the epoch; a fraction of an epoch is allowed.
public struct LearningRateSchedule: Sendable, Equatable {
    public var kind: LearningRateKind
    public var peak: Double
    public var minimum: Double
    /// Epochs of the first cycle, and the factor by which each later cycle is longer.
    public var firstCycle: Int
    public var factor: Int
    /// Epochs of a linear rise to the peak before the first cycle; 0 is the published schedule.
    public var warmUp: Double

    public init(
        kind: LearningRateKind = .cosineWarmRestarts, peak: Double, minimum: Double = 1e-6, firstCycle: Int = 10, factor: Int = 2,
        warmUp: Double = 0
    ) {
        self.kind = kind
        self.peak = peak
        self.minimum = minimum
        self.firstCycle = max(firstCycle, 1)
        self.factor = max(factor, 1)
        self.warmUp = warmUp
    }

    /// Epochs count from 0.
    public func value(atEpoch epoch: Double) -> Double {
        if epoch < warmUp { return minimum + (peak - minimum) * (epoch / warmUp) }
        guard kind == .cosineWarmRestarts else { return peak }
        var position = max(epoch - warmUp, 0)
        var cycle = Double(firstCycle)
        if factor == 1 {
            position = position.truncatingRemainder(dividingBy: cycle)
        } else {
            while position >= cycle {
                position -= cycle
                cycle *= Double(factor)
            }
        }
        return minimum + (peak - minimum) * (1 + cos(.pi * position / cycle)) / 2
    }
}
