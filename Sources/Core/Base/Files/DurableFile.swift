// A file that is whole or not there: written beside its place, flushed, renamed, and the folder flushed, so that no loss of power leaves half of it.
import Foundation

/// Files that are written, read, moved and removed by the calls it is given. `DurableFile.write` and its like use the system's own.
public struct DurableFile: Sendable {
    /// Files by the system's own calls.
    public static let system = DurableFile(SystemFileCalls())

    private let calls: any FileCalls

    public init(_ calls: any FileCalls) { self.calls = calls }

    /// Puts a file of these bytes in the place of `url`. What was there stays until the new file is whole on the disk.
    /// - Parameter permissions: of the file, less the user's mask; by default its user's alone.
    /// - Throws: `FileFailure`; then what was there is as it was, and nothing is left beside it.
    public func write(_ parts: [Data], to url: URL, permissions: mode_t = 0o600) throws(FileFailure) {
        let beside = url.path + ".new"
        do throws(FileFailure) {
            // An earlier program may have left a file or a link there: it is removed, so that nothing is written through a link.
            unlink(beside)
            let file = try calls.open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, permissions)
            do throws(FileFailure) {
                for part in parts { try calls.writeAll(part, to: file, path: beside) }
                try calls.flush(file, path: beside)
            } catch {
                close(file)
                throw error
            }
            // The bytes were flushed, so an error of close says nothing about them.
            close(file)
            try calls.rename(beside, to: url.path)
        } catch {
            try? calls.remove(beside)
            throw FileFailure(action: error.action, path: url.path, code: error.code)
        }
        try flushFolder(of: url)
    }

    /// The same for text.
    public func write(_ text: String, to url: URL, permissions: mode_t = 0o600) throws(FileFailure) {
        try write([Data(text.utf8)], to: url, permissions: permissions)
    }

    /// Gives the file at `from` the name `to`; a file of that name gives way in the same instant.
    public func move(_ from: URL, to: URL) throws(FileFailure) {
        try calls.rename(from.path, to: to.path)
        try flushFolder(of: to)
    }

    /// Gives the file a second name; a file that had it gives way in the same instant. Where a file system has no second names, the file moves.
    public func keep(_ url: URL, as other: URL) throws(FileFailure) {
        let beside = other.path + ".new"
        try remove(URL(fileURLWithPath: beside))
        do throws(FileFailure) {
            try calls.link(url.path, as: beside)
        } catch {
            guard [EPERM, ENOTSUP, ENOSYS, EMLINK].contains(error.code) else { throw error }
            return try move(url, to: other)
        }
        try calls.rename(beside, to: other.path)
        // rename leaves both names where they are of one file already.
        try remove(URL(fileURLWithPath: beside))
        try flushFolder(of: other)
    }

    /// Whether there is something of that name. Where the system cannot say, there may be: what is done with it then says why it cannot.
    public static func isThere(_ url: URL) -> Bool {
        var status = stat()
        return FileCall.uninterrupted { lstat(url.path, &status) } == 0 || (errno != ENOENT && errno != ENOTDIR)
    }

    /// The file's bytes, all of them.
    /// - Throws: `FileFailure` where they cannot be read, which says nothing about what they are; `isMissing` where there is no such file.
    public func read(_ url: URL) throws(FileFailure) -> Data {
        let path = url.path, file: Int32
        do throws(FileFailure) { file = try calls.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0) } catch {
            throw FileFailure(action: "read", path: path, code: error.code)
        }
        defer { close(file) }
        let status = try calls.status(of: file, path: path)
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileFailure(action: "read", path: path, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        // It may grow or shrink while it is read: what counts is what is read.
        var data = Data(count: Int(status.st_size) + 1), count = 0
        while true {
            if count == data.count { data.count *= 2 }
            let part = try calls.read(file, into: &data, from: count, path: path)
            if part == 0 { break }
            count += part
        }
        data.count = count
        return data
    }

    /// Gives a file another name beside it, so that what comes to its place destroys nothing: `last.ckpt` becomes `last.MARK-1.ckpt`, or the next
    /// number that is free.
    /// - Returns: the file under its new name; nil where there was none.
    @discardableResult
    public func setAside(_ url: URL, as mark: String) throws(FileFailure) -> URL? {
        guard Self.isThere(url) else { return nil }
        let stem = url.deletingPathExtension(), ending = url.pathExtension
        var number = 1
        while true {
            let name = "\(stem.lastPathComponent).\(mark)-\(number)" + (ending.isEmpty ? "" : ".\(ending)")
            let other = url.deletingLastPathComponent().appendingPathComponent(name)
            if !Self.isThere(other) {
                try move(url, to: other)
                return other
            }
            number += 1
        }
    }

    /// Removes the file, if there is one.
    public func remove(_ url: URL) throws(FileFailure) {
        do { try calls.remove(url.path) } catch  where error.code == ENOENT {}
    }

    /// Makes the names in the file's folder last. A file system that cannot flush folders (some network ones) is no reason to fail.
    private func flushFolder(of url: URL) throws(FileFailure) {
        let path = url.deletingLastPathComponent().path
        guard let folder = try? calls.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) else { return }
        defer { close(folder) }
        do { try calls.flush(folder, path: path) } catch  where error.code == EINVAL || error.code == ENOTSUP {}
    }
}

extension DurableFile {
    public static func write(_ parts: [Data], to url: URL, permissions: mode_t = 0o600) throws(FileFailure) {
        try system.write(parts, to: url, permissions: permissions)
    }

    public static func write(_ text: String, to url: URL, permissions: mode_t = 0o600) throws(FileFailure) {
        try system.write(text, to: url, permissions: permissions)
    }

    public static func read(_ url: URL) throws(FileFailure) -> Data { try system.read(url) }

    @discardableResult
    public static func setAside(_ url: URL, as mark: String) throws(FileFailure) -> URL? { try system.setAside(url, as: mark) }

    public static func remove(_ url: URL) throws(FileFailure) { try system.remove(url) }
}
