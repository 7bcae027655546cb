// Deep embedded validation (You et al.: Towards accurate model selection in deep unsupervised domain adaptation, ICML 2019): the target's
// error estimated from the source's, each source clip counting as much as its features look like the target's. Lower is better.
import Base
import Foundation

package enum DeepEmbeddedValidation {
    /// Clips a domain that the domain classifier sees; of more, evenly spaced ones are taken.
    package static let mostClips = 1000
    /// Fewer than these of a domain say nothing about densities.
    package static let fewestClips = 8
    /// Inverse penalties to choose from, on standardised features.
    package static let penalties = [1e-4, 1e-3, 1e-2, 1e-1, 1]
    private static let largestLogit = 30.0

    /// The estimated target risk, or nil where there are too few clips.
    /// - Parameters:
    ///   - errors: loss of each source validation clip; the authors use 0 for a right answer and 1 for a wrong one, and so do we.
    ///   - source: their features, one row a clip; `target`: features of target validation clips.
    package static func risk(errors: [Double], source: [[Float]], target: [[Float]]) -> Double? {
        precondition(errors.count == source.count, "one error a source clip")
        guard min(source.count, target.count) >= fewestClips else { return nil }
        let pairs = evenly(Array(zip(errors, source)), atMost: mostClips)
        let weights = densityRatios(of: pairs.map(\.1), to: evenly(target, atMost: mostClips))
        return risk(weights: weights, errors: pairs.map(\.0))
    }

    /// Mean weighted error with the control variate of the paper: weights have mean 1, so their known excess is taken out.
    package static func risk(weights: [Double], errors: [Double]) -> Double {
        let count = Double(weights.count)
        let weighted = zip(weights, errors).map { $0 * $1 }
        let meanWeight = weights.reduce(0, +) / count, meanError = weighted.reduce(0, +) / count
        var (covariance, variance) = (0.0, 0.0)
        for (weight, error) in zip(weights, weighted) {
            covariance += (error - meanError) * (weight - meanWeight)
            variance += (weight - meanWeight) * (weight - meanWeight)
        }
        let eta = variance > 0 ? -covariance / variance : 0
        return meanError + eta * (meanWeight - 1)
    }

    /// How much denser the target lies than the source at each source clip, by a logistic regression of the domain. The paper trains it on
    /// training clips; here (ours) validation clips are halved and each half is judged by the classifier of the other, so that an epoch
    /// needs no further pass over the network and no clip is judged by a classifier that knew it.
    package static func densityRatios(of source: [[Float]], to target: [[Float]]) -> [Double] {
        var stream = RandomStream(seed: 0, name: "deep embedded validation")
        let sourceOrder = stream.shuffled(Array(source.indices)), targetOrder = stream.shuffled(Array(target.indices))
        var weights = [Double](repeating: 1, count: source.count)
        for fold in 0..<2 {
            func half(_ order: [Int], _ side: Int) -> [Int] { order.indices.filter { $0 % 2 == side }.map { order[$0] } }
            let (known, judged) = (half(sourceOrder, 1 - fold), half(sourceOrder, fold))
            let other = half(targetOrder, 1 - fold)
            let classifier = classifier(known.map { source[$0] }, other.map { target[$0] })
            let prior = Double(known.count) / Double(other.count)
            for index in judged {
                let logit = classifier.logit(source[index])
                weights[index] = prior * exp(min(max(logit, -largestLogit), largestLogit))
            }
        }
        return weights
    }

    /// Of the penalties the one whose classifier is least surprised by a fifth of the clips that it did not see, then made of all of them.
    private static func classifier(_ source: [[Float]], _ target: [[Float]]) -> LogisticRegression {
        let rows = source + target, isTarget = source.map { _ in false } + target.map { _ in true }
        // Of each domain every fifth, so that both are on both sides.
        let checked = Set(source.indices.filter { $0 % 5 == 4 } + target.indices.filter { $0 % 5 == 4 }.map { source.count + $0 })
        let seen = rows.indices.filter { !checked.contains($0) }
        var best: (loss: Double, penalty: Double)?
        for penalty in penalties where !checked.isEmpty {
            let trial = LogisticRegression(seen.map { rows[$0] }, seen.map { isTarget[$0] }, inversePenalty: penalty)
            let loss = checked.sorted().reduce(0.0) { $0 + trial.loss(rows[$1], isTarget[$1]) }
            if best.map({ loss < $0.loss }) ?? true { best = (loss, penalty) }
        }
        return LogisticRegression(rows, isTarget, inversePenalty: best?.penalty ?? 1e-2)
    }
}
