// Whether there is something to train on, before a run starts.
import Records

public enum RunDataError: Error, Equatable, CustomStringConvertible {
    case empty(part: String)
    case label(clip: String, label: Int, classes: Int)
    case sharedClips(String)
    /// A source clip without a label.
    case unlabelledSource(String)
    /// No target clip of that part has a label, and this setting reads them.
    case needsTargetLabels(setting: String, part: String, remedy: String)

    public var description: String {
        switch self {
        case .empty(let part): return "there are no \(part) clips: check the corpora, the label space and the split"
        case .label(let clip, let label, let classes): return "clip \(clip) has class \(label), but there are \(classes) classes"
        case .sharedClips(let clip): return "clip \(clip) is on two sides of the split of its corpus"
        case .unlabelledSource(let clip): return "source clip \(clip) has no label: a model learns from labelled clips only"
        case .needsTargetLabels(let setting, let part, let remedy):
            return "\(setting) reads labels of the target, and none of its \(part) clips has one: \(remedy)"
        }
    }
}

extension RunData {
    func check(for experiment: Experiment) throws(RunDataError) {
        let adapts = experiment.adapts
        for (feed, part, isNeeded) in [
            (sourceTraining, "source training", true), (sourceValidation, "source validation", true),
            (targetTraining, "target training", adapts),
            (targetValidation, "target validation", adapts || experiment.training.selection.needsTarget),
        ] where isNeeded && feed.items.isEmpty {
            throw .empty(part: part)
        }
        for feed in [sourceTraining, sourceValidation, sourceTest, targetTraining, targetValidation, targetTest] {
            for item in feed.items {
                guard let label = item.label, !labels.indices.contains(label) else { continue }
                throw .label(clip: item.name, label: label, classes: labels.count)
            }
        }
        for feed in [sourceTraining, sourceValidation, sourceTest] {
            if let item = feed.items.first(where: { $0.label == nil }) { throw .unlabelledSource(item.name) }
        }
        func requireLabels(_ feed: any ClipFeed, _ part: String, _ setting: String, _ remedy: String) throws(RunDataError) {
            guard !feed.items.contains(where: { $0.label != nil }) else { return }
            throw .needsTargetLabels(setting: setting, part: part, remedy: remedy)
        }
        if experiment.training.selection == .oracle {
            try requireLabels(
                targetValidation, "validation", "training.selection = \"oracle\"",
                "choose source, or a score without labels: \(TargetScore.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        if adapts, experiment.adaptation.method == .supervised {
            try requireLabels(
                targetTraining, "training", "adaptation.method = \"supervised\"", "choose a method without target labels, e.g. dann")
        }
        if adapts, experiment.adaptation.subset.usesLabels {
            try requireLabels(
                targetTraining, "training", "adaptation.subset = \"\(experiment.adaptation.subset.rawValue)\"",
                "choose all, random or speakers")
        }
        for sides in [[sourceTraining, sourceValidation, sourceTest], [targetTraining, targetValidation, targetTest]] {
            var known: Set<String> = []
            for side in sides {
                if let shared = side.items.first(where: { known.contains($0.name) }) { throw .sharedClips(shared.name) }
                known.formUnion(side.items.map(\.name))
            }
        }
    }
}
