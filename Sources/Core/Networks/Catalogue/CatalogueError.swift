// Why a model of the catalogue cannot be built or applied, said so that it can be put right.

public enum CatalogueError: Error, Equatable, CustomStringConvertible {
    case unknownModel(String, valid: [String])
    /// A configuration that is not one JSON object.
    case syntax(String)
    case configuration(key: String, problem: String)
    /// Parameters that the weights lack, and what they hold instead.
    case missing([String], instead: [String])
    /// Several sets of weights in one file, each of which fits.
    case ambiguous([String])
    case shape(name: String, expected: [Int], found: [Int])
    case input(name: String, problem: String)

    public var description: String {
        switch self {
        case .unknownModel(let name, let valid): "there is no model '\(name)' (models: \(valid.joined(separator: ", ")))"
        case .syntax(let problem): "not a JSON object: \(problem)"
        case .configuration(let key, let problem): "'\(key)' \(problem)"
        case .missing(let names, let instead):
            "the weights lack \(names.count) parameter\(names.count == 1 ? "" : "s"): \(Self.first(names))"
                + (instead.isEmpty ? "" : "; they hold \(Self.first(instead))")
        case .ambiguous(let sets):
            "the file holds \(sets.count) sets of weights that fit, and they differ: \(sets.joined(separator: ", ")). "
                + "Save the one that is meant in a file of its own: the tensors whose names begin with \(sets.first ?? "its word"), for instance"
        case .shape(let name, let expected, let found): "'\(name)' has shape \(found); this configuration needs \(expected)"
        case .input(let name, let problem): "'\(name)' \(problem)"
        }
    }

    private static func first(_ names: [String]) -> String { names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "") }
}
