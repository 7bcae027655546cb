import Foundation
import GRDB
import Synchronization

/// Connections that only read a database file. SQLite makes side files beside a file that it opens, so one that is not ours to write is read without
/// locks where all of it is in the file itself, and opened anew once somebody else wrote it.
package final class SQLiteReader: Sendable {
    private struct Opened {
        var reader: any DatabaseReader
        /// How the file looked; nil for one that is read with locks.
        var stamp: SQLiteStamp?
    }

    private let path: String
    private let configuration: Configuration
    private let opened: Mutex<Opened>

    /// - Throws: `SQLiteFileError`, database errors.
    package init(_ path: String, _ configuration: Configuration) throws {
        var configuration = configuration
        configuration.readonly = true
        self.path = path
        self.configuration = configuration
        opened = Mutex(try Self.open(path, configuration))
    }

    /// Reads what was written last. What somebody wrote while it was read without locks is read again, so `body` may be called more than once.
    /// - Throws: `SQLiteFileError`, database errors, what `body` throws.
    package func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        while true {
            let now = try current()
            let result = Result { try now.reader.read(body) }
            if let stamp = now.stamp, try SQLiteStamp(path) != stamp { continue }
            return try result.get()
        }
    }

    package func close() throws { try opened.withLock(\.reader).close() }

    private func current() throws -> Opened {
        let last = opened.withLock(\.self)
        guard let stamp = last.stamp, try SQLiteStamp(path) != stamp else { return last }
        let fresh = try Self.open(path, configuration)
        opened.withLock { $0 = fresh }
        return fresh
    }

    private static func open(_ path: String, _ configuration: Configuration) throws -> Opened {
        guard !SQLiteFile.isWritable(path) else { return Opened(reader: try DatabasePool(path: path, configuration: configuration)) }
        let stamp = try SQLiteStamp(path)
        if stamp.isWhole {
            return Opened(reader: try DatabaseQueue(path: SQLiteFile.immutable(path), configuration: configuration), stamp: stamp)
        }
        try SQLiteFile.requireIndex(path)
        return Opened(reader: try DatabasePool(path: path, configuration: configuration))
    }
}

/// How a file that is read without locks looked: whether somebody wrote it since.
struct SQLiteStamp: Equatable, Sendable {
    private var identity: FileIdentity?
    private var size = 0
    /// Nanoseconds of the last change.
    private var changed: Int64 = 0
    private var log: Int?

    /// - Throws: `SQLiteFileError`.
    init(_ path: String) throws {
        guard let file = try FileIdentity.at(path) else { throw SQLiteFileError.gone(path: path) }
        (identity, size) = (file.identity, file.size)
        var status = stat()
        if stat(path, &status) == 0 { changed = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec) }
        log = try FileIdentity.at(path + "-wal")?.size
    }

    /// Whether everything is in the file itself.
    var isWhole: Bool { log ?? 0 == 0 }
}
