// A run's epochs as a table for people: a column a part and metric.
import Records

struct EpochTable {
    private let plan: RunPlan
    private let epochs: [EpochRecord]

    init(_ plan: RunPlan, _ epochs: [EpochRecord]) { (self.plan, self.epochs) = (plan, epochs) }

    private struct Column {
        var part: Part
        var metric: Metric
    }

    /// Of every part that some epoch has: the losses of its heads, then their other metrics. What is of no head tells the domains apart, and stands
    /// once, at the end.
    private var columns: [Column] {
        let parts = Part.allCases.filter { part in epochs.contains { $0[part] != nil } }
        let own = plan.metrics.filter { !$0.isLabelFree && !$0.head.isEmpty }
        let losses = own.filter { $0.name == MetricName.loss }, others = own.filter { $0.name != MetricName.loss }
        let shared = plan.metrics.filter(\.head.isEmpty).compactMap { metric in parts.last.map { Column(part: $0, metric: metric) } }
        return parts.flatMap { part in (losses + others).map { Column(part: part, metric: $0) } } + shared
    }

    func show() {
        let columns = columns
        printTable(
            header: ["epoch"] + columns.indices.map { title(columns, $0) } + [""],
            rows: epochs.map { epoch in
                ["\(epoch.epoch)"] + columns.map { text(epoch, $0) } + [epoch.isBest ? "best" : ""]
            }, rightAligned: Set(0...columns.count))
    }

    /// The domain stands before the first column of its part.
    private func title(_ columns: [Column], _ index: Int) -> String {
        let column = columns[index], isFirst = index == 0 || columns[index - 1].part != column.part
        let side = plan.task.heads.count > 1 && !column.metric.head.isEmpty ? column.metric.head + " " : ""
        return (isFirst ? column.part.domain.rawValue + " " : "") + side + column.metric.title
    }

    private func text(_ epoch: EpochRecord, _ column: Column) -> String {
        guard let scores = epoch[column.part] else { return "" }
        if let value = scores[column.metric.name, of: column.metric.head] { return score(value) }
        return column.metric == plan.mainMetric ? "not known" : ""
    }

    /// Scores that need no labels, each with the epoch that is best by it.
    func showLabelFree() {
        let metrics = plan.metrics.filter(\.isLabelFree)
        let best = metrics.map { metric in
            epochs.reduce(nil as EpochRecord?) { best, epoch in
                guard let value = epoch.value(metric) else { return best }
                guard let old = best?.value(metric) else { return epoch }
                return metric.isBetter(value, than: old) ? epoch : best
            }?.epoch
        }
        printTable(
            header: ["epoch"] + metrics.map { "\($0.name) \($0.direction == .higherIsBetter ? "↑" : "↓")" },
            rows: epochs.map { epoch in
                ["\(epoch.epoch)"] + zip(metrics, best).map { score(epoch.value($0)) + ($1 == epoch.epoch ? "*" : " ") }
            }, rightAligned: Set(0...metrics.count))
    }
}

extension EpochRecord {
    /// A label-free metric, which is of the target.
    func value(_ metric: Metric) -> Double? { self[.targetValidation]?[metric.name, of: metric.head] }
}
