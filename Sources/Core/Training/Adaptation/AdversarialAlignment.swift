// DANN (Ganin and Lempitsky 2015): discriminators behind gradient reversal, at the places that the experiment names (zu-dann §4-5).
import Corpora
import Networks
import Tensors

struct AdversarialAlignment: DomainAlignment {
    private let discriminators: [(place: String, network: DomainDiscriminator)]

    init(discriminators: [(place: String, network: DomainDiscriminator)]) { self.discriminators = discriminators }

    /// One discriminator at each place of `adaptation.discriminators`; their parameters are made in `scope`.
    init(_ experiment: Experiment, widths: [String: Int], at scope: Scope) throws(ExperimentError) {
        var made: [(place: String, network: DomainDiscriminator)] = []
        let fusion = experiment.model.fusion
        for place in experiment.adaptation.discriminators {
            guard let width = widths[place] else {
                let valid = widths.keys.sorted()
                throw .unknownValue(
                    key: "adaptation.discriminators", line: nil, value: place, valid: valid, nearest: nearestName(to: place, among: valid))
            }
            let network = DomainDiscriminator(
                width, hidden: fusion.discriminatorWidth, dropout: fusion.discriminatorDropout, at: scope["discriminator"][place])
            made.append((place, network))
        }
        discriminators = made
    }

    func term(_ output: NetworkOutput, domains: [Domain], alpha: Double, _ context: Context) -> AlignmentTerm? {
        let classes = domains.map { $0 == .source ? 0 : 1 }
        var sum: AlignmentTerm?
        for (place, network) in discriminators {
            guard let features = output.embeddings[place] else { continue }
            let logits = network(features, alpha: alpha, context)
            let loss = logits.crossEntropy(targets: classes)
            sum = AlignmentTerm(loss: sum.map { $0.loss + loss } ?? loss, domainLogits: sum?.domainLogits ?? logits)
        }
        return sum
    }

    func domainLogits(_ output: NetworkOutput, _ context: Context) -> Tensor? {
        guard let first = discriminators.first, let features = output.embeddings[first.place] else { return nil }
        return first.network(features, alpha: 0, context)
    }
}
