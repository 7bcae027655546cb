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

    /// In order.
    /// - Throws: `CorpusError.nothingFound` where there is no clip.
    func finished(_ place: URL, _ format: String) throws -> CorpusScan {
        guard !clips.isEmpty else { throw CorpusError.nothingFound(folder: place.path, format: format, rejected: rejected) }
        return CorpusScan(clips: clips.sorted { $0.name < $1.name }, rejected: rejected.sorted { $0.path < $1.path }, leftOut: leftOut)
    }
}

/// A corpus layout: how files are named and where they lie.
public protocol CorpusFormat: Sendable {
    /// Stored with the corpus, e.g. `ravdess`.
    static var name: String { get }
    /// What its files are called, in a line of help.
    static var example: String { get }
    /// Whether a single file (a table) may be the corpus.
    static var isFile: Bool { get }
    init()
    /// True where the walk holds at least one file named as in this layout. Looks at names only.
    static func recognises(_ walk: FolderWalk) -> Bool
    /// Lists the clips of a folder, or of a table, under the corpus name given. Bad files are results, not errors.
    /// - Throws: `CorpusError` where the place itself cannot be used.
    func scan(_ place: URL, corpus: String) throws -> CorpusScan
}

extension CorpusFormat {
    public static var isFile: Bool { false }

    /// True where the folder or file at `place` is of this layout.
    public static func recognises(_ place: URL) -> Bool {
        guard let walk = try? FolderWalk(place: place) else { return false }
        return (isFile || !walk.isSingleFile) && recognises(walk)
    }
}

/// The layouts this program knows.
public enum CorpusFormats {
    /// A table that someone wrote for the folder comes before what the names in it look like.
    public static let all: [any CorpusFormat.Type] = [
        Fer2013.self, Mosei.self, ClipTable.self, Ravdess.self, CremaD.self, AfewVA.self, Sewa.self, CohnKanade.self, Rafd.self,
    ]

    public static var names: [String] { all.map { $0.name } }

    /// The layout of that name (`ravdess`, `crema-d`), or nil.
    public static func named(_ name: String) -> (any CorpusFormat.Type)? { all.first { $0.name == name } }

    /// The first layout that recognises the folder or the table, or nil.
    public static func detect(_ place: URL) -> (any CorpusFormat.Type)? {
        guard let walk = try? FolderWalk(place: place) else { return nil }
        return all.first { ($0.isFile || !walk.isSingleFile) && $0.recognises(walk) }
    }
}
