/// The panes there are, in the order of the screen. The raw value is the word for `--pane`, for a key's command and in the remembered view.
public enum PaneName: String, Sendable, Codable, CaseIterable {
    case corpora, train, adaptation, confusion, clip, errors, runs, parameters, log

    /// As the screen writes it.
    public var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

    /// The key that shows it. There are nine digits: the palette and the keys for the next and the previous pane reach the others.
    public var key: Character? { PaneName.key(at: PaneName.allCases.firstIndex(of: self) ?? 0) }

    static func key(at place: Int) -> Character? { (0..<9).contains(place) ? Character("\(place + 1)") : nil }

    /// The pane of that word, in letters of any size, or of that key.
    public init?(typed word: String) {
        guard let name = PaneName.allCases.first(where: { $0.rawValue == word.lowercased() || $0.key.map(String.init) == word }) else {
            return nil
        }
        self = name
    }
}
