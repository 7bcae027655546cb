// Everything that `emolab eval` says of a trained model on clips of both domains.
import Records

public struct EvaluationReport: Sendable, Codable, Equatable {
    /// `validation`, `test`, `training` or `all`: of which clips. Validation clips may have chosen the checkpoint.
    public var part: String
    public var labels: [String]
    /// What chose the checkpoint.
    public var selection: Selection
    public var bootstrap: Bootstrap
    public var source, target: DomainEvaluation?
    /// Target clips without a label: they take part in the distance between the domains and in no score. Nil where there is no target.
    public var targetUnlabelled: Int?
    /// Source accuracy minus target accuracy.
    public var gap: Double?
    public var discriminator: DiscriminatorHealth?
    public var proxyDistance: ProxyDistance?
    /// Stability of the class loss and of the domain loss over the run's steps.
    public var classLossStability, domainLossStability: LossStability?

    /// A model's answers about one domain's clips.
    public struct Answers: Sendable {
        public var corpus: String
        /// The clips with a label.
        public var clips: [MeasuredClip]
        /// A vector a clip, with and without a label.
        public var features: [[Float]]
        /// Probabilities of being a target clip, one a clip; empty where the run has no discriminator.
        public var targetProbabilities: [Float]
        /// Clips without a label.
        public var unlabelled: Int

        public init(corpus: String, clips: [MeasuredClip], features: [[Float]], targetProbabilities: [Float] = [], unlabelled: Int = 0) {
            (self.corpus, self.clips, self.features) = (corpus, clips, features)
            (self.targetProbabilities, self.unlabelled) = (targetProbabilities, unlabelled)
        }
    }

    /// Either domain may be missing, not both.
    public init(
        part: String, labels: [String], selection: Selection, source: Answers?, target: Answers?, columns: [String],
        bootstrap: Bootstrap = Bootstrap(), binning: Calibration.Binning = .width, steps: [StepRecord] = []
    ) {
        self.part = part
        self.labels = labels
        self.selection = selection
        self.bootstrap = bootstrap
        // Labels of the source alone choose the temperature: nobody has those of the target.
        func evaluation(_ domain: Answers?, _ temperature: Double?) -> DomainEvaluation? {
            domain.flatMap { domain in
                guard !domain.clips.isEmpty else { return nil }
                return DomainEvaluation(
                    corpus: domain.corpus, clips: domain.clips, labels: labels, bootstrap: bootstrap, binning: binning,
                    temperature: temperature,
                    columns: columns)
            }
        }
        self.source = evaluation(source, nil)
        self.target = evaluation(target, source.flatMap { Temperature.fitted(to: $0.clips) })
        targetUnlabelled = target?.unlabelled
        gap = self.source.flatMap { source in self.target.map { source.accuracy.value - $0.accuracy.value } }
        if let source, let target {
            discriminator = DiscriminatorHealth(source: source.targetProbabilities, target: target.targetProbabilities)
            proxyDistance = ProxyDistance(source: source.features, target: target.features)
        }
        classLossStability = LossStability(steps.compactMap { $0[SeriesName.classTerm] })
        domainLossStability = LossStability(steps.compactMap { $0[SeriesName.domain] })
    }
}
