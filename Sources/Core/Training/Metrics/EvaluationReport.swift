// Everything that `emolab eval` says of a trained model on clips of both domains.
import Metrics

/// Scores of one domain's clips.
public struct DomainEvaluation: Sendable, Codable, Equatable {
    public struct ClassScores: Sendable, Codable, Equatable {
        public var label: String
        public var precision, recall, f1: Double
        /// Clips of the class.
        public var clips: Int
    }

    /// Scores of the clips that have one value in a column.
    public struct Group: Sendable, Codable, Equatable {
        public var value: String
        public var clips, speakers: Int
        public var accuracy, macroF1: Interval
    }

    public struct GroupTable: Sendable, Codable, Equatable {
        public var column: String
        public var groups: [Group]
    }

    public var corpus: String
    public var clips, speakers: Int
    public var accuracy, macroF1: Interval
    public var weightedF1, balancedAccuracy, cohenKappa: Double
    public var classes: [ClassScores]
    /// `confusion[truth][prediction]`.
    public var confusion: [[Int]]
    public var calibration: Calibration
    public var groups: [GroupTable]

    /// - Parameters:
    ///   - temperature: found on clips other than these.
    ///   - columns: to break down by; clips without a value are grouped as `(none)`. A column that no clip has makes no table.
    public init(
        corpus: String, clips: [MeasuredClip], labels: [String], bootstrap: Bootstrap, binning: Calibration.Binning,
        temperature: Double? = nil,
        columns: [String]
    ) {
        let scores = ClassificationScores(truth: clips.map(\.truth), predicted: clips.map(\.predicted), classes: labels.count)
        self.corpus = corpus
        self.clips = clips.count
        speakers = Set(clips.map(\.speaker)).count
        (accuracy, macroF1) = bootstrap.accuracyAndMacroF1(clips, classes: labels.count, name: "all")
        (weightedF1, balancedAccuracy, cohenKappa) = (scores.weightedF1, scores.balancedAccuracy, scores.cohenKappa)
        classes = labels.indices.map {
            ClassScores(
                label: labels[$0], precision: scores.precision[$0], recall: scores.recall[$0], f1: scores.f1[$0], clips: scores.support[$0])
        }
        confusion = scores.confusion
        calibration = Calibration(clips, binning: binning, temperature: temperature)
        groups = columns.filter { column in clips.contains { $0.columns[column] != nil } }.map { column in
            let parts = Dictionary(grouping: clips) { $0.columns[column] ?? "(none)" }
            return GroupTable(
                column: column,
                groups: parts.sorted { Self.isBefore($0.key, $1.key) }.map { value, clips in
                    let (accuracy, macroF1) = bootstrap.accuracyAndMacroF1(clips, classes: labels.count, name: "\(column).\(value)")
                    return Group(
                        value: value, clips: clips.count, speakers: Set(clips.map(\.speaker)).count, accuracy: accuracy, macroF1: macroF1)
                })
        }
    }

    /// Age bands by age, all else by name.
    private static func isBefore(_ a: String, _ b: String) -> Bool {
        func rank(_ text: String) -> Int? { AgeBand.allCases.first { $0.words == text }?.rawValue }
        if let a = rank(a), let b = rank(b) { return a < b }
        return a < b
    }
}

public struct EvaluationReport: Sendable, Codable, Equatable {
    /// `validation`, `test`, `training` or `all`: of which clips. Validation clips may have chosen the checkpoint.
    public var part: String
    public var labels: [String]
    /// What chose the checkpoint.
    public var selection: TrainingSettings.Selection
    public var bootstrap: Bootstrap
    public var source, target: DomainEvaluation?
    /// Target clips without a label: they take part in the distance between the domains and in no score. Nil where there is no target.
    public var targetUnlabelled: Int?
    /// Source accuracy minus target accuracy.
    public var gap: Double?
    public var discriminator: DiscriminatorHealth?
    public var proxyDistance: ProxyDistance?
    /// Of the class losses, and of the domain losses, of the run's steps.
    public var classLossStability, domainLossStability: LossStability?

    /// One domain's clips and answers, in the same order.
    public struct Answers {
        public var corpus: String
        public var answers: [ClipAnswer]
        /// The columns of each clip, by name.
        public var columns: [String: [String: String]]
        /// The place whose vectors stand for the clips.
        public var embedding: String

        public init(corpus: String, answers: [ClipAnswer], columns: [String: [String: String]], embedding: String) {
            (self.corpus, self.answers, self.columns, self.embedding) = (corpus, answers, columns, embedding)
        }

        /// Those with a label.
        var clips: [MeasuredClip] { answers.compactMap { MeasuredClip($0, columns: columns[$0.item.name] ?? [:]) } }
        var features: [[Float]] { answers.map { $0.embeddings[embedding] ?? $0.probabilities } }
    }

    /// Either domain may be missing, not both.
    public init(
        part: String, labels: [String], selection: TrainingSettings.Selection, source: Answers?, target: Answers?, columns: [String],
        bootstrap: Bootstrap = Bootstrap(), binning: Calibration.Binning = .width, steps: [StepRecord] = []
    ) {
        self.part = part
        self.labels = labels
        self.selection = selection
        self.bootstrap = bootstrap
        // Labels of the source alone choose the temperature: nobody has those of the target.
        func evaluation(_ domain: Answers?, _ temperature: Double?) -> DomainEvaluation? {
            domain.flatMap { domain in
                let clips = domain.clips
                guard !clips.isEmpty else { return nil }
                return DomainEvaluation(
                    corpus: domain.corpus, clips: clips, labels: labels, bootstrap: bootstrap, binning: binning, temperature: temperature,
                    columns: columns)
            }
        }
        self.source = evaluation(source, nil)
        self.target = evaluation(target, source.flatMap { Temperature.fitted(to: $0.clips) })
        targetUnlabelled = target.map { target in target.answers.count { $0.item.label == nil } }
        gap = self.source.flatMap { source in self.target.map { source.accuracy.value - $0.accuracy.value } }
        if let source, let target {
            discriminator = DiscriminatorHealth(
                source: source.answers.compactMap(\.targetProbability), target: target.answers.compactMap(\.targetProbability))
            proxyDistance = ProxyDistance(source: source.features, target: target.features)
        }
        classLossStability = LossStability(steps.compactMap(\.classLoss))
        domainLossStability = LossStability(steps.compactMap(\.domainLoss))
    }
}
