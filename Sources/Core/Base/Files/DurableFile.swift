// A file that is whole or not there: written beside its place, flushed, renamed, and the folder flushed, so that no loss of power leaves half of it.
import Foundation

public enum DurableFile {
    /// Puts a file of these bytes in the place of `url`. What was there stays until the new file is whole on the disk.
    /// - Parameter permissions: of the file, less the user's mask; by default its user's alone.
    /// - Throws: `FileFailure`; then what was there is as it was, and nothing is left beside it.
    public static func write(_ parts: [Data], to url: URL, permissions: mode_t = 0o600) throws(FileFailure) {
        let beside = url.path + ".new"
        do throws(FileFailure) {
            // What an earlier program left there goes, a link among it: it is not written through.
            unlink(beside)
            let file = try FileCall.open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, permissions)
            do throws(FileFailure) {
                for part in parts { try FileCall.write(part, to: file, path: beside) }
                try FileCall.synchronise(file, path: beside)
            } catch {
                close(file)
                throw error
            }
            // What close reports of a flushed file is of no consequence for its bytes.
            close(file)
            try FileCall.check("rename", beside) { rename(beside, url.path) }
        } catch {
            _ = try? FileCall.check("remove", beside) { unlink(beside) }
            throw FileFailure(action: error.action, path: url.path, code: error.code)
        }
        try flushFolder(of: url)
    }

    /// The same for text.
    public static func write(_ text: String, to url: URL, permissions: mode_t = 0o600) throws(FileFailure) {
        try write([Data(text.utf8)], to: url, permissions: permissions)
    }

    /// Gives the file at `from` the name `to`; a file of that name gives way in the same instant.
    public static func move(_ from: URL, to: URL) throws(FileFailure) {
        try FileCall.check("rename", from.path) { rename(from.path, to.path) }
        try flushFolder(of: to)
    }

    /// Gives the file a second name; a file that had it gives way in the same instant. Where a file system has no second names, the file moves.
    public static func keep(_ url: URL, as other: URL) throws(FileFailure) {
        let beside = other.path + ".new"
        try remove(URL(fileURLWithPath: beside))
        do throws(FileFailure) {
            try FileCall.check("link", beside) { link(url.path, beside) }
        } catch {
            guard [EPERM, ENOTSUP, ENOSYS, EMLINK].contains(error.code) else { throw error }
            return try move(url, to: other)
        }
        try FileCall.check("rename", beside) { rename(beside, other.path) }
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
    public static func read(_ url: URL) throws(FileFailure) -> Data {
        let path = url.path, file: Int32
        do throws(FileFailure) { file = try FileCall.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0) } catch {
            throw FileFailure(action: "read", path: path, code: error.code)
        }
        defer { close(file) }
        var status = stat()
        try FileCall.check("read", path) { fstat(file, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileFailure(action: "read", path: path, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        // It may grow or shrink while it is read: what counts is what is read.
        var data = Data(count: Int(status.st_size) + 1), count = 0
        while true {
            if count == data.count { data.count *= 2 }
            let part = try FileCall.check("read", path) {
                data.withUnsafeMutableBytes { Foundation.read(file, $0.baseAddress! + count, $0.count - count) }
            }
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
    public static func setAside(_ url: URL, as mark: String) throws(FileFailure) -> URL? {
        guard isThere(url) else { return nil }
        let stem = url.deletingPathExtension(), ending = url.pathExtension
        var number = 1
        while true {
            let name = "\(stem.lastPathComponent).\(mark)-\(number)" + (ending.isEmpty ? "" : ".\(ending)")
            let other = url.deletingLastPathComponent().appendingPathComponent(name)
            if !isThere(other) {
                try move(url, to: other)
                return other
            }
            number += 1
        }
    }

    /// Removes the file, if there is one.
    public static func remove(_ url: URL) throws(FileFailure) {
        do { try FileCall.check("remove", url.path) { unlink(url.path) } } catch where error.code == ENOENT {}
    }

    /// Makes the names in the file's folder last. A file system that cannot flush folders (some network ones) is no reason to fail.
    private static func flushFolder(of url: URL) throws(FileFailure) {
        let path = url.deletingLastPathComponent().path
        guard let folder = try? FileCall.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) else { return }
        defer { close(folder) }
        do { try FileCall.synchronise(folder, path: path) } catch where error.code == EINVAL || error.code == ENOTSUP {}
    }
}

/// Why a file could not be written or read: what was tried, on which path, and the system's reason.
public struct FileFailure: Error, Equatable, CustomStringConvertible {
    /// `open`, `write`, `flush`, `link`, `rename`, `remove`; `read` for a file that was to be read.
    public var action: String
    public var path: String
    /// The system's error number.
    public var code: Int32

    public init(action: String, path: String, code: Int32) {
        self.action = action
        self.path = path
        self.code = code
    }

    /// There is no file of that name.
    public var isMissing: Bool { code == ENOENT || code == ENOTDIR }

    public var description: String {
        guard action != "read" else { return "\(path) cannot be read: \(reason)\(readingAdvice)" }
        let advice = switch code {
        case ENOSPC: ". Free some space on that disk"
        case EDQUOT: ". Free some of your share of that disk"
        case EFBIG: ". The limit on the size of files (ulimit -f) is too small for it"
        case EACCES, EPERM, EROFS: ". Check the permissions of the file and its folder"
        default: ""
        }
        return "\(path) cannot be written (\(action)): \(reason)\(advice)"
    }

    /// The system's words.
    public var reason: String { String(cString: strerror(code)) }

    private var readingAdvice: String {
        switch code {
        case EACCES, EPERM: ". Check the permissions of the file and its folder"
        case EISDIR, EINVAL, ENOENT, ENOTDIR: ""
        // The disk, the network or this process: the next attempt may succeed.
        default: ". Its contents may be whole: try again, and check the disk if it stays so"
        }
    }
}

/// Calls of the system that are begun again when a signal ends them early, and that say what failed.
enum FileCall {
    /// For tests: `fault` is asked before every call of this thread within `body`; an error number makes the call fail with it, undone.
    static func failing<Value>(by fault: @escaping (_ action: String, _ path: String) -> Int32?, _ body: () throws -> Value) rethrows -> Value {
        Thread.current.threadDictionary[Fault.key] = Fault(ask: fault)
        defer { Thread.current.threadDictionary[Fault.key] = nil }
        return try body()
    }

    private final class Fault {
        static let key = "emolab.fault"
        let ask: (String, String) -> Int32?
        init(ask: @escaping (String, String) -> Int32?) { self.ask = ask }
    }

    static func open(_ path: String, _ flags: Int32, _ permissions: mode_t) throws(FileFailure) -> Int32 {
        try check("open", path) { Foundation.open(path, flags, permissions) }
    }

    static func write(_ data: Data, to file: Int32, path: String) throws(FileFailure) {
        var done = 0
        while done < data.count {
            done += try check("write", path) { data.withUnsafeBytes { Foundation.write(file, $0.baseAddress! + done, $0.count - done) } }
        }
    }

    static func synchronise(_ file: Int32, path: String) throws(FileFailure) {
        try check("flush", path) { fsync(file) }
    }

    @discardableResult
    static func check<Result: FixedWidthInteger & SignedInteger>(_ action: String, _ path: String, _ call: () -> Result) throws(FileFailure) -> Result {
        if let code = (Thread.current.threadDictionary[Fault.key] as? Fault)?.ask(action, path) { throw FileFailure(action: action, path: path, code: code) }
        let result = uninterrupted(call)
        guard result >= 0 else { throw FileFailure(action: action, path: path, code: errno) }
        return result
    }

    /// The call's result, negative where it failed for another reason than a signal; `errno` says which.
    static func uninterrupted<Result: FixedWidthInteger & SignedInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}
