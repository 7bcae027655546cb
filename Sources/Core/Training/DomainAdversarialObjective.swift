// The loss of a domain-adversarial step: emotion on labelled source clips, domain on all (zu-dann §5).
import Corpora
import Networks
import Tensors

/// Terms of one step's loss, each a scalar tensor or absent.
struct LossTerms {
    var emotion: Tensor?
    var domain: Tensor?
    var total: Tensor
    /// Domain logits `[batch, 2]` of the first discriminator.
    var domainLogits: Tensor?
}

/// Owns the discriminators; without one it is plain classification.
final class DomainAdversarialObjective {
    private let discriminators: [(place: String, network: DomainDiscriminator)]
    private let weight: Double
    private let smoothing: Double

    init(discriminators: [(place: String, network: DomainDiscriminator)], weight: Double, smoothing: Double) {
        self.discriminators = discriminators
        self.weight = weight
        self.smoothing = smoothing
    }

    /// One discriminator at each place that the experiment names.
    convenience init(_ experiment: Experiment, widths: [String: Int], at scope: Scope) throws(ExperimentError) {
        var made: [(place: String, network: DomainDiscriminator)] = []
        let fusion = experiment.model.fusion
        for place in experiment.adapts ? experiment.adaptation.discriminators : [] {
            guard let width = widths[place] else {
                let valid = widths.keys.sorted()
                throw .unknownValue(
                    key: "adaptation.discriminators", line: nil, value: place, valid: valid, nearest: nearestName(to: place, among: valid))
            }
            let network = DomainDiscriminator(
                width, hidden: fusion.discriminatorWidth, dropout: fusion.discriminatorDropout, at: scope["discriminator"][place])
            made.append((place, network))
        }
        self.init(discriminators: made, weight: experiment.adaptation.weight, smoothing: experiment.training.labelSmoothing)
    }

    var adapts: Bool { !discriminators.isEmpty }

    /// Emotion is learned from source clips only, whatever labels the target's items carry.
    func loss(_ output: NetworkOutput, domains: [Domain], labels: [Int], alpha: Double, _ context: Context) -> LossTerms {
        var emotion: Tensor?
        if domains.contains(.source) {
            let targets = zip(domains, labels).map { $0 == .source ? $1 : -1 }
            emotion = output.logits.crossEntropy(targets: targets, smoothing: Float(smoothing))
        }
        let classes = domains.map { $0 == .source ? 0 : 1 }
        var domain: Tensor?
        var firstLogits: Tensor?
        for (place, network) in discriminators {
            guard let features = output.embeddings[place] else { continue }
            let logits = network(features, alpha: alpha, context)
            let loss = logits.crossEntropy(targets: classes)
            domain = domain.map { $0 + loss } ?? loss
            firstLogits = firstLogits ?? logits
        }
        let weighted = domain.map { $0 * Float(weight) }
        let total: Tensor
        switch (emotion, weighted) {
        case (let emotion?, let weighted?): total = emotion + weighted
        case (let one?, nil), (nil, let one?): total = one
        case (nil, nil): preconditionFailure("a step has source clips or a discriminator")
        }
        return LossTerms(emotion: emotion, domain: domain, total: total, domainLogits: firstLogits)
    }

    /// Domain logits of the first discriminator, for validation.
    func domainLogits(_ output: NetworkOutput, _ context: Context) -> Tensor? {
        guard let first = discriminators.first, let features = output.embeddings[first.place] else { return nil }
        return first.network(features, alpha: 0, context)
    }
}
