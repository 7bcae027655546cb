import Foundation
import Synchronization

/// A database file and its write-ahead log as they were opened. Two calls of stat(2), some microseconds, before anything is read or written.
package final class SQLiteWatch: Sendable {
    private struct Opened {
        var file: FileIdentity?
        var log: FileIdentity?
        var patience: Double
    }

    package let path: String
    private let opened: Mutex<Opened>

    package init(_ path: String, patience: Double) {
        self.path = path
        opened = Mutex(Opened(patience: patience))
    }

    /// Seconds that connections wait for other programs now.
    package var patience: Double {
        get { opened.withLock(\.patience) }
        set { opened.withLock { $0.patience = newValue } }
    }

    private var logPath: String { path + "-wal" }

    /// Called for each new connection: the first says which file it is, a later one must have opened the same.
    package func admit() throws {
        guard let now = try FileIdentity.at(path)?.identity else { throw SQLiteFileError.gone(path: path) }
        let isSame = opened.withLock { opened in
            if opened.file == nil { opened.file = now }
            return opened.file == now
        }
        if !isSame { throw SQLiteFileError.replaced(path: path) }
    }

    /// Called when the database is open: from now on its log must stay too.
    package func noteLog() {
        let log = (try? FileIdentity.at(logPath))?.identity
        opened.withLock { $0.log = log }
    }

    /// - Returns: bytes of the write-ahead log, 0 where there is none.
    /// - Throws: `SQLiteFileError.gone`, `.replaced` where the path does not lead to the opened file any more.
    @discardableResult
    package func check() throws -> Int {
        let opened = opened.withLock(\.self)
        guard let now = try FileIdentity.at(path)?.identity else { throw SQLiteFileError.gone(path: path) }
        if now != opened.file { throw SQLiteFileError.replaced(path: path) }
        let log = try FileIdentity.at(logPath)
        // A log that is not the opened one would be read by nobody, or hold another history.
        if let known = opened.log, log?.identity != known {
            throw log == nil ? SQLiteFileError.gone(path: logPath) : SQLiteFileError.replaced(path: logPath)
        }
        return log?.size ?? 0
    }
}
