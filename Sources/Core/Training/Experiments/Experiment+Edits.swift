// What a changed key comes to, and how two experiments differ.
import Base

extension Experiment {
    /// What this experiment's keys are where nothing names them: defaults of its preset, spectrum, sound encoder, method and alpha schedule.
    public func defaults() throws(ExperimentError) -> Experiment { try Self.decode(Self.template(for: TomlValue(self))) }

    /// The overrides that setting `key` to a typed value comes to: itself, and keys that stood at a default which it changes, as a preset does.
    /// - Throws: `ExperimentError` for a value that the key does not take by itself; the experiment as a whole is not looked at.
    public func overrides(setting key: KeyRow, to text: String) throws(ExperimentError) -> [String] {
        let own = try key.override(text)
        let old = try defaults().settings(), now = try settings()
        let new = try unchecked([own]).defaults().settings()
        let following = Self.rows.filter { other in
            other.name != key.name && now[other.name] == old[other.name] && old[other.name] != new[other.name]
        }
        var overrides = [own]
        for other in following { overrides.append(try other.override(new[other.name] ?? "")) }
        return overrides
    }

    /// An experiment from a text that has every key, as `toml` writes it, whether or not a run could use it.
    package static func unchecked(whole text: String) throws(ExperimentError) -> Experiment {
        let document: TomlDocument
        do { document = try TomlDocument(text) } catch {
            throw .syntax(line: error.line, column: error.column, detail: error.reason)
        }
        return try decode(document.value)
    }

    /// How this experiment differs from another, key by key in the table's order.
    public func differences(from other: Experiment) throws(ExperimentError) -> [SettingDifference] {
        Self.rows.differences(from: try other.settings(), to: try settings())
    }

    /// `lora.rank 8 → 4, augmentation.enabled false → true`; nothing where nothing differs.
    public func differenceWords(from other: Experiment) throws(ExperimentError) -> String { try differences(from: other).words }
}
