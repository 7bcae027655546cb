// What a step minimises: emotion on labelled clips, and the term that draws the two domains together (zu-dann §5).
import Base
import Networks
import Records
import Tensors

/// Terms of one step's loss. One that the step has no samples for is not there.
struct LossTerms {
    /// Scalars before their weights, alpha among them, in the order in which they are told.
    var terms: [(series: Series, loss: Tensor)]
    /// The minimised loss: all terms with their weights.
    var total: Tensor
    /// Domain logits `[batch, 2]`, where the method has a discriminator.
    var domainLogits: Tensor?

    subscript(series: Series) -> Tensor? { terms.first { $0.series == series }?.loss }
}

/// Owns what the method of adaptation learns; without one it is plain classification.
package final class TrainingObjective {
    private let alignment: (any DomainAlignment)?
    /// Whose labels the emotion loss reads.
    let labelAccess: LabelAccess
    /// What the method learns itself: its discriminators.
    let parameters: [Parameter]
    private let weight: Double
    private let smoothing: Double

    /// - Parameter weight: lambda, of the alignment's term.
    init(
        alignment: (any DomainAlignment)?, parameters: [Parameter] = [], labelAccess: LabelAccess = .source, weight: Double,
        smoothing: Double
    ) {
        self.alignment = alignment
        self.parameters = parameters
        self.labelAccess = labelAccess
        self.weight = weight
        self.smoothing = smoothing
    }

    /// The objective that the experiment asks for; `widths` are the network's embeddings by place.
    convenience init(_ experiment: Experiment, _ job: TrainingJob, classes: Int, widths: [String: Int], at scope: Scope)
        throws(ExperimentError)
    {
        var alignment: (any DomainAlignment)?
        let method = experiment.adapts ? experiment.adaptation.method : .none, others = scope.store.parameters.count
        if method.aligns {
            let places = try AlignmentPlace.all(of: experiment, widths: widths)
            switch method {
            case .dann: alignment = AdversarialAlignment(job.discriminator, places: places, at: scope)
            case .cdan:
                alignment = ConditionalAlignment(job.discriminator, experiment.adaptation, classes: classes, places: places, at: scope)
            case .coral: alignment = CorrelationAlignment(places: places)
            case .mmd: alignment = DiscrepancyAlignment(places: places)
            case .none, .supervised: break
            }
        }
        self.init(
            alignment: alignment, parameters: Array(scope.store.parameters[others...]),
            labelAccess: method == .supervised ? .both : .source,
            weight: experiment.adaptation.weight, smoothing: experiment.training.labelSmoothing)
    }

    /// Whether there is something for alpha to act on.
    var adapts: Bool { alignment != nil }
    /// Whether a discriminator tells the domains apart.
    var hasDiscriminator: Bool { alignment?.hasDiscriminator ?? false }
    /// The terms that a step may have, in the order in which they are told.
    var terms: [Series] { [SeriesName.classTerm] + (adapts ? [SeriesName.domain] : []) }

    /// - Parameter labels: as ``LabelAccess`` shows them, -1 where hidden: such clips take no part in the emotion loss.
    func loss(_ output: NetworkOutput, domains: [Domain], labels: [Int], alpha: Double, _ context: Context) -> LossTerms {
        let isLabelled = labels.contains { $0 >= 0 }
        let emotion = isLabelled ? output.logits.crossEntropy(targets: labels, smoothing: Float(smoothing)) : nil
        let aligned = alignment?.term(output, domains: domains, alpha: alpha, context)
        let weighted = aligned.map { $0.loss * Float(weight * $0.strength) }
        let total: Tensor
        switch (emotion, weighted) {
        case (let emotion?, let weighted?): total = emotion + weighted
        case (let one?, nil), (nil, let one?): total = one
        case (nil, nil): preconditionFailure("a step has labelled clips or something to align")
        }
        let terms = [(SeriesName.classTerm, emotion), (SeriesName.domain, aligned?.loss)].compactMap { series, loss in
            loss.map { (series, $0) }
        }
        return LossTerms(terms: terms, total: total, domainLogits: aligned?.domainLogits)
    }

    /// Domain logits for validation; nil where the method has no discriminator.
    package func domainLogits(_ output: NetworkOutput, _ context: Context) -> Tensor? { alignment?.domainLogits(output, context) }
}
