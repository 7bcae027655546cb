// Whose labels training may read. The one place where a target clip's label is shown or hidden.

enum LabelAccess: Sendable {
    /// Of source clips only: every method of adaptation.
    case source
    /// Of target clips too: `supervised`, the upper bound that others are measured against.
    case both

    /// A batch's labels as training sees them, -1 where one is hidden or missing. Nothing else of a step is given the items.
    func labels(of batch: TrainingBatch) -> [Int] {
        zip(batch.domains, batch.items).map { domain, item in domain == .source || self == .both ? item.label ?? -1 : -1 }
    }
}

extension Experiment {
    /// Where training or its choices read target labels, in words; nil where they never do. Results of such a run are no result of
    /// unsupervised adaptation, and whoever lists or compares runs says so.
    public var targetLabelUse: String? {
        var uses: [String] = []
        if adapts, adaptation.method == .supervised { uses.append("learns from target labels") }
        if training.selection == .oracle { uses.append("chooses the checkpoint on target labels") }
        if adapts, adaptation.subset.usesLabels { uses.append("chooses target clips by their class") }
        return uses.isEmpty ? nil : "oracle: " + uses.joined(separator: ", ")
    }
}
