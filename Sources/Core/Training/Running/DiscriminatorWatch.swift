// Tells when a domain discriminator diverges: not confused, which is what alignment wants, but ever more certain of the wrong domain.
import Foundation
import Records

/// A running mean of the domain loss against bounds of its own. Saved with the run's progress, so that a resumed run tells the same.
struct DiscriminatorWatch: Codable, Equatable {
    private var mean = 0.0
    private var steps = 0
    private var hasTold = false

    /// Steps that the mean forgets over, and that have to be seen before anything is said.
    static let memory = 20
    /// Chance is ln 2 (cross-entropy of two domains). From three times that the discriminator is wrong with certainty; below twice that it has recovered.
    static let diverges = 3 * log(2.0), recovers = 2 * log(2.0)

    /// - Parameter loss: mean cross-entropy of a step's domains, nats.
    /// - Returns: what is to be told; nil where nothing is new.
    mutating func observe(_ loss: Double) -> (level: MessageLevel, text: String)? {
        let weight = steps < Self.memory ? 1 / Double(steps + 1) : 1 / Double(Self.memory)
        mean += (loss - mean) * weight
        steps += 1
        guard steps >= Self.memory else { return nil }
        if !hasTold, mean >= Self.diverges {
            hasTold = true
            return (
                .warning,
                "the domain discriminator diverges: its loss is \(Self.words(mean)) over the last \(Self.memory) steps, chance is 0.69. "
                    + "Lower adaptation.alpha.maximum, or the learning rate"
            )
        }
        if hasTold, mean < Self.recovers {
            hasTold = false
            return (.info, "the domain discriminator has recovered: its loss is \(Self.words(mean))")
        }
        return nil
    }

    private static func words(_ loss: Double) -> String { String(format: "%.2f", loss) }
}
