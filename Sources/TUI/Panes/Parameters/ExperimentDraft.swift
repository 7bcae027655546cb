// Edits of one run's experiment that are not a run yet, and can be taken back one by one.
import Base
import Records

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
    private(set) var base: ExperimentRecord
    private(set) var experiment: ExperimentRecord

    init(_ base: ExperimentRecord) { (self.base, experiment) = (base, base) }

    var isEmpty: Bool { steps.isEmpty }
    /// Why no run could use it as it stands.
    var problem: ExperimentError? { experiment.problem }

    /// - Throws: `ExperimentError` where the key does not take the text by itself; what it does to the whole is in `problem`.
    mutating func set(_ key: KeyRow, to text: String, by reader: any ExperimentReader) throws(ExperimentError) {
        let overrides = try reader.overrides(setting: key, to: text, in: experiment)
        let changed = try reader.applying(overrides, to: experiment)
        guard changed.settings != experiment.settings else { return }
        let words = reader.keys(of: changed).differences(from: experiment.settings, to: changed.settings).words
        steps.append(Step(key: key.name, overrides: overrides, words: words))
        experiment = changed
    }

    /// Takes the last edit back; what it was.
    mutating func undo(by reader: any ExperimentReader) -> Step? {
        guard let last = steps.popLast() else { return nil }
        rebuild(by: reader)
        return last
    }

    /// The run changed, as by a live order: edits that it has by now are no edits any more.
    mutating func rebase(_ base: ExperimentRecord, by reader: any ExperimentReader) {
        guard base != self.base else { return }
        self.base = base
        rebuild(by: reader)
        let open = Set(reader.keys(of: base).differences(from: base.settings, to: experiment.settings).map(\.key))
        steps.removeAll { step in !step.overrides.contains { open.contains(String($0.prefix { $0 != "=" })) } }
        rebuild(by: reader)
    }

    /// Overrides that make the run's experiment into this one, for keys with one of these effects.
    func changes(_ effects: Set<KeyRow.Effect>, of keys: [KeyRow]) -> [(key: KeyRow, value: String, override: String)] {
        keys.differences(from: base.settings, to: experiment.settings).compactMap { difference in
            guard let key = keys.named(difference.key), effects.contains(key.effect),
                let override = try? key.override(difference.to)
            else { return nil }
            return (key, difference.to, override)
        }
    }

    private mutating func rebuild(by reader: any ExperimentReader) {
        var changed = base
        for step in steps { changed = (try? reader.applying(step.overrides, to: changed)) ?? changed }
        experiment = changed
    }
}
