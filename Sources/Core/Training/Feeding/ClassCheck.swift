// Classes that no clip shows: a score hides them, so they are named before the first step.
import Records

/// What the labels of a corpus' clips lack of the label space.
public struct ClassCheck {
    private let training, validation: [ClipItem]
    private let labels: [String]
    private let corpus: String
    private let domain: Domain
    private let adapts: Bool

    /// - Parameter adapts: whether the run draws the target's features towards the source's.
    public init(training: [ClipItem], validation: [ClipItem], labels: [String], corpus: String, domain: Domain, adapts: Bool) {
        (self.training, self.validation, self.labels, self.corpus, self.domain) = (training, validation, labels, corpus, domain)
        self.adapts = adapts
    }

    /// One sentence a finding; none where every class is there.
    public var warnings: [String] {
        let shown = Set(training.compactMap(\.label)), all = shown.union(validation.compactMap(\.label))
        switch domain {
        case .source:
            let missing = labels.indices.filter { !shown.contains($0) }
            guard !training.isEmpty, !missing.isEmpty else { return [] }
            let only =
                shown.count == 1
                ? ": all of them are \(names(Array(shown))), and an accuracy of 1.000 says nothing"
                : ": the model cannot learn \(missing.count == 1 ? "it" : "them")"
            return ["\(corpus), source: no training clip is \(names(missing))\(only)"]
        case .target:
            let unlabelled = (training + validation).count { $0.label == nil }, clips = training.count + validation.count
            if unlabelled == clips {
                let use = adapts ? "they take part in the adaptation, " : ""
                return clips == 0 ? [] : ["\(corpus), target: none of its \(clips) clips has a label: \(use)target scores are not known"]
            }
            var warnings: [String] = []
            if unlabelled > 0 {
                let measured = validation.count { $0.label != nil }
                let use = adapts ? "they take part in the adaptation, " : ""
                let scores = measured == 0 ? "not known: no validation clip has one" : "of the \(measured) labelled validation clips"
                warnings.append("\(corpus), target: \(unlabelled) of its \(clips) clips have no label: \(use)target scores are \(scores)")
            }
            let missing = labels.indices.filter { !all.contains($0) }
            if !missing.isEmpty {
                warnings.append(
                    "\(corpus), target: no clip is \(names(missing)): target scores say nothing of \(missing.count == 1 ? "it" : "them")")
            }
            return warnings
        }
    }

    private func names(_ classes: [Int]) -> String {
        let names = classes.sorted().map { labels[$0] }
        return names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }
}
