import Base
import Foundation

/// A media file or folder of pictures as it lies on disk: its content is hashed anew where this changes.
struct MediaSignature: Equatable {
    var text: String
    /// True where the last change is so fresh that another within the clock's tick could not be told from it.
    var isFresh: Bool
    /// Files to hash, in order.
    fileprivate var files: [String]
    fileprivate var isFolder: Bool

    /// Nil where there is nothing that can be read at the path.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        isFolder = status.st_mode & S_IFMT == S_IFDIR
        guard isFolder || status.st_mode & S_IFMT == S_IFREG else { return nil }
        guard isFolder else {
            text = Self.words(status)
            isFresh = Self.isFresh(status)
            files = [path]
            return
        }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return nil }
        var (all, fresh): ([String], Bool) = ([], false)
        files = []
        for name in names.sorted() where !name.hasPrefix(".") {
            guard stat(path + "/" + name, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            all.append(name + " " + Self.words(status))
            fresh = fresh || Self.isFresh(status)
            files.append(path + "/" + name)
        }
        text = "folder " + ContentHash.text(all.joined(separator: "\n"))
        isFresh = fresh
    }

    /// The content behind it: of a folder, its files' names and contents.
    func content() -> String? {
        guard isFolder else { return ContentHash.file(files[0]) }
        var all: [String] = []
        for file in files {
            guard let content = ContentHash.file(file) else { return nil }
            all.append((file as NSString).lastPathComponent + " " + content)
        }
        return ContentHash.text(all.joined(separator: "\n"))
    }

    /// Size and times; the time of change cannot be set back, unlike that of the content.
    private static func words(_ status: stat) -> String {
        #if os(Linux)
            let (content, change) = (status.st_mtim, status.st_ctim)
        #else
            let (content, change) = (status.st_mtimespec, status.st_ctimespec)
        #endif
        return "\(status.st_size) \(content.tv_sec).\(content.tv_nsec) \(change.tv_sec).\(change.tv_nsec)"
    }

    private static func isFresh(_ status: stat) -> Bool {
        #if os(Linux)
            let change = status.st_ctim
        #else
            let change = status.st_ctimespec
        #endif
        return Date().timeIntervalSince1970 - Double(change.tv_sec) < 2
    }
}
