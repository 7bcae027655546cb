// An experiment as a flat list of keys, for comparing runs by what they were asked.
import Base

extension Experiment {
    /// Every key with its value as TOML writes it: `training.epochs` is `60`, `adaptation.method` is `dann` without quotes.
    public func settings() throws(ExperimentError) -> [String: String] {
        var settings: [String: String] = [:]
        try TomlValue(self).collect(into: &settings, path: "")
        return settings
    }

    /// All keys, sorted.
    public static var keys: [String] { (try? Experiment().settings().keys.sorted()) ?? [] }

    /// All keys and the sections that hold them: `adaptation`, `adaptation.alpha`, `adaptation.alpha.maximum`.
    public static var sections: [String] {
        let parts = keys.flatMap { key -> [String] in
            let names = key.split(separator: ".")
            return names.indices.map { names[...$0].joined(separator: ".") }
        }
        return Set(parts).sorted()
    }

    /// The key or section of that name, which may be given without what stands before it where only one fits, or one is nearer the top than the
    /// others: `alpha` is `adaptation.alpha`, not `model.lora.alpha`.
    public static func section(_ name: String) -> String? {
        if sections.contains(name) { return name }
        let ends = sections.filter { $0.hasSuffix("." + name) }
        func depth(_ name: String) -> Int { name.filter { $0 == "." }.count }
        let nearest = ends.map(depth).min(), fitting = ends.filter { depth($0) == nearest }
        return fitting.count == 1 ? fitting[0] : nil
    }
}

extension TomlValue {
    fileprivate func collect(into settings: inout [String: String], path: String) {
        if case .table(let fields) = self {
            for (name, field) in fields { field.collect(into: &settings, path: path.isEmpty ? name : path + "." + name) }
        } else {
            settings[path] = text
        }
    }

    private var text: String {
        switch self {
        case .table: ""
        case .array(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
        case .string(let text), .date(let text): text
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        }
    }
}
