// Scores by the names that the present panes draw.
import Records
import Viz

extension SeriesName {
    /// Cross-entropy of labelled samples.
    static let classes = Series(.term, "class")
}

/// Scores of one part by one head.
struct HeadScores: Equatable {
    let part: PartScores
    let head: String

    var accuracy: Double? { part[MetricName.accuracy, of: head] }
    var macroF1: Double? { part[MetricName.macroF1, of: head] }
    var loss: Double? { part[MetricName.loss, of: head] }
    /// Of no head.
    var domainAccuracy: Double? { part[MetricName.domainAccuracy, of: ""] }
    var confusion: [[Int]]? { part.confusions[head] }

    subscript(score: TargetScore) -> Double? { part[score.rawValue, of: head] }
}

extension EpochRecord {
    /// The validation part of a domain; nil where the run has none.
    func scores(_ domain: Domain, of head: String) -> HeadScores? {
        self[Part(domain, .validation)].map { HeadScores(part: $0, head: head) }
    }

    func source(_ head: String) -> HeadScores? { scores(.source, of: head) }
    func target(_ head: String) -> HeadScores? { scores(.target, of: head) }

    /// Whether any label-free score was taken.
    func hasTargetScores(_ head: String) -> Bool {
        target(head).map { scores in TargetScore.allCases.contains { scores[$0] != nil } } ?? false
    }
}

extension Metric {
    /// Runs from 0 to 1.
    var isShare: Bool { lower == 0 && upper == 1 }
    /// A value as this metric prints it: `.812` for a share, else three digits.
    func text(_ value: Double) -> String { isShare ? Numbers.share(value) : Numbers.three(value) }
}

extension RunPlan {
    /// The main head's name.
    var head: String { task.main?.name ?? "" }
    /// Names of the dimensions where the main head answers with values; empty for classes.
    var dimensions: [String] { task.mainTarget?.dimensions?.map(\.name) ?? [] }

    /// The notice of a pane that cannot draw such answers.
    var valuesNotice: String? {
        dimensions.isEmpty ? nil : "The model answers with values (\(dimensions.joined(separator: ", "))), which cannot be drawn here yet."
    }
}
