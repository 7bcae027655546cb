import Foundation

// What the formats share: names cut into stem and extension, the folder above or below, copies of one take folded into one clip.

/// A file name cut at its last point; the extension in lower case.
struct FileName {
    let stem: String
    let fileExtension: String

    static let mediaExtensions: Set<String> = ["mp4", "flv", "wav", "avi", "mov", "mkv", "webm", "m4v", "mp3", "flac", "m4a", "aac", "ogg"]

    init(_ name: String) {
        if let point = name.lastIndex(of: "."), point != name.startIndex {
            stem = String(name[..<point])
            fileExtension = name[name.index(after: point)...].lowercased()
        } else {
            stem = name
            fileExtension = ""
        }
    }

    var isMedia: Bool { Self.mediaExtensions.contains(fileExtension) }
}

/// Finds files of a layout by name.
enum LayoutSearch {
    /// True where at least one file under `folder` fits. The parent is not looked at: a folder beside a corpus is no corpus.
    static func finds(in folder: URL, where fits: (FileName) -> Bool) -> Bool {
        guard let walk = try? FolderWalk(folder) else { return false }
        return walk.files.contains { fits(FileName($0.name)) }
    }
}

/// Gathers the copies of each take; a second file for the same role is rejected by name instead of being used twice.
struct TakeTable {
    enum Role: String { case both, video, audio }

    struct Files {
        /// Sound and picture in one file.
        var both: String?
        var video: String?
        var audio: String?
    }

    private(set) var takes: [String: Files] = [:]
    private(set) var rejected: [RejectedFile]
    private var bytes: [String: Int] = [:]
    /// Files of the same name and size as one that is used: mirrors of the corpora hold whole folders twice.
    private var copies = 0

    init(rejected: [RejectedFile]) { self.rejected = rejected }

    mutating func reject(_ path: String, _ reason: String) {
        rejected.append(RejectedFile(path: path, reason: reason))
    }

    mutating func add(_ role: Role, _ file: FolderWalk.File, take: String) {
        var files = takes[take] ?? Files()
        let place: WritableKeyPath<Files, String?> =
            switch role {
            case .both: \.both
            case .video: \.video
            case .audio: \.audio
            }
        guard let first = files[keyPath: place] else {
            files[keyPath: place] = file.path
            takes[take] = files
            bytes[file.path] = file.bytes
            return
        }
        let isConversion = FileName(first).fileExtension != FileName(file.name).fileExtension
        if isConversion || bytes[first] == file.bytes {
            copies += 1
        } else {
            reject(file.path, "another file for the same take is used: \(first)")
        }
    }

    /// - Throws: `CorpusError.nothingFound` where no clip is left.
    func scan(_ clips: [Clip], leftOut: [String: Int] = [:], folder: URL, format: String) throws -> CorpusScan {
        guard !clips.isEmpty else {
            throw CorpusError.nothingFound(folder: folder.path, format: format, rejected: rejected.count)
        }
        var leftOut = leftOut
        if copies > 0 { leftOut["copies"] = copies }
        return CorpusScan(
            clips: clips.sorted { $0.name < $1.name }, rejected: rejected.sorted { $0.path < $1.path }, leftOut: leftOut)
    }
}
