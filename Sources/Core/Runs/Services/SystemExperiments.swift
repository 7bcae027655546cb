// Reads and edits experiments of the program's systems, told as plain values.
import Base
import Records
import Training

public struct SystemExperiments: ExperimentReader {
    public let sheets: [SystemSheet]

    public init(_ systems: SystemLibrary) { sheets = systems.names.map { SystemSheet($0, keys: Experiment.rows) } }

    public func read(_ text: String) throws(ExperimentError) -> ExperimentRecord { try Self.record(Experiment.parse(text)) }

    public func overrides(setting key: KeyRow, to text: String, in record: ExperimentRecord) throws(ExperimentError) -> [String] {
        try Experiment.unchecked(whole: record.text).overrides(setting: key, to: text)
    }

    public func applying(_ overrides: [String], to record: ExperimentRecord) throws(ExperimentError) -> ExperimentRecord {
        let changed = try Experiment.unchecked(whole: record.text).unchecked(overrides)
        var edited = try Self.record(changed)
        do { try changed.validate() } catch { edited.problem = error }
        return edited
    }

    private static func record(_ experiment: Experiment) throws(ExperimentError) -> ExperimentRecord {
        ExperimentRecord(text: try experiment.toml(), settings: try experiment.settings(), defaults: try experiment.defaults().settings())
    }
}
