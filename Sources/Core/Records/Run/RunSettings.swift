// What a run was asked and how that was carried out, flat: what reports, groups of seeds and lists of differences compare runs by.

public enum RunSettings {
    /// How faces were really found, and by which version of the preparation, beside the experiment's keys. They stand under the keys that ask for it,
    /// so that a comparison of those leaves them out too.
    package static let faces = "inputs.faces.detector.effective"
    package static let version = "inputs.faces.detector.preparation"

    /// Keys that say nothing about what a run computes, beside its seed.
    public static let idleKeys: Set<String> = ["name", "training.seeds", "report.table", "report.row"]

    /// An experiment's settings with the preparation that was carried out.
    public static func all(_ settings: [String: String], _ preparation: PreparationRecord?) -> [String: String] {
        guard let preparation else { return settings }
        var settings = settings
        (settings[faces], settings[version]) = (preparation.faces, preparation.version)
        return settings
    }

    /// The same with the experiment that a start or a chooser came from in place of its run's number, which is another one for every seed.
    /// - Parameter name: the name of the run of that number.
    public static func comparable(
        _ settings: [String: String], _ preparation: PreparationRecord?, name: (Int64) -> String?
    ) -> [String: String] {
        var settings = all(settings, preparation)
        for (key, value) in settings where value.hasPrefix("run:") {
            if let number = Int64(value.dropFirst(4)), let name = name(number) { settings[key] = "run:" + name }
        }
        return settings
    }

    /// All of it in one text, but the seed and names, and but `key` or the section of that name. Runs with equal texts differ in their seed alone.
    public static func fingerprint(_ settings: [String: String], without key: String? = nil) -> String {
        settings.filter { name, _ in
            !idleKeys.contains(name) && !(key.map { name == $0 || name.hasPrefix($0 + ".") } ?? false)
        }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
    }
}
