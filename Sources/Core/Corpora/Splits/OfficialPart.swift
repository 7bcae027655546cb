/// What corpora call their official parts, brought to `train`, `validation` and `test`.
public enum OfficialPart: String, Sendable, Codable, CaseIterable {
    case train, validation, test

    private var words: [String] {
        switch self {
        case .train: ["train", "training"]
        case .validation: ["validation", "valid", "val", "dev", "devel", "development"]
        case .test: ["test", "testing"]
        }
    }

    /// The part's name for what a table says; nil for nil.
    /// - Throws: `BadRow` for a word that is none of them.
    static func name(_ text: String?) throws -> String? {
        guard let text else { return nil }
        guard let part = allCases.first(where: { $0.words.contains(text.lowercased()) }) else {
            throw BadRow("split '\(text.prefix(40))' is not train, validation or test")
        }
        return part.rawValue
    }
}
