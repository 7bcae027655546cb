// Experiments as TOML: strict reading, overrides from the command line, writing back.
import Base
import Faces
import Foundation

extension Experiment {
    /// Reads TOML laid over the defaults of its `model.preset`. Tables `[preset.NAME.SECTION]` hold where that preset is chosen and win over
    /// the file's other keys; `overrides` are `section.key=value` and win over all.
    /// Throws `ExperimentError`: syntax, unknown keys, wrong types and impossible values, with line and nearest valid name.
    public static func parse(_ text: String, overrides: [String] = []) throws(ExperimentError) -> Experiment {
        let document: TomlDocument
        do { document = try TomlDocument(text) } catch {
            throw .syntax(line: error.line, column: error.column, detail: error.reason)
        }
        var tree = document.value, changes = TomlValue.table([:])
        var overridden: Set<String> = [], sizePrefix = ""
        for override in overrides {
            let (path, value) = try parseOverride(override)
            changes.set(value, at: path)
            overridden.insert(path.joined(separator: "."))
        }
        do {
            let sizes = try tree.takeSizes()
            if !sizes.isEmpty, let preset = tree.merged(with: changes).chosenPreset, let size = sizes[preset] {
                tree = tree.merged(with: size)
                sizePrefix = "preset.\(preset.rawValue)."
            }
            tree = tree.merged(with: changes)
            let template = try Self.template(for: tree)
            let merged = try template.overlaid(with: tree, path: [])
            let experiment = try decode(merged)
            try experiment.validate()
            return experiment
        } catch {
            // What an override sets stands in no line of the text.
            guard let key = error.key, !overridden.contains(key) else { throw error }
            throw error.at(line: document.line(of: (sizePrefix + key).keyPath) ?? document.line(of: key.keyPath))
        }
    }

    public static func read(_ file: URL, overrides: [String] = []) throws(ExperimentError) -> Experiment {
        let text: String
        do {
            text = try BoundedFile.text(of: file, atMost: TomlLimits().bytes)
        } catch {
            throw .unreadable(path: file.path, detail: error.reason)
        }
        return try parse(text, overrides: overrides)
    }

    /// This experiment with `section.key=value` overrides. Presets are not applied anew: only the named keys change.
    public func setting(_ overrides: [String]) throws(ExperimentError) -> Experiment {
        let experiment = try unchecked(overrides)
        try experiment.validate()
        return experiment
    }

    /// The same with names and types checked, but not whether a run could use the whole.
    public func unchecked(_ overrides: [String]) throws(ExperimentError) -> Experiment {
        var tree = try TomlValue(self)
        for override in overrides {
            let (path, value) = try Self.parseOverride(override)
            var change = TomlValue.table([:])
            change.set(value, at: path)
            tree = try tree.overlaid(with: change, path: [])
        }
        return try Self.decode(tree)
    }

    /// Every key with its value, as TOML that `parse` reads back to the same experiment.
    public func toml() throws(ExperimentError) -> String {
        try TomlValue(self).document
    }

    /// Defaults for a file: its preset's, its spectrum's, its sound encoder's, its alpha schedule's usual maximum, and the batches that its method
    /// needs.
    static func template(for tree: TomlValue) throws(ExperimentError) -> TomlValue {
        var experiment = Experiment()
        if let name = tree.string(at: ["model", "preset"]) {
            experiment = .preset(try value(name, key: "model.preset"))
        }
        if let name = tree.string(at: ["inputs", "spectrum"]) {
            experiment.inputs.use(try value(name, key: "inputs.spectrum"))
        }
        if let name = tree.string(at: ["model", "audio", "variant"]) {
            experiment.model.audio.use(try value(name, key: "model.audio.variant"))
        }
        if let name = tree.string(at: ["adaptation", "alpha", "schedule"]) {
            experiment.adaptation.alpha = AlphaSchedule(kind: try value(name, key: "adaptation.alpha.schedule"))
        }
        if let name = tree.string(at: ["adaptation", "method"]) {
            let method: AdaptationSettings.Method = try value(name, key: "adaptation.method")
            if method.comparesWithinBatch { experiment.adaptation.batches = .joint }
        }
        return try TomlValue(experiment)
    }

    static func decode(_ tree: TomlValue) throws(ExperimentError) -> Experiment {
        try checkNames(in: tree)
        do {
            return try tree.decoded()
        } catch {
            throw .unreadable(path: "experiment", detail: "\(error)")
        }
    }

    /// Keys that hold one of a few names, checked before decoding so that the error can list them.
    private static func checkNames(in tree: TomlValue) throws(ExperimentError) {
        for key in Experiment.rows {
            guard case .choice(let valid) = key.kind, let name = tree.string(at: key.path), !valid.contains(name) else { continue }
            throw .unknownValue(key: key.name, line: nil, value: name, valid: valid, nearest: nearestName(to: name, among: valid))
        }
    }

    private static func names<T: RawRepresentable & CaseIterable>(_: T.Type) -> [String] where T.RawValue == String {
        T.allCases.map(\.rawValue)
    }

    private static func value<T: RawRepresentable & CaseIterable>(_ name: String, key: String) throws(ExperimentError) -> T
    where T.RawValue == String {
        guard let value = T(rawValue: name) else {
            let valid = names(T.self)
            throw .unknownValue(key: key, line: nil, value: name, valid: valid, nearest: nearestName(to: name, among: valid))
        }
        return value
    }

    /// `training.epochs=20` to its path and value. What is no TOML value is taken as a string: `model.preset=nano`.
    private static func parseOverride(_ text: String) throws(ExperimentError) -> (path: [String], value: TomlValue) {
        guard let equals = text.firstIndex(of: "=") else { throw .malformedOverride(text) }
        let path = text[..<equals].split(separator: ".", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        guard !path.contains("") else { throw .malformedOverride(text) }
        let raw = text[text.index(after: equals)...].trimmingCharacters(in: .whitespaces)
        if let fields = try? TomlDocument("value = \(raw)").fields, fields.count == 1, let value = fields["value"] {
            return (path, value)
        }
        return (path, .string(raw))
    }
}

extension String {
    /// `a.b` as the path of a document's table.
    fileprivate var keyPath: [String] { split(separator: ".", omittingEmptySubsequences: false).map(String.init) }
}
