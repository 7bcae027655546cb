// Orders between steps: pause, resume, stop, and the few settings that may change while a run goes on.
import Corpora

/// Keys that take effect at the next step; all others need a new run.
public enum LiveKey {
    public static let all = ["optimiser.learning_rate", "adaptation.alpha.maximum", "training.patience", "training.epochs"]

    /// The full key for a full or short name: `learning_rate`, `alpha.maximum`, `training.epochs`.
    public static func full(_ name: String) -> String? { all.first { $0 == name || $0.hasSuffix("." + name) } }
}

extension Experiment {
    /// This experiment with one live key changed, and the change in words: `alpha.maximum 0.1 → 0.05`.
    func applying(live name: String, value: String) throws(ExperimentError) -> (experiment: Experiment, words: String) {
        guard let key = LiveKey.full(name) else {
            throw .unknownValue(key: "live setting", line: nil, value: name, valid: LiveKey.all, nearest: nearestName(to: name, among: LiveKey.all))
        }
        let changed = try setting(["\(key)=\(value)"])
        return (changed, "\(name) \(liveValue(key)) → \(changed.liveValue(key))")
    }

    private func liveValue(_ key: String) -> String {
        switch key {
        case "optimiser.learning_rate": return "\(optimiser.learningRate)"
        case "adaptation.alpha.maximum": return "\(adaptation.alpha.maximum)"
        case "training.patience": return "\(training.patience)"
        default: return "\(training.epochs)"
        }
    }
}
