// DANN (Ganin and Lempitsky 2015): discriminators behind gradient reversal, at the places that the experiment names (zu-dann §4-5).
import Networks
import Records
import Tensors

/// The mean cross-entropy of telling source from target. The discriminators learn it at full strength whatever alpha is; alpha is in the
/// reversed gradient that reaches the features.
struct AdversarialAlignment: DomainAlignment {
    typealias Judge = (place: String, weight: Double, network: DomainDiscriminator)
    private let judges: [Judge]
    var hasDiscriminator: Bool { true }

    init(_ judges: [Judge]) { self.judges = judges }

    /// One discriminator a place; their parameters are made in `scope`.
    init(_ discriminator: TrainingJob.Discriminator, places: [AlignmentPlace], at scope: Scope) {
        judges = places.map { place in
            let network = DomainDiscriminator(
                place.width, hidden: discriminator.width, dropout: discriminator.dropout, at: scope["discriminator"][place.name])
            return (place.name, place.weight, network)
        }
    }

    func term(_ output: NetworkOutput, domains: [Domain], alpha: Double, _ context: Context) -> AlignmentTerm? {
        var sum: AlignmentTerm?
        for (place, weight, network) in judges {
            guard let features = output.embeddings[place] else { continue }
            let logits = network(features, alpha: alpha, context)
            let loss = logits.crossEntropy(targets: domains.classes) * Float(weight)
            sum = AlignmentTerm(loss: sum.map { $0.loss + loss } ?? loss, domainLogits: sum?.domainLogits ?? logits)
        }
        return sum
    }

    func domainLogits(_ output: NetworkOutput, _ context: Context) -> Tensor? {
        guard let first = judges.first, let features = output.embeddings[first.place] else { return nil }
        return first.network(features, alpha: 0, context)
    }
}
