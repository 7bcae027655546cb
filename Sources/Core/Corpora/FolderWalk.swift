import Foundation

/// Lists the regular files below a folder: bounded in depth and number, names sorted, symbolic link loops entered once only.
public struct FolderWalk: Sendable {
    /// Real corpora nest at most `RAVDESS/Video_Speech_Actor_01/Actor_01/` under the folder given.
    package static let maximumDepth = 5
    /// Ten times the largest corpus known; a home folder given by mistake ends here, not in minutes.
    static let maximumEntries = 200_000

    package struct File: Equatable, Sendable {
        package var path: String
        package var name: String
        package var bytes: Int
        /// The folder that it lies in.
        package var folder: String

        package var folderName: String {
            folder.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(folder[folder.index(after: $0)...]) } ?? folder
        }
    }

    /// The folder, or the one file.
    package let path: String
    /// True where a file was named instead of a folder: it is the only one listed.
    package let isSingleFile: Bool

    package private(set) var files: [File] = []
    package private(set) var rejected: [RejectedFile] = []
    package private(set) var isTruncated = false
    private var visited: Set<FolderIdentity> = []
    private var entries = 0

    private struct FolderIdentity: Hashable, Sendable {
        var device: UInt64
        var number: UInt64
    }

    /// - Throws: `CorpusError.noSuchFolder`, `.notReadable`; folders below that cannot be read are listed in `rejected`.
    package init(_ folder: URL, depth: Int = maximumDepth) throws {
        let path = folder.standardizedFileURL.path
        self.path = path
        isSingleFile = false
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { throw CorpusError.noSuchFolder(path) }
        guard access(path, R_OK | X_OK) == 0 else { throw CorpusError.notReadable(path) }
        visit(path, depth: depth)
        if isTruncated {
            rejected.append(RejectedFile(path: path, reason: "more than \(Self.maximumEntries) files: the rest was not looked at"))
        }
        files.sort { $0.path < $1.path }
        rejected.sort { $0.path < $1.path }
    }

    /// A folder's files, or the one file that was named.
    /// - Throws: as `init(_:depth:)`.
    init(place: URL) throws {
        let path = place.standardizedFileURL.path
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            try self.init(place)
            return
        }
        guard access(path, R_OK) == 0 else { throw CorpusError.notReadable(path) }
        let url = URL(fileURLWithPath: path)
        self.init(
            File(path: path, name: url.lastPathComponent, bytes: Int(status.st_size), folder: url.deletingLastPathComponent().path))
    }

    private init(_ file: File) {
        path = file.path
        isSingleFile = true
        files = [file]
    }

    private mutating func visit(_ path: String, depth: Int) {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        let identity = FolderIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        guard visited.insert(identity).inserted else { return }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            rejected.append(RejectedFile(path: path, reason: "this folder cannot be read"))
            return
        }
        for name in names.sorted() where !name.hasPrefix(".") && name != "__MACOSX" {
            entries += 1
            guard entries <= Self.maximumEntries else {
                isTruncated = true
                return
            }
            let child = path + "/" + name
            var status = stat()
            guard stat(child, &status) == 0 else {
                rejected.append(RejectedFile(path: child, reason: "a link to something that is not there"))
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                if depth > 0 { visit(child, depth: depth - 1) }
            case S_IFREG:
                files.append(File(path: child, name: name, bytes: Int(status.st_size), folder: path))
            default:
                rejected.append(RejectedFile(path: child, reason: "neither a file nor a folder"))
            }
        }
    }
}
