import Foundation

// What a corpus layout must answer to come in: one file in Formats/ per layout, nothing else.

/// What a format found in a folder. Every media file of the folder is in a clip, left out on purpose, or rejected with a reason.
public struct CorpusScan: Sendable, Codable, Equatable {
    /// Sorted by name.
    public var clips: [Clip]
    /// Sorted by path.
    public var rejected: [RejectedFile]
    /// What is not used on purpose and is no fault, e.g. `["songs": 1012]`; counts of files.
    public var leftOut: [String: Int]

    public init(clips: [Clip] = [], rejected: [RejectedFile] = [], leftOut: [String: Int] = [:]) {
        self.clips = clips
        self.rejected = rejected
        self.leftOut = leftOut
    }
}

/// A corpus layout: how files are named and where they lie.
public protocol CorpusFormat: Sendable {
    /// Stored with the corpus, e.g. `ravdess`.
    static var name: String { get }
    init()
    /// True where the folder (or one level above or below) holds at least one file named as in this layout. Looks at names only.
    static func recognises(_ folder: URL) -> Bool
    /// Lists the folder's clips under the corpus name given. Bad files are results, not errors.
    /// - Throws: `CorpusError` where the folder itself cannot be used.
    func scan(_ folder: URL, corpus: String) throws -> CorpusScan
}

/// The layouts this program knows.
public enum CorpusFormats {
    public static let all: [any CorpusFormat.Type] = [Ravdess.self, CremaD.self]

    /// The layout of that name (`ravdess`, `crema-d`), or nil.
    public static func named(_ name: String) -> (any CorpusFormat.Type)? { all.first { $0.name == name } }

    /// The first layout that recognises the folder, or nil.
    public static func detect(_ folder: URL) -> (any CorpusFormat.Type)? { all.first { $0.recognises(folder) } }
}

/// Why a corpus folder, a label space or a split cannot be used.
public enum CorpusError: Error, Equatable, CustomStringConvertible {
    case noSuchFolder(String)
    case notReadable(String)
    case nothingFound(folder: String, format: String, rejected: Int)
    case unknownLabelSpace(String, known: [String])
    case badLabels(String)
    case tooFewSpeakers(corpus: String, speakers: Int)
    case badShare(Double)

    public var description: String {
        switch self {
        case .noSuchFolder(let path): "no folder at \(path): give the folder that the corpus was unpacked to"
        case .notReadable(let path): "\(path) cannot be read: check its permissions"
        case .nothingFound(let folder, let format, let rejected):
            "no clip in the layout of \(format) under \(folder)"
                + (rejected > 0 ? "; \(rejected) files there have names or contents that do not fit" : "")
        case .unknownLabelSpace(let name, let known):
            "no label space named \(name); there are \(known.joined(separator: ", "))"
        case .badLabels(let reason): "labels.toml: \(reason)"
        case .tooFewSpeakers(let corpus, let speakers):
            "\(corpus) has \(speakers) speaker\(speakers == 1 ? "" : "s"): a split by speaker needs at least two; use a random split"
        case .badShare(let share): "a share of \(share) cannot be used: it must be above 0 and below 1"
        }
    }
}
