// Learning rate over epochs: cosine annealing with warm restarts (Loshchilov and Hutter 2017), as in zu-dann §5, and PyTorch's usual others.
import Foundation
import Records

public enum LearningRateKind: String, Sendable, Codable, CaseIterable {
    case cosineWarmRestarts = "cosine-warm-restarts"
    case constant
    /// Times `decayFactor` every epoch, without steps in between.
    case exponential
    /// Times `decayFactor` every `decayEpochs`.
    case step
    /// Times `decayFactor` when validation stops getting better (``PlateauProgress``).
    case plateau
}

/// The rate as a function of the epoch; a fraction of an epoch is allowed. A linear warm-up may come before any kind.
public struct LearningRateSchedule: Sendable, Equatable {
    public var kind: LearningRateKind
    public var peak: Double
    /// No schedule goes below it.
    public var minimum: Double
    /// Epochs of the first cycle, and the factor by which each later cycle is longer.
    public var firstCycle: Int
    public var factor: Int
    /// Epochs of a linear rise to the peak before the schedule begins; 0 is the published schedule.
    public var warmUp: Double
    /// Exponential, step and plateau.
    public var decayFactor: Double
    public var decayEpochs: Int
    /// Plateau: worse epochs in a row that are still waited for, epochs after a cut in which none count, and the share by which a loss must
    /// fall to be better.
    public var patience: Int
    public var coolDown: Int
    public var threshold: Double

    public init(
        kind: LearningRateKind = .cosineWarmRestarts, peak: Double, minimum: Double = 1e-6, firstCycle: Int = 10, factor: Int = 2,
        warmUp: Double = 0, decayFactor: Double = 0.5, decayEpochs: Int = 10, patience: Int = 10, coolDown: Int = 0,
        threshold: Double = 1e-4
    ) {
        self.kind = kind
        self.peak = peak
        self.minimum = minimum
        self.firstCycle = max(firstCycle, 1)
        self.factor = max(factor, 1)
        self.warmUp = warmUp
        self.decayFactor = decayFactor
        self.decayEpochs = max(decayEpochs, 1)
        self.patience = patience
        self.coolDown = coolDown
        self.threshold = threshold
    }

    /// Epochs count from 0.
    /// - Parameter cuts: how often a plateau has cut the rate so far; other kinds do not look at it.
    public func value(atEpoch epoch: Double, cuts: Int = 0) -> Double {
        if epoch < warmUp { return minimum + (peak - minimum) * (epoch / warmUp) }
        let position = max(epoch - warmUp, 0)
        switch kind {
        case .constant: return peak
        case .exponential: return decayed(position)
        case .step: return decayed((position / Double(decayEpochs)).rounded(.down))
        case .plateau: return decayed(Double(cuts))
        case .cosineWarmRestarts: return annealed(position)
        }
    }

    /// What it is called: `cosine, restarts 10 ×2`, `plateau`.
    public var words: String { kind == .cosineWarmRestarts ? "cosine, restarts \(firstCycle) ×\(factor)" : kind.rawValue }

    private func decayed(_ times: Double) -> Double { max(peak * pow(decayFactor, times), min(minimum, peak)) }

    private func annealed(_ epoch: Double) -> Double {
        var position = epoch, cycle = Double(firstCycle)
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

/// What a plateau schedule remembers between epochs (PyTorch's `ReduceLROnPlateau`, mode `min`, relative threshold). Part of a run's progress,
/// so that a resumed run cuts where an uninterrupted one does.
public struct PlateauProgress: Sendable, Codable, Equatable {
    public private(set) var best: Double?
    public private(set) var worseEpochs = 0
    public private(set) var coolDown = 0
    /// How often the rate has been cut.
    public private(set) var cuts = 0

    public init() {}

    /// Takes the loss of an epoch that has ended. A loss that is not a number is never better.
    public mutating func observe(_ loss: Double, _ schedule: LearningRateSchedule) {
        if loss < (best.map { $0 * (1 - schedule.threshold) } ?? .infinity) {
            best = loss
            worseEpochs = 0
        } else {
            worseEpochs += 1
        }
        if coolDown > 0 {
            coolDown -= 1
            worseEpochs = 0
        }
        guard worseEpochs > schedule.patience else { return }
        // A cut that would change next to nothing is none.
        let now = schedule.value(atEpoch: schedule.warmUp, cuts: cuts), next = schedule.value(atEpoch: schedule.warmUp, cuts: cuts + 1)
        if now - next > 1e-8 { cuts += 1 }
        coolDown = schedule.coolDown
        worseEpochs = 0
    }
}
