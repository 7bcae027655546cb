// The one thing in which methods of adaptation differ: the term of the loss that draws source and target together.
import Networks
import Tensors

/// One type a method. What it learns itself (discriminators) lies in the run's parameters.
protocol DomainAlignment {
    /// The term of one step; nil where the batch lacks what it compares.
    /// - Parameter alpha: how strongly it acts on the features at this point of the run.
    func term(_ output: NetworkOutput, domains: [Domain], alpha: Double, _ context: Context) -> AlignmentTerm?

    /// Domain logits `[batch, 2]` for validation; nil where the method has no discriminator.
    func domainLogits(_ output: NetworkOutput, _ context: Context) -> Tensor?
}

struct AlignmentTerm {
    /// A scalar, before lambda.
    var loss: Tensor
    /// `[batch, 2]`, source first.
    var domainLogits: Tensor?
}

extension DomainAlignment {
    func domainLogits(_ output: NetworkOutput, _ context: Context) -> Tensor? { nil }
}
