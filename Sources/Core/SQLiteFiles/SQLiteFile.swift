// A database file before it is opened: what its permissions allow, and a look at it that changes nothing.
import Foundation
import GRDB

package enum SQLiteFile {
    /// Whether this user may write the file, its side files, and the folder.
    package static func isWritable(_ path: String) -> Bool {
        let kept: [String] = [URL(fileURLWithPath: path).deletingLastPathComponent().path, path],
            side: [String] = [path + "-wal", path + "-shm"]
        // A side file may go at any moment, with the program that had it.
        return kept.allSatisfy { access($0, W_OK) == 0 } && side.allSatisfy { access($0, W_OK) == 0 || errno == ENOENT }
    }

    /// Makes an empty file with 0600 unless it is there. SQLite gives its -wal and -shm files the same permissions.
    /// - Returns: false where it is not there and cannot be made; `errno` then says why.
    @discardableResult
    package static func make(_ path: String) -> Bool {
        let handle = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard handle >= 0 else { return errno == EEXIST }
        close(handle)
        return true
    }

    /// While `body` runs, no other process of ours makes, migrates or puts aside a database in this folder. The lock is on the folder, never on a
    /// database: closing a second handle to that would drop SQLite's own locks.
    package static func whileLocked<Value>(folder: URL, _ body: () throws -> Value) rethrows -> Value {
        let handle = open(folder.path, O_RDONLY | O_CLOEXEC)
        if handle >= 0 { _ = flock(handle, LOCK_EX) }
        defer { if handle >= 0 { close(handle) } }
        return try body()
    }

    /// Reads the file without changing it, and where it can be without making SQLite's side files beside it.
    package static func look<Value>(at path: String, with configuration: Configuration, _ body: (Database) throws -> Value) throws -> Value
    {
        func isAtRest() throws -> Bool { try FileIdentity.at(path + "-wal") == nil }
        func isWhole() throws -> Bool { try !isWritable(path) && SQLiteStamp(path).isWhole }
        func look(at name: String) throws -> Value {
            var configuration = configuration
            configuration.readonly = true
            let queue = try DatabaseQueue(path: name, configuration: configuration)
            defer { try? queue.close() }
            return try queue.read(body)
        }
        if try isAtRest() || isWhole() {
            let result = Result { try look(at: immutable(path)) }
            // Another program that came meanwhile may have changed the file under our eyes.
            if try isAtRest() || isWhole() { return try result.get() }
        }
        if !isWritable(path) { try requireIndex(path) }
        return try look(at: path)
    }

    /// The log can be read through SQLite's index of it, which somebody has to make who may write.
    static func requireIndex(_ path: String) throws {
        guard access(path + "-shm", R_OK) == 0, access(path + "-wal", R_OK) == 0 else { throw SQLiteFileError.noIndex(path: path) }
    }

    /// The name by which SQLite opens a file without locks and side files.
    static func immutable(_ path: String) -> String {
        let allowed = CharacterSet(charactersIn: "/-._~").union(.alphanumerics)
        return "file:\(path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path)?immutable=1"
    }
}
