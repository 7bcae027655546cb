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

    /// Seconds that a connection waits for other programs' transactions; each takes milliseconds, but on a slow disk there may be many.
    static let busyTimeout = 10.0
    public static let fileName = "emolab.sqlite"

    /// `emolab.sqlite` in the user's data folder.
    public static var standardURL: URL { UserFolders.data().appendingPathComponent(fileName) }

    /// The file.
    public let url: URL
    public let access: Access
    let pool: any DatabaseReader
    private let watch: StoreWatch
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
        let watch = StoreWatch(path)
        self.watch = watch
        do {
            switch access {
            case .readWrite:
                try PrivateFiles.makeFolder(file.deletingLastPathComponent())
                try PrivateFiles.makeFile(file)
                try Self.requireFile(path)
                // SQLite itself would turn a foreign file to WAL before we could look at it.
                let isCurrent = try Self.inspect(path)
                try Self.requireWritable(path)
                let pool = try DatabasePool(path: path, configuration: Self.configuration(watch))
                try pool.writeWithoutTransaction { try Self.makeDurable($0) }
                if !isCurrent { try Self.migrate(pool, folder: file.deletingLastPathComponent()) }
                self.pool = pool
                watch.noteLog()
            case .readOnly:
                guard FileManager.default.fileExists(atPath: path) else { throw StoreError.notPresent(path: path) }
                try Self.requireFile(path)
                guard try Self.inspect(path) else {
                    throw StoreError.cannotOpen(path: path, reason: "its schema is older than this program's: open it for writing once")
                }
                var configuration = Self.configuration(watch)
                configuration.readonly = true
                pool = Self.neverChanges(path)
                    ? try DatabaseQueue(path: Self.immutable(path), configuration: configuration)
                    : try DatabasePool(path: path, configuration: configuration)
            }
        } catch {
            throw StoreError.translate(error, path: path)
        }
    }

    private static func configuration(_ watch: StoreWatch? = nil) -> Configuration {
        var configuration = Configuration()
        // SQLite's own waiting sleeps the longer the longer it waits, so that those who just came overtake: here everybody asks as often.
        configuration.busyMode = .callback { attempts in
            let patience = watch?.isInHurry == true ? emptyingPatience : busyTimeout
            guard Double(attempts) * Self.busyInterval < patience else { return false }
            usleep(UInt32(Self.busyInterval * 1e6))
            return true
        }
        configuration.maximumReaderCount = 4
        configuration.label = "emolab.store"
        if let watch { configuration.prepareDatabase { _ in try watch.admit() } }
        return configuration
    }

    /// Bytes that the write-ahead log keeps on the disk once all of it is in the file.
    static let keptLog = 4 << 20

    /// For the connection that writes: what is committed is on the disk, also after a loss of power (GRDB chooses NORMAL, which flushes only
    /// now and then), and a log that grew while someone read is cut again.
    private static func makeDurable(_ db: Database) throws {
        try db.execute(sql: "PRAGMA synchronous = FULL")
        _ = try Int.fetchOne(db, sql: "PRAGMA journal_size_limit = \(keptLog)")
    }

    /// A pipe or a device would be waited for, or written.
    private static func requireFile(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw StoreError.cannotOpen(path: path, reason: String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw StoreError.cannotOpen(path: path, reason: "it is no regular file") }
    }

    /// SQLite would make its side files first, with permissions as wrong as the file's, and say less.
    private static func requireWritable(_ path: String) throws {
        let side: [String] = [path + "-wal", path + "-shm"].filter { Foundation.access($0, F_OK) == 0 }
        for name in [URL(fileURLWithPath: path).deletingLastPathComponent().path, path] + side where Foundation.access(name, W_OK) != 0 {
            throw StoreError.readOnly(path: path)
        }
    }

    /// Whether the file is on a medium that nobody can write, and whole without a log: then SQLite needs, and gets, no locks.
    private static func neverChanges(_ path: String) -> Bool {
        var status = statvfs()
        guard statvfs(path, &status) == 0, status.f_flag & readOnlyMedium != 0 else { return false }
        return ((try? FileIdentity.at(path + "-wal"))?.size ?? 0) == 0
    }

    /// ST_RDONLY of statvfs(3).
    private static let readOnlyMedium: UInt = 1

    private static func immutable(_ path: String) -> String {
        let allowed = CharacterSet(charactersIn: "/-._~").union(.alphanumerics)
        return "file:\(path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path)?immutable=1"
    }

    /// Looks at the file without changing it, and where it can without making SQLite's side files beside it.
    /// - Returns: true where it has this program's schema, false where steps are missing (all of them in an empty file).
    private static func inspect(_ path: String) throws -> Bool {
        func isAtRest() throws -> Bool { try FileIdentity.at(path + "-wal") == nil }
        if try isAtRest() {
            let result = Result { try inspect(path, opening: immutable(path)) }
            // Another program that came meanwhile may have changed the file under our eyes.
            if try isAtRest() || neverChanges(path) { return try result.get() }
        }
        return try inspect(path, opening: path)
    }

    private static func inspect(_ path: String, opening name: String) throws -> Bool {
        var configuration = Self.configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: name, configuration: configuration)
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
        do {
            try watch.check()
            return try pool.read(body)
        } catch {
            throw StoreError.translate(error, path: url.path)
        }
    }

    /// One transaction. What it wrote is on the disk when it returns, in the file that the path leads to.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        guard let pool = pool as? DatabasePool, access == .readWrite else { throw StoreError.readOnly(path: url.path) }
        do {
            try watch.check()
            let value = try pool.write { db in
                let value = try body(db)
                // The transaction may have waited for another process' for seconds.
                try watch.check()
                return value
            }
            try watch.check()
            return value
        } catch {
            throw StoreError.translate(error, path: url.path)
        }
    }

    /// Bytes of the write-ahead log. It grows as long as any one program reads.
    func logSize() throws -> Int { try watch.check() }

    /// Copies what other connections need no longer from the write-ahead log into the file, without waiting for anyone.
    func checkpoint() {
        guard let pool = pool as? DatabasePool, access == .readWrite, (try? watch.check()) != nil else { return }
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.passive) }
    }

    /// Seconds that emptying the log may keep other writers waiting, and between two looks at a store that is in use.
    private static let emptyingPatience = 0.2, busyInterval = 0.005

    /// Copies the whole log into the file and empties it, where no reader needs it; waits a moment for those that do.
    /// - Returns: whether it is empty now.
    @discardableResult
    func emptyLog() -> Bool {
        guard let pool = pool as? DatabasePool, access == .readWrite, (try? watch.check()) != nil else { return false }
        do {
            try pool.writeWithoutTransaction { db in
                watch.isInHurry = true
                defer { watch.isInHurry = false }
                _ = try db.checkpoint(.truncate)
            }
            return true
        } catch {
            return false
        }
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
        // SQLite flushes the names in the store's folder, nobody that of the folder itself.
        let parent = open(url.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { return }
        fsync(parent)
        close(parent)
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
