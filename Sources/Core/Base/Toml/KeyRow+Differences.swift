// Differences of two experiments, by their flat settings: `training.epochs` is `60`, as TOML writes it.

/// One key that stands at different values in two experiments.
public struct SettingDifference: Sendable, Equatable {
    /// `model.lora.rank`.
    public var key: String
    public var from, to: String

    public init(key: String, from: String, to: String) { (self.key, self.from, self.to) = (key, from, to) }

    /// `lora.rank 8 → 4`: the last two names of the key.
    public var words: String {
        func word(_ text: String) -> String { text.isEmpty ? "“”" : text }
        return "\(key.split(separator: ".").suffix(2).joined(separator: ".")) \(word(from)) → \(word(to))"
    }
}

extension [KeyRow] {
    public func named(_ name: String) -> KeyRow? { first { $0.name == name } }

    /// The keys that stand at other values in `new` than in `old`, in the order of the rows.
    public func differences(from old: [String: String], to new: [String: String]) -> [SettingDifference] {
        compactMap { key in
            let (from, to) = (old[key.name] ?? "", new[key.name] ?? "")
            return from == to ? nil : SettingDifference(key: key.name, from: from, to: to)
        }
    }
}

extension [SettingDifference] {
    /// `lora.rank 8 → 4, augmentation.enabled false → true`; nothing where nothing differs.
    public var words: String { map(\.words).joined(separator: ", ") }
}
