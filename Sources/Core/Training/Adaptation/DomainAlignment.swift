// The one thing in which methods of adaptation differ: the term of the loss that draws source and target together.
import Base
import Networks
import Records
import Tensors

/// One type a method. What it learns itself (discriminators) lies in the run's parameters. No method is given a label: what a network
/// makes of the clips, and which domain each is of, is all that it sees.
protocol DomainAlignment {
    /// Whether it learns to tell the domains apart, and has domain logits.
    var hasDiscriminator: Bool { get }

    /// The term of one step; nil where the batch lacks what it compares.
    /// - Parameter alpha: how strongly it acts on the features at this point of the run.
    func term(_ output: NetworkOutput, domains: [Domain], alpha: Double, _ context: Context) -> AlignmentTerm?

    /// Domain logits `[batch, 2]` for validation; nil where the method has no discriminator.
    func domainLogits(_ output: NetworkOutput, _ context: Context) -> Tensor?
}

struct AlignmentTerm {
    /// A scalar, before lambda: the sum over places, each with its weight.
    var loss: Tensor
    /// What the loss is multiplied by beside lambda: 1 behind gradient reversal, which has alpha in it; else alpha.
    var strength = 1.0
    /// `[batch, 2]`, source first, of the first place.
    var domainLogits: Tensor?
}

extension DomainAlignment {
    var hasDiscriminator: Bool { false }

    func domainLogits(_ output: NetworkOutput, _ context: Context) -> Tensor? { nil }
}

/// A place of the network where domains are told apart or compared.
struct AlignmentPlace: Equatable {
    var name: String
    /// Of its embedding.
    var width: Int
    /// Of its part of the term.
    var weight: Double

    /// Those of `adaptation.discriminators`; `widths` are the network's embeddings.
    static func all(of experiment: Experiment, widths: [String: Int]) throws(ExperimentError) -> [AlignmentPlace] {
        var places: [AlignmentPlace] = []
        for (name, weight) in zip(experiment.adaptation.discriminators, experiment.adaptation.placeWeights) {
            guard let width = widths[name] else {
                let valid = widths.keys.sorted()
                throw .unknownValue(
                    key: "adaptation.discriminators", line: nil, value: name, valid: valid, nearest: nearestName(to: name, among: valid))
            }
            places.append(AlignmentPlace(name: name, width: width, weight: weight))
        }
        return places
    }
}

/// Rows of a batch by domain.
struct DomainRows {
    var source, target: [Int]

    init(_ domains: [Domain]) {
        source = domains.indices.filter { domains[$0] == .source }
        target = domains.indices.filter { domains[$0] == .target }
    }
}

extension [Domain] {
    /// Source 0, target 1, as discriminators count them.
    var classes: [Int] { map { $0 == .source ? 0 : 1 } }
}
