// Scores of epochs and finished runs as lines for people: the main head's metrics, under the names of the run's plan.
import Base
import Records

extension RunPlan {
    /// Metrics of the main head that need truth: loss first, then the main metric.
    private var shown: [Metric] {
        let own = metrics.filter { $0.head == task.main?.name && !$0.isLabelFree }
        return own.filter { $0.name == MetricName.loss } + own.filter { $0.name != MetricName.loss }.prefix(1)
    }

    /// `source loss 1.234 accuracy 0.567`, or that nothing is known.
    fileprivate func words(_ scores: PartScores) -> String {
        let domain = scores.part.domain.rawValue
        let values = shown.compactMap { metric in scores[metric.name, of: metric.head].map { "\(metric.title) \(score($0))" } }
        return "\(domain) " + (values.isEmpty ? "not known" : values.joined(separator: " "))
    }
}

extension EpochRecord {
    /// The parts that validate, and the label-free score that chooses the epoch, if one does.
    func words(_ plan: RunPlan) -> String {
        let chooser = plan.selection.targetScore.flatMap { chooser in
            self[.targetValidation]?[chooser.rawValue, of: plan.task.main?.name ?? ""].map { "   \(chooser.rawValue) \(score($0))" }
        }
        return scores.map { "   " + plan.words($0) }.joined() + (chooser ?? "")
    }
}

extension FinalReport {
    /// What a run came to, in lines that say on which samples: those of validation may have chosen the epoch, those of test never did.
    func lines(_ plan: RunPlan) -> [String] {
        let main = plan.mainMetric, head = plan.task.main?.name ?? ""
        func value(_ part: Part) -> Double? { main.flatMap { self[part]?[$0.name, of: $0.head] } }
        func words(_ scores: PartScores) -> String {
            guard let value = value(scores.part) else { return "not known: none of \(counted(scores.samples, "clip")) has a label" }
            let labelled = scores.confusions[head] == nil ? scores.samples : scores.labelled(by: head)
            let clips = labelled < scores.samples ? "\(labelled) labelled of \(scores.samples) clips" : "\(scores.samples) clips"
            return "\(score(value)) on \(clips)"
        }
        func line(_ title: String, _ source: Part, _ target: Part) -> String? {
            let scores = [source, target].compactMap { self[$0] }
            guard !scores.isEmpty else { return nil }
            let gap = difference(value(source), value(target)).map { "   gap \(score($0))" } ?? ""
            return "\(title): " + scores.map { "\($0.part.domain.rawValue) \(words($0))" }.joined(separator: "   ") + gap
        }
        var lines = ["best epoch \(bestEpoch) of \(epochs), chosen by \(selection.words)"]
        if let validation = line("validation", .sourceValidation, .targetValidation) { lines.append(validation) }
        lines.append(line("test", .sourceTest, .targetTest) ?? "no test part: data.nested = true keeps one that chooses nothing")
        return lines
    }
}
