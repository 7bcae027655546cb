// Files that others wrote, read whole: a regular file of a bounded size, or an error that says why not. Never waits for a pipe or reads a device.
import Foundation

public enum BoundedFile {
    /// The file's bytes.
    /// - Throws: `UnreadableFile` where it is not there, is no regular file, or has more than `limit` bytes.
    public static func data(of url: URL, atMost limit: Int) throws(UnreadableFile) -> Data {
        let path = url.path
        // A path with a NUL inside would name another file.
        guard !path.utf8.contains(0) else { throw UnreadableFile(path: path, reason: "no file has such a name") }
        let file = FileCall.uninterrupted { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        guard file >= 0 else { throw UnreadableFile(path: path, reason: errno == ENOENT ? "there is no such file" : system(errno)) }
        defer { close(file) }
        var status = stat()
        guard FileCall.uninterrupted({ fstat(file, &status) }) == 0 else { throw UnreadableFile(path: path, reason: system(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw UnreadableFile(path: path, reason: status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "it is no regular file")
        }
        let tooLarge = UnreadableFile(
            path: path, reason: "it has more than \(words(limit)), which are the most that are read of such a file")
        guard status.st_size <= limit else { throw tooLarge }
        // It may grow or shrink while it is read: what counts is what is read.
        var data = Data(count: min(limit, Int(status.st_size)) + 1), count = 0
        while count <= limit {
            if count == data.count { data.count = min(limit + 1, 2 * count) }
            let part = data.withUnsafeMutableBytes { bytes in
                FileCall.uninterrupted { read(file, bytes.baseAddress! + count, bytes.count - count) }
            }
            guard part >= 0 else { throw UnreadableFile(path: path, reason: system(errno)) }
            if part == 0 { break }
            count += part
        }
        guard count <= limit else { throw tooLarge }
        data.count = count
        return data
    }

    /// The file's text.
    /// - Throws: `UnreadableFile` also where it is no UTF-8.
    public static func text(of url: URL, atMost limit: Int) throws(UnreadableFile) -> String {
        guard let text = String(validating: try data(of: url, atMost: limit), as: UTF8.self) else {
            throw UnreadableFile(path: url.path, reason: "it is no text in UTF-8")
        }
        return text
    }

    private static func system(_ code: Int32) -> String { String(cString: strerror(code)) }

    /// `64 kB`, `1 MB`.
    private static func words(_ bytes: Int) -> String {
        for (unit, size) in [("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)] where bytes >= size && bytes % size == 0 {
            return "\(bytes / size) \(unit)"
        }
        return "\(bytes) bytes"
    }
}

/// Why a file was not read.
public struct UnreadableFile: Error, Equatable, CustomStringConvertible {
    public var path: String
    public var reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(path): \(reason)" }
}
