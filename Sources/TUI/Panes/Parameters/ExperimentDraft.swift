// Edits of one run's experiment that are not a run yet, and can be taken back one by one.
import Training

struct ExperimentDraft: Sendable, Equatable {
    struct Step: Sendable, Equatable {
        var key: String
        /// `key=value`, and what followed from it, as a preset's sizes do.
        var overrides: [String]
        /// `lora.rank 4 → 8`
        var words: String
    }

    private(set) var steps: [Step] = []
    /// The run's own experiment.
    private(set) var base: Experiment
    private(set) var experiment: Experiment
    /// Why no run could use it as it stands.
    private(set) var problem: ExperimentError?

    init(_ base: Experiment) {
        self.base = base
        experiment = base
        problem = nil
    }

    var isEmpty: Bool { steps.isEmpty }

    /// - Throws: `ExperimentError` where the key does not take the text by itself; what it does to the whole is in `problem`.
    mutating func set(_ key: ExperimentKey, to text: String) throws(ExperimentError) {
        let overrides = try experiment.overrides(setting: key, to: text)
        let changed = try experiment.unchecked(overrides)
        guard changed != experiment else { return }
        let words = try changed.differenceWords(from: experiment)
        steps.append(Step(key: key.name, overrides: overrides, words: words))
        take(changed)
    }

    /// Takes the last edit back; what it was.
    mutating func undo() -> Step? {
        guard let last = steps.popLast() else { return nil }
        rebuild()
        return last
    }

    mutating func clear() {
        steps = []
        take(base)
    }

    /// The run changed, as by a live order: edits that it has by now are no edits any more.
    mutating func rebase(_ base: Experiment) {
        guard base != self.base else { return }
        self.base = base
        rebuild()
        guard let open = try? Set(experiment.differences(from: base).map(\.key)) else { return }
        steps.removeAll { step in !step.overrides.contains { open.contains(String($0.prefix { $0 != "=" })) } }
        rebuild()
    }

    /// Overrides that make the run's experiment into this one, for keys with one of these effects.
    func changes(_ effects: Set<ExperimentKey.Effect>) -> [(key: ExperimentKey, value: String, override: String)] {
        guard let differences = try? experiment.differences(from: base) else { return [] }
        return differences.compactMap { difference in
            guard let key = ExperimentKey.named(difference.key), effects.contains(key.effect),
                let override = try? key.override(difference.to)
            else { return nil }
            return (key, difference.to, override)
        }
    }

    private mutating func rebuild() {
        var changed = base
        for step in steps { changed = (try? changed.unchecked(step.overrides)) ?? changed }
        take(changed)
    }

    private mutating func take(_ changed: Experiment) {
        experiment = changed
        do {
            try changed.validate()
            problem = nil
        } catch {
            problem = error
        }
    }
}
