import Foundation
import Training

/// Scores of one run's best weights on one part.
struct ReportedScores {
    var source, target: DomainScores?
}

/// A finished run as a report sees it.
struct ReportedRun {
    let id: Int64
    let seed: UInt64
    let experiment: Experiment
    /// Flat, as `Experiment.settings`.
    let settings: [String: String]
    /// What its last attempt was made with.
    let provenance: Provenance?
    let validationScores: ReportedScores
    /// nil where a domain that the run reports on has no test part.
    let testScores: ReportedScores?

    /// nil where the experiment cannot be read or the run has no scores. `names` are run names by number.
    init?(_ run: StoredRun, names: [Int64: String]) {
        guard let experiment = try? Experiment.parse(run.experiment), var settings = try? experiment.settings(), let report = run.finalReport else { return nil }
        // A start is another file for every seed; what matters is the experiment that it came from.
        for (key, value) in settings where value.hasPrefix("run:") {
            if let number = Int64(value.dropFirst(4)), let name = names[number] { settings[key] = "run:" + name }
        }
        // What was carried out, not what was asked for, makes runs alike.
        settings[Self.facesKey] = run.plan?.preparation?.faces
        provenance = run.summary.provenance.attempts.last
        id = run.id
        seed = run.summary.seed
        self.experiment = experiment
        self.settings = settings
        validationScores = ReportedScores(source: report.source, target: report.target)
        let hasTest = report.sourceTest != nil && (report.target == nil || report.targetTest != nil)
        testScores = hasTest ? ReportedScores(source: report.sourceTest, target: report.targetTest) : nil
    }

    var rowName: String { experiment.report.row.isEmpty ? experiment.name : experiment.report.row }

    /// Everything that this run was asked, in one text, but its seed and names, and but `key` or the section of that name.
    func fingerprint(without key: String?) -> String { ReportBuilder.fingerprint(settings, without: key) }

    /// How faces were found, beside the experiment's keys. Under the key that asks for it, so that a comparison of that key leaves it out too.
    private static let facesKey = "inputs.faces.detector.effective"

    /// What rows of one table must share.
    private static let shared = [
        "data.source", "data.target", "data.labels", "data.split", "data.split_seed", "data.validation_share", "data.folds", "data.fold", "data.fold_rule",
        "data.nested", "model.preset", "model.tokens", facesKey,
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

extension ReportBuilder {
    /// Keys that say nothing about what a run computes, beside its seed.
    public static let idleKeys: Set<String> = ["name", "training.seeds", "report.table", "report.row"]

    /// Everything that an experiment asks, in one text, but its seed and names, and but `key` or the section of that name.
    /// Runs with equal texts differ in their seed alone.
    public static func fingerprint(_ settings: [String: String], without key: String? = nil) -> String {
        settings.filter { name, _ in
            !idleKeys.contains(name) && !(key.map { name == $0 || name.hasPrefix($0 + ".") } ?? false)
        }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
    }
}
