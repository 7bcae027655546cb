// The figures that the diagnosis looks at, from a run's records.
import Metrics
import Records

extension AdaptationFigures {
    /// - Parameter epoch: as the run stood after this one; the newest unless told.
    public init(_ view: TrainView, epoch wanted: Int? = nil, evaluation: EvaluationReport? = nil) {
        self.init()
        (isPlanned, adaptation) = (view.plan != nil, view.adaptation)
        let epochs = view.epochs.filter { $0.epoch <= wanted ?? .max }
        let isNewest = epochs.count == view.epochs.count
        isOver = isNewest && view.run.map { !$0.state.isLive } ?? false
        step = isNewest ? view.step : epochs.last?.step ?? 0
        alphaMaximum = view.alphaMaximum
        let points = view.curves.points
        alpha = view.curves.last(SeriesName.alpha, upTo: step) ?? 0
        rampStart = view.alpha?.rampStart
        let domain = view.curves.place(of: SeriesName.domain)
        let recent = points.filter { $0.step <= step && $0[domain].count > 0 }.suffix(max(1, points.count / 10))
        let count = recent.reduce(0) { $0 + $1[domain].count }
        if count > 0 { domainLoss = recent.reduce(0) { $0 + $1[domain].sum } / Double(count) }
        // Of the best weights at the end: it says nothing of an earlier epoch.
        proxyDistance = isNewest ? evaluation?.proxyDistance?.distance : nil
        guard let last = epochs.last else { return }
        self.epoch = last.epoch
        let source = last.source(view.head), target = last.target(view.head)
        (sourceNamed, targetNamed) = (source?.domainAccuracy, target?.domainAccuracy)
        (sourceAccuracy, targetAccuracy) = (source?.accuracy, target?.accuracy)
        hasTarget = target != nil
        bestTarget = epochs.reduce(nil as Best?) { best, epoch in
            guard let accuracy = epoch.target(view.head)?.accuracy, accuracy > best?.accuracy ?? -1 else { return best }
            return Best(epoch: epoch.epoch, accuracy: accuracy)
        }
        let threshold = AdaptationDiagnosis.Bounds.on * alphaMaximum
        let alphas = view.curves.place(of: SeriesName.alpha)
        if let first = points.first(where: { $0[alphas].last ?? 0 >= threshold && alphaMaximum > 0 })?.step,
            let before = epochs.last(where: { $0.step < first })
        {
            gapBefore = difference(before.source(view.head)?.accuracy, before.target(view.head)?.accuracy)
        }
        if let confusion = target?.confusion { favourite = Self.favourite(confusion, view.labels) }
    }

    private static func favourite(_ confusion: [[Int]], _ labels: [String]) -> Favourite? {
        let total = confusion.reduce(0) { $0 + $1.reduce(0, +) }
        guard total > 0 else { return nil }
        let answers = labels.indices.map { column in confusion.reduce(0) { $0 + ($1.indices.contains(column) ? $1[column] : 0) } }
        guard let most = answers.indices.max(by: { answers[$0] < answers[$1] }) else { return nil }
        let truth = confusion.indices.contains(most) ? confusion[most].reduce(0, +) : 0
        return Favourite(label: labels[most], share: Double(answers[most]) / Double(total), truth: Double(truth) / Double(total))
    }
}

/// Recall of a class in both domains.
struct ClassRecall: Equatable {
    var label: String
    /// Nil where the domain has no clip of the class.
    var source, target: Double?

    static func all(_ epoch: EpochRecord, _ head: String, _ labels: [String]) -> [ClassRecall] {
        let source = epoch.source(head)?.confusion, target = epoch.target(head)?.confusion
        func recall(_ confusion: [[Int]]?, _ at: Int) -> Double? {
            guard let confusion, confusion.indices.contains(at), confusion[at].indices.contains(at) else { return nil }
            let clips = confusion[at].reduce(0, +)
            return clips > 0 ? Double(confusion[at][at]) / Double(clips) : nil
        }
        return labels.indices.map {
            ClassRecall(label: labels[$0], source: recall(source, $0), target: recall(target, $0))
        }
    }
}
