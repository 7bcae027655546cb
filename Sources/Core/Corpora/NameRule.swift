/// What a name that a user gives may be: one rule for corpora, runs and label spaces.
public enum NameRule: Sendable {
    /// A corpus or a label space: clips are named `corpus/clip`, so a slash is none of its letters.
    case plain
    /// An experiment, and the run of it: `zu-dann/middle` is one of a family.
    case grouped

    public static let longest = 100

    /// What is wrong with a name, as the end of a sentence that begins with it; nil where it is right.
    public func problem(of name: String) -> String? {
        if name.allSatisfy(\.isWhitespace) { return "is empty: give 1 to \(Self.longest) characters" }
        if name.count > Self.longest { return "has \(name.count) characters: at most \(Self.longest) are possible" }
        if name.unicodeScalars.contains(where: {
            $0.properties.generalCategory == .control || $0.properties.generalCategory == .lineSeparator
        }) {
            return "has control characters or line ends in it: leave them out"
        }
        if self == .plain, name.contains("/") { return "has a slash in it: clips are named CORPUS/CLIP, so a name has none" }
        return nil
    }
}
