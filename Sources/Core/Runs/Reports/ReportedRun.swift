import Foundation
import Records
import Store
import Training

/// Scores of one run's best weights on the parts of one side, by its main head.
struct ReportedScores {
    let head: String
    let source, target: PartScores?

    /// A metric of the main head on either domain.
    func source(_ metric: String) -> Double? { source?[metric, of: head] }
    func target(_ metric: String) -> Double? { target?[metric, of: head] }
}

/// A finished run as a report sees it.
struct ReportedRun {
    let id: Int64
    let seed: UInt64
    let experiment: Experiment
    /// Flat, as `RunSettings.comparable`.
    let settings: [String: String]
    /// What its last attempt was made with.
    let provenance: Provenance?
    let validationScores: ReportedScores
    /// nil where a domain that the run reports on has no test part.
    let testScores: ReportedScores?

    /// nil where the experiment cannot be read or the run has no scores. `names` are run names by number.
    init?(_ run: StoredRun, names: [Int64: String]) {
        guard let experiment = try? Experiment.parse(run.experiment), let report = run.finalReport,
            let plan = run.plan, let head = plan.task.main?.name, let own = try? experiment.settings()
        else { return nil }
        provenance = run.summary.provenance.attempts.last
        id = run.id
        seed = run.summary.seed
        self.experiment = experiment
        settings = RunSettings.comparable(own, plan.preparation) { names[$0] }
        func scores(_ source: Part, _ target: Part) -> ReportedScores {
            ReportedScores(head: head, source: report[source], target: report[target])
        }
        validationScores = scores(.sourceValidation, .targetValidation)
        let hasTest = report[.sourceTest] != nil && (report[.targetValidation] == nil || report[.targetTest] != nil)
        testScores = hasTest ? scores(.sourceTest, .targetTest) : nil
    }

    var rowName: String { experiment.report.row.isEmpty ? experiment.name : experiment.report.row }

    /// Everything that this run was asked, in one text, but its seed and names, and but `key` or the section of that name.
    func fingerprint(without key: String?) -> String { RunSettings.fingerprint(settings, without: key) }

    /// What rows of one table must share.
    private static let shared = [
        "data.source", "data.target", "data.labels", "data.split", "data.split_seed", "data.validation_share", "data.folds", "data.fold",
        "data.fold_rule",
        "data.nested", "model.preset", "model.tokens", RunSettings.faces, RunSettings.version,
    ]

    var setting: String { Self.shared.map { settings[$0] ?? "" }.joined(separator: "\n") }

    /// `base size, sequence tokens, labels six, split by speaker (80/20, seed 42)`.
    var settingWords: String {
        let data = experiment.data
        let share = Int((100 * data.validationShare).rounded())
        return "\(experiment.model.preset.rawValue) size, \(experiment.model.tokens.rawValue) tokens, labels \(data.labels), "
            + "split \(data.split.rawValue) (\(100 - share)/\(share), seed \(data.splitSeed))"
    }

    var oracle: String? {
        experiment.targetLabelUse.map { $0.replacingOccurrences(of: "oracle: ", with: "") }
    }
}
