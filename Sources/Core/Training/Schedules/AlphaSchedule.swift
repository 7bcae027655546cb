// How strongly the discriminator's reversed gradient reaches the features, over the progress of a run (zu-dann §5).
import Foundation

/// Alpha as a curve over progress `p` in 0…1 (all steps, not epochs), so that it can be drawn before the run starts.
public struct AlphaSchedule: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// At most `floor` for the first `hold` of the run, then a smooth rise to `maximum` (zu-dann §5).
        case conservative
        /// `2/(1+exp(-gamma p)) - 1`, times `maximum` (Ganin and Lempitsky 2015).
        case dann
        case linear
        case cosine
        case constant
        case off
    }

    public var kind: Kind
    /// The largest value the curve reaches. "Just under 0.1" for the conservative curve, 1 for DANN's own.
    public var maximum: Double
    /// Share of the run with (almost) no adaptation; conservative only.
    public var hold: Double
    /// Value that the held part may not exceed; conservative only.
    public var floor: Double
    /// Steepness of DANN's curve.
    public var gamma: Double

    public init(kind: Kind = .conservative, maximum: Double? = nil, hold: Double = 0.4, floor: Double = 1e-4, gamma: Double = 10) {
        self.kind = kind
        self.maximum = maximum ?? Self.usualMaximum(of: kind)
        self.hold = hold
        self.floor = floor
        self.gamma = gamma
    }

    /// The maximum a schedule has where the experiment names none.
    public static func usualMaximum(of kind: Kind) -> Double { kind == .dann ? 1 : 0.099 }

    /// Alpha at progress `p`, which is clamped to 0…1. Never negative, never above `maximum`.
    public func value(at p: Double) -> Double {
        let p = min(max(p, 0), 1)
        switch kind {
        case .conservative: return conservative(p)
        case .dann: return maximum * (2 / (1 + exp(-gamma * p)) - 1)
        case .linear: return maximum * p
        case .cosine: return maximum * (1 - cos(.pi * p)) / 2
        case .constant: return maximum
        case .off: return 0
        }
    }

    /// The curve at `count` equally spaced points of progress, both ends included.
    public func sampled(_ count: Int) -> [Double] {
        (0..<count).map { value(at: count > 1 ? Double($0) / Double(count - 1) : 0) }
    }

    /// The step at which the curve begins to rise from its floor; nil where it rises from the start, or never.
    /// - Parameter steps: of the whole run.
    public func rampStart(steps: Int) -> Int? {
        guard kind == .conservative, maximum > min(floor, maximum), hold < 1 else { return nil }
        return Int((hold * Double(steps)).rounded(.up))
    }

    private func conservative(_ p: Double) -> Double {
        let low = min(floor, maximum)
        guard p > hold, hold < 1 else { return low }
        let s = (p - hold) / (1 - hold)
        return low + (maximum - low) * s * s * (3 - 2 * s)
    }

    enum CodingKeys: String, CodingKey {
        case kind = "schedule"
        case maximum, hold, floor, gamma
    }
}
