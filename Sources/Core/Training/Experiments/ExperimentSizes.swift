// `[preset.NAME.…]` in an experiment's file: what holds at one size only, so that the same file runs at every size.
import Base

extension TomlValue {
    /// Takes the tables of sizes out of a file's tree: sections by preset, as the file has them.
    mutating func takeSizes() throws(ExperimentError) -> [ModelSettings.Preset: TomlValue] {
        guard case .table(var fields) = self, let tables = fields.removeValue(forKey: "preset") else { return [:] }
        guard case .table(let named) = tables else {
            throw .wrongType(key: "preset", line: nil, expected: "tables [preset.NAME.SECTION]", found: tables.typeName)
        }
        self = .table(fields)
        var sizes: [ModelSettings.Preset: TomlValue] = [:]
        for (name, sections) in named.sorted(by: { $0.key < $1.key }) {
            let path = ["preset", name]
            guard let preset = ModelSettings.Preset(rawValue: name) else {
                throw .unknownKey(
                    key: path.joined(separator: "."), line: nil,
                    nearest: Self.nearest(
                        name, among: Dictionary(uniqueKeysWithValues: ModelSettings.Preset.allCases.map { ($0.rawValue, .bool(true)) }),
                        in: ["preset"]))
            }
            guard sections[["model", "preset"]] == nil else {
                throw .outOfRange(
                    key: "preset.\(name).model.preset", line: nil, value: "named",
                    expected: "left out: the table holds where that preset is chosen")
            }
            // Keys and types are checked at every size, also where this one is not chosen.
            _ = try TomlValue(.preset(preset)).overlaid(with: sections, path: path)
            sizes[preset] = sections
        }
        return sizes
    }

    /// The preset that the file chooses, `base` where it names none; nil for a name that is none.
    var chosenPreset: ModelSettings.Preset? {
        guard let name = string(at: ["model", "preset"]) else { return Experiment().model.preset }
        return ModelSettings.Preset(rawValue: name)
    }

    /// Both trees in one: where they differ the other's value.
    func merged(with other: TomlValue) -> TomlValue {
        guard case .table(let fields) = self, case .table(let changes) = other else { return other }
        return .table(fields.merging(changes) { $0.merged(with: $1) })
    }
}
