// How far apart the two domains lie for a trained model: what its discriminator can tell, and what any linear classifier of the features can.
import Base
import Foundation

/// The discriminator on held-out clips of both domains.
public struct DiscriminatorHealth: Sendable, Codable, Equatable {
    public enum Hint: String, Sendable, Codable {
        /// It tells the domains apart too well for the features to be aligned.
        case separates
        /// It cannot tell them apart, which aligned features would explain.
        case confused
        /// It says the same of every clip: its confusion says nothing about the features.
        case collapsed
        case between
    }

    /// Mean of the two domains' shares of clips that it names rightly.
    public var balancedAccuracy: Double
    public var sourceAccuracy, targetAccuracy: Double
    /// `1 - |2a - 1|` with a the balanced accuracy: 1 where it guesses (zu-dann §6, ours).
    public var domainConfusion: Double
    /// Cross-entropy, each domain counting half; ln 2 = 0.693 where it guesses.
    public var loss: Double
    /// Standard deviation of its probabilities over all clips.
    public var spread: Double
    public var hint: Hint

    /// Bounds of the hints (ours).
    static let separated = 0.9, guessing = 0.6, constantSpread = 0.01

    /// - Parameter source: probabilities of being a target clip, of source clips; `target` of target clips. Nil where one is empty.
    public init?(source: [Float], target: [Float]) {
        guard !source.isEmpty, !target.isEmpty else { return nil }
        func share(_ list: [Float], _ holds: (Float) -> Bool) -> Double { Double(list.count { holds($0) }) / Double(list.count) }
        func mean(_ list: [Double]) -> Double { list.reduce(0, +) / Double(list.count) }
        sourceAccuracy = share(source) { $0 <= 0.5 }
        targetAccuracy = share(target) { $0 > 0.5 }
        balancedAccuracy = (sourceAccuracy + targetAccuracy) / 2
        domainConfusion = Metrics.domainConfusion(balancedAccuracy: balancedAccuracy)
        loss = -(mean(source.map { log(max(1 - Double($0), 1e-7)) }) + mean(target.map { log(max(Double($0), 1e-7)) })) / 2
        let all = (source + target).map(Double.init)
        let middle = mean(all)
        spread = mean(all.map { ($0 - middle) * ($0 - middle) }).squareRoot()
        let saysOneThing = max(sourceAccuracy, targetAccuracy) >= 0.95 && min(sourceAccuracy, targetAccuracy) <= 0.05
        if spread < Self.constantSpread || saysOneThing {
            hint = .collapsed
        } else if balancedAccuracy >= Self.separated {
            hint = .separates
        } else {
            hint = balancedAccuracy <= Self.guessing ? .confused : .between
        }
    }
}

/// Proxy A-distance (Ben-David et al. 2007; Ganin et al. 2016): `2 (1 - 2e)` with e the error of a linear classifier of the domain on clips that
/// it was not trained on. 0: domains cannot be told apart, 2: always.
public struct ProxyDistance: Sendable, Codable, Equatable {
    public var distance: Double
    /// Mean of the two domains' errors, so that the larger domain does not make the task easy.
    public var error: Double
    /// Clips that the classifier was tested on.
    public var sourceClips, targetClips: Int

    /// Of a logistic regression, classes balanced.
    static let inversePenalty = 0.01
    static let fewestClips = 4

    /// Half of each domain's features, drawn by `seed`, trains the classifier and the other half tests it. Nil for fewer than 4 clips of one.
    public init?(source: [[Float]], target: [[Float]], seed: UInt64 = 42) {
        guard min(source.count, target.count) >= Self.fewestClips else { return nil }
        var stream = RandomStream(seed: seed, name: "proxy distance")
        let (sources, targets) = (stream.shuffled(source), stream.shuffled(target))
        let (half, other) = (sources.count / 2, targets.count / 2)
        let classifier = LogisticRegression(
            Array(sources[..<half] + targets[..<other]), [Bool](repeating: false, count: half) + [Bool](repeating: true, count: other),
            inversePenalty: Self.inversePenalty, isBalanced: true)
        let wrongSources = sources[half...].count { classifier.logit($0) > 0 }
        let wrongTargets = targets[other...].count { classifier.logit($0) <= 0 }
        (sourceClips, targetClips) = (sources.count - half, targets.count - other)
        error = (Double(wrongSources) / Double(sourceClips) + Double(wrongTargets) / Double(targetClips)) / 2
        // An error above one half is chance, not a distance below nothing.
        distance = max(0, 2 * (1 - 2 * error))
    }
}
