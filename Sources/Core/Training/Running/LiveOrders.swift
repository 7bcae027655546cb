// Orders between steps: pause, resume, stop, and the few settings that may change while a run goes on.
import Base

/// Keys that take effect at the next step.
public enum LiveKey {
    public static let all = Experiment.rows.filter { $0.effect == .live }.map(\.name)

    /// The full key for a full or short name: `learning_rate`, `alpha.maximum`, `training.epochs`.
    public static func full(_ name: String) -> String? { all.first { $0 == name || $0.hasSuffix("." + name) } }
}

extension Experiment {
    /// This experiment with one live key changed, and the change in words: `alpha.maximum 0.1 → 0.05`.
    func applying(live name: String, value: String) throws(ExperimentError) -> (experiment: Experiment, words: String) {
        guard let key = LiveKey.full(name) else {
            if let key = Experiment.rows.first(where: { $0.name == name || $0.name.hasSuffix("." + name) }) {
                throw .notLive(key: key.name, effect: key.effect, live: LiveKey.all)
            }
            throw .unknownKey(key: name, line: nil, nearest: nearestName(to: name, among: LiveKey.all))
        }
        let changed = try setting(["\(key)=\(value)"])
        let before = try settings()[key] ?? "", after = try changed.settings()[key] ?? ""
        let words = name == key ? key.split(separator: ".").suffix(2).joined(separator: ".") : name
        return (changed, "\(words) \(before) → \(after)")
    }

    /// This experiment for a run that goes on from its checkpoint, with `section.key=value` overrides.
    /// - Throws: `ExperimentError` for a key that only a new run may change.
    func resuming(with changes: [String]) throws(ExperimentError) -> Experiment {
        let changed = try setting(changes)
        for difference in try changed.differences(from: self) where Experiment.row(named: difference.key)?.effect == .newRun {
            throw .outOfRange(
                key: difference.key, line: nil, value: difference.to,
                expected: "\(difference.from) as the run began: a change of it needs a new run, such as a child with --parent")
        }
        return changed
    }
}
