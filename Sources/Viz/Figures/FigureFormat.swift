// What a figure is written as: its file's ending decides.

public enum FigureFormat: String, Sendable, CaseIterable {
    case png, svg

    /// nil where the name ends otherwise.
    public init?(path: String) {
        guard let format = Self.allCases.first(where: { path.lowercased().hasSuffix("." + $0.rawValue) }) else { return nil }
        self = format
    }
}
