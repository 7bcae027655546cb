import Foundation
import Records

extension LearningTask {
    /// What epochs of a classifier tell, in the order in which it is shown.
    /// - Parameters:
    ///   - hasDiscriminator: a discriminator tells the domains apart.
    ///   - hasTarget: target clips are validated.
    func metrics(hasDiscriminator: Bool, hasTarget: Bool) -> [Metric] {
        guard let head = main?.name else { return [] }
        let classes = Double(labels.count)
        var metrics = [
            Metric(MetricName.accuracy, of: head, .higherIsBetter, from: 0, to: 1, baseline: Metric.Baseline("chance", 1 / classes)),
            Metric(MetricName.macroF1, of: head, title: "macro-F1", .higherIsBetter, from: 0, to: 1),
            Metric(MetricName.loss, of: head, .lowerIsBetter, from: 0, unit: "nats"),
        ]
        if hasDiscriminator {
            metrics.append(
                Metric(
                    MetricName.domainAccuracy, title: "domain accuracy", .neither, from: 0, to: 1,
                    baseline: Metric.Baseline("chance", 0.5)))
        }
        guard hasTarget else { return metrics }
        return metrics + TargetScore.allCases.map { $0.metric(of: head, classes: classes) }
    }
}

extension TargetScore {
    fileprivate func metric(of head: String, classes: Double) -> Metric {
        let isEntropy = self == .entropy || self == .infomax
        return Metric(
            rawValue, of: head, title: words, direction, from: self == .dev ? nil : 0, to: isEntropy ? log(classes) : nil,
            unit: isEntropy ? "nats" : nil, isLabelFree: true)
    }
}
