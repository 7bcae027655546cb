// A TOML document laid over defaults key by key, and checked on the way.
import Base

extension TomlValue {
    init(_ experiment: Experiment) throws(ExperimentError) {
        do {
            try self.init(encoding: experiment)
        } catch {
            throw .unreadable(path: "experiment", detail: "\(error)")
        }
    }

    func string(at path: [String]) -> String? {
        if case .string(let text)? = self[path] { return text }
        return nil
    }

    mutating func set(_ value: TomlValue, at path: [String]) {
        guard let key = path.first else {
            self = value
            return
        }
        var fields: [String: TomlValue] = [:]
        if case .table(let present) = self { fields = present }
        var child = fields[key] ?? .table([:])
        child.set(value, at: Array(path.dropFirst()))
        fields[key] = child
        self = .table(fields)
    }

    /// This template with the user's values in place. Every key must exist here and keep its type; whole numbers may stand for real ones.
    func overlaid(with user: TomlValue, path: [String]) throws(ExperimentError) -> TomlValue {
        let key = path.joined(separator: ".")
        switch (self, user) {
        case (.table(var fields), .table(let changes)):
            for (name, change) in changes.sorted(by: { $0.key < $1.key }) {
                let inner = path + [name]
                guard let field = fields[name] else {
                    throw .unknownKey(key: inner.joined(separator: "."), line: nil, nearest: Self.nearest(name, among: fields, in: path))
                }
                fields[name] = try field.overlaid(with: change, path: inner)
            }
            return .table(fields)
        case (.array(let items), .array(let changes)):
            guard let example = items.first else { return user }
            var checked: [TomlValue] = []
            for change in changes { checked.append(try example.overlaid(with: change, path: path)) }
            return .array(checked)
        case (.real, .integer(let whole)): return .real(Double(whole))
        case (.string, .string), (.integer, .integer), (.real, .real), (.bool, .bool): return user
        default: throw .wrongType(key: key, line: nil, expected: typeName, found: user.typeName)
        }
    }

    static func nearest(_ name: String, among fields: [String: TomlValue], in path: [String]) -> String? {
        nearestName(to: name, among: fields.keys.sorted()).map { (path + [$0]).joined(separator: ".") }
    }
}
