// What a step minimises: emotion on labelled source clips, and the term that draws the two domains together (zu-dann §5).
import Corpora
import Networks
import Tensors

/// Terms of one step's loss, each a scalar tensor or absent.
struct LossTerms {
    var emotion: Tensor?
    var domain: Tensor?
    var total: Tensor
    /// Domain logits `[batch, 2]`, where the method has a discriminator.
    var domainLogits: Tensor?
}

/// Owns what the method of adaptation learns; without one it is plain classification.
final class TrainingObjective {
    private let alignment: (any DomainAlignment)?
    private let weight: Double
    private let smoothing: Double

    /// - Parameter weight: lambda, of the alignment's term.
    init(alignment: (any DomainAlignment)?, weight: Double, smoothing: Double) {
        self.alignment = alignment
        self.weight = weight
        self.smoothing = smoothing
    }

    /// The objective that the experiment asks for; `widths` are the network's embeddings by place.
    convenience init(_ experiment: Experiment, widths: [String: Int], at scope: Scope) throws(ExperimentError) {
        var alignment: (any DomainAlignment)?
        if experiment.adapts {
            switch experiment.adaptation.method {
            case .dann: alignment = try AdversarialAlignment(experiment, widths: widths, at: scope)
            case .none: break
            }
        }
        self.init(alignment: alignment, weight: experiment.adaptation.weight, smoothing: experiment.training.labelSmoothing)
    }

    var adapts: Bool { alignment != nil }

    /// Emotion is learned from source clips only, whatever labels the target's items carry.
    func loss(_ output: NetworkOutput, domains: [Domain], labels: [Int], alpha: Double, _ context: Context) -> LossTerms {
        var emotion: Tensor?
        if domains.contains(.source) {
            let targets = zip(domains, labels).map { $0 == .source ? $1 : -1 }
            emotion = output.logits.crossEntropy(targets: targets, smoothing: Float(smoothing))
        }
        let aligned = alignment?.term(output, domains: domains, alpha: alpha, context)
        let weighted = aligned.map { $0.loss * Float(weight) }
        let total: Tensor
        switch (emotion, weighted) {
        case (let emotion?, let weighted?): total = emotion + weighted
        case (let one?, nil), (nil, let one?): total = one
        case (nil, nil): preconditionFailure("a step has source clips or something to align")
        }
        return LossTerms(emotion: emotion, domain: aligned?.loss, total: total, domainLogits: aligned?.domainLogits)
    }

    /// Domain logits for validation; nil where the method has no discriminator.
    func domainLogits(_ output: NetworkOutput, _ context: Context) -> Tensor? { alignment?.domainLogits(output, context) }
}
