// An experiment as plain values: what is shown, compared and edited without knowing what a system makes of it.
import Base

public struct ExperimentRecord: Sendable, Equatable {
    /// TOML with every key.
    public var text: String
    /// Every key with its value as TOML writes it: `training.epochs` is `60`.
    public var settings: [String: String]
    /// The same where nothing names a key: defaults of the program, the system and whatever else of it sets others.
    public var defaults: [String: String]
    /// Why no run could use it as it stands.
    public var problem: ExperimentError?

    public init(text: String, settings: [String: String], defaults: [String: String], problem: ExperimentError? = nil) {
        (self.text, self.settings, self.defaults, self.problem) = (text, settings, defaults, problem)
    }

    public var name: String { settings["name"] ?? "" }
    /// Name of the label space.
    public var labels: String { settings["data.labels"] ?? "" }
}

/// A published system as the screen and reports see it.
public struct SystemSheet: Sendable, Equatable {
    public var name: String
    /// Rows of its experiments' keys, in the order of a file.
    public var keys: [KeyRow]

    public init(_ name: String, keys: [KeyRow]) { (self.name, self.keys) = (name, keys) }
}

/// Reads and edits experiments. Must answer at once: it is asked between a key press and the next frame.
public protocol ExperimentReader: Sendable {
    /// The systems that this program knows.
    var sheets: [SystemSheet] { get }
    /// - Throws: what a run would complain about.
    func read(_ text: String) throws(ExperimentError) -> ExperimentRecord
    /// The overrides that setting `key` to a typed value comes to: itself, and keys that stood at a default which it changes, as a preset does.
    /// - Throws: for a value that the key does not take by itself.
    func overrides(setting key: KeyRow, to text: String, in record: ExperimentRecord) throws(ExperimentError) -> [String]
    /// The experiment with `section.key=value` overrides. What is wrong with the whole is its `problem`.
    func applying(_ overrides: [String], to record: ExperimentRecord) throws(ExperimentError) -> ExperimentRecord
}

extension ExperimentReader {
    /// Rows of the keys that an experiment has.
    public func keys(of record: ExperimentRecord) -> [KeyRow] {
        (sheets.first { $0.name == record.settings["system"] } ?? sheets.first)?.keys ?? []
    }

    /// Names of the keys that take effect at a run's next step, of all systems.
    public var liveKeys: [String] {
        var names: [String] = []
        for key in sheets.flatMap(\.keys) where key.effect == .live && !names.contains(key.name) { names.append(key.name) }
        return names
    }
}
