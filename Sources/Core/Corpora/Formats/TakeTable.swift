import Foundation

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
        var leftOut = leftOut
        if copies > 0 { leftOut["copies"] = copies }
        return try CorpusScan(clips: clips, rejected: rejected, leftOut: leftOut).finished(folder, format)
    }
}
