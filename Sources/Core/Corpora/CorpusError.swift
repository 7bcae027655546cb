import Base
/// Why a corpus folder, a label space or a split cannot be used.
public enum CorpusError: Error, Equatable, CustomStringConvertible {
    case noSuchFolder(String)
    case notReadable(String)
    /// With what does not fit, in the order in which it was found.
    case nothingFound(folder: String, format: String, rejected: [RejectedFile])
    case badTable(path: String, reason: String)
    case badTrack(path: String, reason: String)
    case unknownLabelSpace(String, known: [String], nearest: String?)
    case badLabels(file: String, line: Int?, reason: String)
    case tooFewSpeakers(corpus: String, speakers: Int, needed: Int)
    case badShare(Double)
    case badFold(fold: Int, folds: Int)
    case noOfficialParts(corpus: String, missing: [String])

    public var description: String {
        switch self {
        case .noSuchFolder(let path): "no folder at \(path): give the folder that the corpus was unpacked to"
        case .notReadable(let path): "\(path) cannot be read: check its permissions"
        case .nothingFound(let folder, let format, let rejected):
            "no clip in the layout of \(format) under \(folder)" + Self.first(of: rejected)
        case .badTable(let path, let reason): "\(path): \(reason)"
        case .badTrack(let path, let reason): "\(path): the labels over time cannot be read: \(reason)"
        case .unknownLabelSpace(let name, let known, let nearest):
            "no label space named \(name)" + (nearest.map { ", did you mean \($0)?" } ?? ";")
                + " there are \(known.joined(separator: ", ")); or name a file: spaces.toml or spaces.toml#name"
        case .badLabels(let file, let line, let reason): file + (line.map { ", line \($0)" } ?? "") + ": " + reason
        case .tooFewSpeakers(let corpus, let speakers, let needed):
            "\(corpus) has \(counted(speakers, "speaker")): this split needs at least \(needed); use fewer folds or a random split"
        case .badShare(let share): "a share of \(share) cannot be used: it must be above 0 and below 1"
        case .badFold(let fold, let folds): "there is no fold \(fold): the rule makes folds 1 to \(folds) of these speakers"
        case .noOfficialParts(let corpus, let missing):
            "\(corpus) has no official \(missing.joined(separator: " and no ")) part: "
                + (missing == ["validation"] ? "data.nested = true cuts one from its training speakers" : "use a split by speaker")
        }
    }

    /// The first reasons: where all rows fail, they mostly fail alike.
    private static func first(of rejected: [RejectedFile]) -> String {
        if rejected.isEmpty { return "" }
        let lines = rejected.prefix(3).map { "\n  \($0.path): \($0.reason)" }.joined()
        return "; \(rejected.count) \(rejected.count == 1 ? "file or row there does" : "files or rows there do") not fit"
            + (rejected.count > 3 ? ", the first of them:" : ":") + lines
    }
}
