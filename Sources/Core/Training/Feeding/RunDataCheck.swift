// Whether there is something to train on, before a run starts.

public enum RunDataError: Error, Equatable, CustomStringConvertible {
    case empty(part: String)
    case label(clip: String, label: Int, classes: Int)
    case sharedClips(String)

    public var description: String {
        switch self {
        case .empty(let part): return "there are no \(part) clips: check the corpora, the label space and the split"
        case .label(let clip, let label, let classes): return "clip \(clip) has class \(label), but there are \(classes) classes"
        case .sharedClips(let clip): return "clip \(clip) is on two sides of the split of its corpus"
        }
    }
}

extension RunData {
    func check(for experiment: Experiment) throws(RunDataError) {
        let adapts = experiment.adapts
        for (feed, part, isNeeded) in [
            (sourceTraining, "source training", true), (sourceValidation, "source validation", true),
            (targetTraining, "target training", adapts), (targetValidation, "target validation", adapts || experiment.training.selection.needsTarget),
        ] where isNeeded && feed.items.isEmpty {
            throw .empty(part: part)
        }
        for feed in [sourceTraining, sourceValidation, sourceTest, targetTraining, targetValidation, targetTest] {
            if let item = feed.items.first(where: { !labels.indices.contains($0.label) }) {
                throw .label(clip: item.name, label: item.label, classes: labels.count)
            }
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
