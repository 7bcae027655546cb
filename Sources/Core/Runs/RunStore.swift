import Corpora
import Foundation
import GRDB

/// The run store: one SQLite file in WAL mode, the only meeting point of engine and screen. Any number of readers, one writer at a time,
/// in any number of processes. Safe to use from any thread; calls block for their own reading or writing only.
public final class RunStore: Sendable {
    public enum Access: Sendable {
        /// Made, with its folder, where it is not there; brought to this program's schema.
        case readWrite
        /// Must be there; nothing is written.
        case readOnly
    }

    /// How long a connection waits for another process' transaction; ours take milliseconds.
    static let busyTimeout = 5.0
    public static let fileName = "emolab.sqlite"

    /// `emolab.sqlite` in the user's data folder.
    public static var standardURL: URL { UserFolders.data().appendingPathComponent(fileName) }

    /// The file.
    public let url: URL
    public let access: Access
    let pool: any DatabaseReader
    /// How long a run on another host may be silent before it is taken for dead, seconds.
    public static let heartbeatLimit = 60.0

    /// The folder that run folders are relative to.
    public var folder: URL { url.deletingLastPathComponent() }

    /// - Parameter url: the file, or a folder to hold `emolab.sqlite`.
    /// - Throws: `StoreError`; a file that is not a store of this program's version or older is left as it is.
    public init(at url: URL = RunStore.standardURL, access: Access = .readWrite) throws {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        let file = (exists && isFolder.boolValue) || url.hasDirectoryPath ? url.appendingPathComponent(Self.fileName) : url
        self.url = file
        self.access = access
        let path = file.path
        do {
            switch access {
            case .readWrite:
                try PrivateFiles.makeFolder(file.deletingLastPathComponent())
                try PrivateFiles.makeFile(file)
                // SQLite itself would turn a foreign file to WAL before we could look at it.
                let isCurrent = try Self.inspect(path)
                let pool = try DatabasePool(path: path, configuration: Self.configuration())
                if !isCurrent { try Self.migrate(pool, folder: file.deletingLastPathComponent()) }
                self.pool = pool
            case .readOnly:
                guard FileManager.default.fileExists(atPath: path) else { throw StoreError.notPresent(path: path) }
                guard try Self.inspect(path) else {
                    throw StoreError.cannotOpen(path: path, reason: "its schema is older than this program's: open it for writing once")
                }
                var configuration = Self.configuration()
                configuration.readonly = true
                pool = try DatabasePool(path: path, configuration: configuration)
            }
        } catch {
            throw StoreError.translate(error, path: path)
        }
    }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busyTimeout)
        configuration.maximumReaderCount = 4
        configuration.label = "emolab.store"
        return configuration
    }

    /// Looks at the file without changing it.
    /// - Returns: true where it has this program's schema, false where steps are missing (all of them in an empty file).
    private static func inspect(_ path: String) throws -> Bool {
        var configuration = Self.configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        return try queue.read { db in
            let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
            let id = try Int32.fetchOne(db, sql: "PRAGMA application_id")
            if isEmpty && (id == 0 || id == Schema.applicationID) { return false }
            guard id == Schema.applicationID else { throw StoreError.foreignFile(path: path) }
            let known = Set(Schema.migrator.migrations)
            let applied = try Schema.migrator.appliedIdentifiers(db)
            let newer = applied.subtracting(known)
            guard newer.isEmpty else { throw StoreError.newerSchema(path: path, steps: newer.sorted()) }
            return applied == known
        }
    }

    /// Two programs that meet a fresh store at once must not both make its tables: a lock on the folder (never on the file itself:
    /// closing a second handle to it would drop SQLite's own locks) lets one wait for the other.
    private static func migrate(_ pool: DatabasePool, folder: URL) throws {
        let handle = open(folder.path, O_RDONLY | O_CLOEXEC)
        if handle >= 0 { _ = flock(handle, LOCK_EX) }
        defer { if handle >= 0 { close(handle) } }
        try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)") }
        try Schema.migrator.migrate(pool)
    }

    // MARK: Access for the extensions

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do { return try pool.read(body) } catch { throw StoreError.translate(error, path: url.path) }
    }

    /// One transaction.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        guard let pool = pool as? DatabasePool, access == .readWrite else { throw StoreError.readOnly(path: url.path) }
        do { return try pool.write(body) } catch { throw StoreError.translate(error, path: url.path) }
    }

    /// Copies what other connections need no longer from the write-ahead log into the file, without waiting for anyone.
    func checkpoint() {
        guard let pool = pool as? DatabasePool, access == .readWrite else { return }
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.passive) }
    }

    enum Part: String { case corpora, runs, notes }

    /// Called once in every transaction that changes what readers see.
    func noteChange(_ db: Database, _ part: Part) throws {
        try db.execute(sql: "UPDATE changes SET \(part.rawValue) = \(part.rawValue) + 1 WHERE id = 1")
    }

    /// One small read; unchanged numbers mean that nothing has to be read again.
    public func revision() throws -> StoreRevision {
        try read { db in
            guard let row = try Row.fetchOne(db.cachedStatement(sql: "SELECT corpora, runs, notes FROM changes WHERE id = 1")) else {
                throw StoreError.damaged(path: url.path, detail: "the table changes is empty")
            }
            return StoreRevision(corpora: row[0], runs: row[1], notes: row[2])
        }
    }
}

/// Files and folders that only their user may read.
enum PrivateFiles {
    /// Makes missing folders with 0700; those that are there keep their permissions.
    static func makeFolder(_ url: URL) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) {
            guard isFolder.boolValue else { throw StoreError.cannotOpen(path: url.path, reason: "it is a file, not a folder") }
            return
        }
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError.cannotOpen(path: url.path, reason: "the folder cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    /// Makes an empty file with 0600 unless it is there. SQLite gives its -wal and -shm files the same permissions.
    static func makeFile(_ url: URL) throws {
        let handle = open(url.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        if handle >= 0 {
            close(handle)
        } else if errno != EEXIST {
            throw errno == EACCES || errno == EROFS || errno == EPERM
                ? StoreError.readOnly(path: url.path)
                : StoreError.cannotOpen(path: url.path, reason: String(cString: strerror(errno)))
        }
    }
}
