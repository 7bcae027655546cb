// Whether a path still leads to the file that was opened. SQLite goes on writing into a file that was deleted or moved away, without a word.
import Foundation
import Synchronization

/// Names a file whatever its path.
struct FileIdentity: Equatable, Sendable {
    var device: UInt64
    var inode: UInt64

    /// Of the file at a path, with its size in bytes; nil where there is none.
    /// - Throws: `StoreError.failed` where the system cannot say: that is no sign that the file has gone.
    static func at(_ path: String) throws -> (identity: FileIdentity, size: Int)? {
        var status = stat()
        while stat(path, &status) != 0 {
            if errno == EINTR { continue }
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw StoreError.failed(path: path, reason: String(cString: strerror(errno)))
        }
        return (FileIdentity(status), Int(status.st_size))
    }

    /// Of an open file; nil for a handle that is none.
    static func of(_ handle: Int32) -> FileIdentity? {
        var status = stat()
        return fstat(handle, &status) == 0 ? FileIdentity(status) : nil
    }

    private init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}

/// The store's file and its write-ahead log as they were opened. Two calls of stat(2), some microseconds, before anything is read or written.
final class StoreWatch: Sendable {
    private struct Opened {
        var file: FileIdentity?
        var log: FileIdentity?
        var patience: Double
    }

    let path: String
    private let opened: Mutex<Opened>

    init(_ path: String, patience: Double) {
        self.path = path
        opened = Mutex(Opened(patience: patience))
    }

    /// Seconds that connections wait for other programs now.
    var patience: Double {
        get { opened.withLock(\.patience) }
        set { opened.withLock { $0.patience = newValue } }
    }

    private var logPath: String { path + "-wal" }

    /// Called for each new connection: the first says which file it is, a later one must have opened the same.
    func admit() throws {
        guard let now = try FileIdentity.at(path)?.identity else { throw StoreError.gone(path: path) }
        let isSame = opened.withLock { opened in
            if opened.file == nil { opened.file = now }
            return opened.file == now
        }
        if !isSame { throw StoreError.replaced(path: path) }
    }

    /// Called when the store is open: from now on its log must stay too.
    func noteLog() {
        let log = (try? FileIdentity.at(logPath))?.identity
        opened.withLock { $0.log = log }
    }

    /// - Returns: bytes of the write-ahead log, 0 where there is none.
    /// - Throws: `StoreError.gone`, `.replaced` where the path does not lead to the opened file any more.
    @discardableResult
    func check() throws -> Int {
        let opened = opened.withLock(\.self)
        guard let now = try FileIdentity.at(path)?.identity else { throw StoreError.gone(path: path) }
        if now != opened.file { throw StoreError.replaced(path: path) }
        let log = try FileIdentity.at(logPath)
        // A log that is not the opened one would be read by nobody, or hold another history.
        if let known = opened.log, log?.identity != known { throw log == nil ? StoreError.gone(path: logPath) : StoreError.replaced(path: logPath) }
        return log?.size ?? 0
    }
}

/// How a file that is read without locks looked: whether somebody wrote it since.
struct FileStamp: Equatable, Sendable {
    private var identity: FileIdentity?
    private var size = 0
    /// Nanoseconds of the last change.
    private var changed: Int64 = 0
    private var log: Int?

    /// - Throws: `StoreError`.
    init(ofStore path: String) throws {
        guard let file = try FileIdentity.at(path) else { throw StoreError.gone(path: path) }
        (identity, size) = (file.identity, file.size)
        var status = stat()
        if stat(path, &status) == 0 { changed = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec) }
        log = try FileIdentity.at(path + "-wal")?.size
    }

    /// Whether everything is in the file itself.
    var isWhole: Bool { log ?? 0 == 0 }
}
