import Base
import Foundation
import GRDB
import SQLiteFiles
import Synchronization

/// The run store: one SQLite file in WAL mode, the only meeting point of engine and screen. Any number of readers, one writer at a time,
/// in any number of processes. Safe to use from any thread; calls block for their own reading or writing only.
public final class RunStore: Sendable {
    public enum Access: Sendable {
        /// Made, with its folder, where it is not there; brought to this program's schema.
        case readWrite
        /// Must be there; brought to this program's schema.
        case existing
        /// Must be there; nothing is written.
        case readOnly
    }

    /// Seconds that a connection waits for other programs' transactions; each takes milliseconds, but on a slow disk there may be many.
    static let busyTimeout = 10.0
    /// Seconds that opening a store waits for another program's transaction. It can be read meanwhile.
    public static let openingPatience = 0.8
    public static let fileName = "emolab.sqlite"

    /// `emolab.sqlite` in the user's data folder.
    public static var standardURL: URL { UserFolders.data().appendingPathComponent(fileName) }

    private enum Reader {
        case open(any DatabaseReader)
        case file(SQLiteReader)
    }

    /// The file, where links lead.
    public let url: URL
    public let access: Access
    /// Another program was writing when the store was opened: it can be read, and is written once that program has ended its transaction.
    public let wasInUse: Bool
    /// What the user should know of how it was opened: that an earlier program's store was put aside.
    public let notice: String?
    private let forReading: Mutex<Reader>
    /// Nil where the store is only read, and until something is written where another program was writing when it was opened. Whoever opens it holds the
    /// lock meanwhile: there is one.
    private let forWriting: Mutex<DatabasePool?>
    /// Nil for a store that is in no file.
    private let watch: SQLiteWatch?
    /// How long a run on another host may be silent before it is taken for dead, seconds.
    public static let heartbeatLimit = 60.0

    /// Whether it takes anything.
    public var isWritable: Bool { access != .readOnly }

    /// The folder that run folders are relative to.
    public var folder: URL { url.deletingLastPathComponent() }

    /// The file that a path means: the path itself, or `emolab.sqlite` in it where it is a folder.
    public static func file(at url: URL) -> URL {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        return (exists && isFolder.boolValue) || url.hasDirectoryPath ? url.appendingPathComponent(Self.fileName) : url
    }

    /// - Parameters:
    ///   - url: the file, a link to it, or a folder to hold `emolab.sqlite`.
    ///   - patience: seconds to wait for another program that writes; after that the store is opened for reading.
    /// - Throws: `StoreError`; a file that is not a store of this program's version or older is left as it is.
    public convenience init(at url: URL = RunStore.standardURL, access: Access = .readWrite, patience: Double = RunStore.openingPatience)
        throws
    {
        try self.init(at: url, access: access, patience: patience, schema: Schema.migrator)
    }

    init(at url: URL, access: Access, patience: Double, schema: DatabaseMigrator) throws {
        let file = StoreFile.target(of: Self.file(at: url)), path = file.path
        self.url = file
        self.access = access
        let watch = SQLiteWatch(path, patience: Self.busyTimeout)
        self.watch = watch
        var notice: String?
        do {
            if access == .readWrite {
                try PrivateFiles.makeFolder(file.deletingLastPathComponent())
                try PrivateFiles.makeFile(file)
            }
            try StoreFile.requireReadable(path)
            // SQLite itself would turn a foreign file to WAL before we could look at it.
            var state = try StoreFile.inspect(path, schema, with: Self.configuration())
            if state == .beforeRelease {
                // Where the name leads nowhere, another program is putting it aside.
                guard access != .readOnly, SQLiteFile.isWritable(path) || !DurableFile.isThere(file) else {
                    throw StoreError.beforeRelease(path: path)
                }
                notice = try StoreFile.putAside(file, schema, with: Self.configuration())
                state = .incomplete
            }
            self.notice = notice
            let isCurrent = state == .current
            guard access != .readOnly else {
                guard isCurrent else { throw StoreError.older(path: path) }
                forReading = Mutex(.file(try Self.reading(path, watch)))
                forWriting = Mutex(nil)
                wasInUse = false
                return
            }
            try StoreFile.requireWritable(path)
            do {
                // An older store can only be read once it was brought up to date.
                if isCurrent { watch.patience = patience }
                let pool = try Self.writing(path, watch)
                watch.patience = Self.busyTimeout
                if !isCurrent { try Self.migrate(pool, schema, folder: file.deletingLastPathComponent()) }
                forReading = Mutex(.open(pool))
                forWriting = Mutex(pool)
                wasInUse = false
                watch.noteLog()
            } catch let error as DatabaseError where isCurrent && [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
                watch.patience = Self.busyTimeout
                forReading = Mutex(.file(try Self.reading(path, watch)))
                forWriting = Mutex(nil)
                wasInUse = true
            }
        } catch {
            throw StoreError.translate(error, path: path)
        }
    }

    /// A store without corpora and runs, in memory, that stands for one that is not there yet: to look at, not to write.
    public init(emptyAt url: URL) throws {
        self.url = StoreFile.target(of: Self.file(at: url))
        (access, wasInUse, watch, notice) = (.readOnly, false, nil, nil)
        let queue = try DatabaseQueue()
        try Schema.migrator.migrate(queue)
        forReading = Mutex(.open(queue))
        forWriting = Mutex(nil)
    }

    private static func configuration(_ watch: SQLiteWatch? = nil) -> Configuration {
        var configuration = Configuration()
        // SQLite's own waiting sleeps the longer the longer it waits, so that those who just came overtake: here everybody asks as often.
        configuration.busyMode = .callback { attempts in
            guard Double(attempts) * Self.busyInterval < watch?.patience ?? busyTimeout else { return false }
            usleep(UInt32(Self.busyInterval * 1e6))
            return true
        }
        configuration.maximumReaderCount = 4
        configuration.label = "emolab.store"
        if let watch { configuration.prepareDatabase { _ in try watch.admit() } }
        return configuration
    }

    private static func writing(_ path: String, _ watch: SQLiteWatch) throws -> DatabasePool {
        let deadline = ContinuousClock.now + .seconds(watch.patience)
        while true {
            do {
                let pool = try DatabasePool(path: path, configuration: configuration(watch))
                try pool.writeWithoutTransaction { try makeDurable($0) }
                return pool
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < deadline {
                // SQLite does not wait where a file gets its write-ahead log, nor where the last connection of another program takes it away.
                usleep(UInt32(Self.busyInterval * 1e6))
            }
        }
    }

    private static func reading(_ path: String, _ watch: SQLiteWatch) throws -> SQLiteReader {
        try SQLiteReader(path, configuration(watch))
    }

    /// The connection that writes, where it is open. Waits where it is being opened.
    var pool: DatabasePool? { forWriting.withLock(\.self) }

    /// The connection that writes, opened now where it could not be before.
    private func writer() throws -> DatabasePool {
        guard access != .readOnly, let watch else { throw StoreError.readOnly(path: url.path) }
        return try forWriting.withLock { writer in
            if let writer { return writer }
            let pool = try Self.writing(url.path, watch)
            watch.noteLog()
            forReading.withLock { $0 = .open(pool) }
            writer = pool
            return pool
        }
    }

    /// Bytes that the write-ahead log keeps on the disk once all of it is in the file.
    static let keptLog = 4 << 20

    /// For the connection that writes: what is committed is on the disk, also after a loss of power (GRDB chooses NORMAL, which flushes only
    /// now and then), and a log that grew while someone read is cut again.
    private static func makeDurable(_ db: Database) throws {
        try db.execute(sql: "PRAGMA synchronous = FULL")
        _ = try Int.fetchOne(db, sql: "PRAGMA journal_size_limit = \(keptLog)")
    }

    /// Two programs that meet a fresh store at once must not both make its tables.
    private static func migrate(_ pool: DatabasePool, _ schema: DatabaseMigrator, folder: URL) throws {
        try SQLiteFile.whileLocked(folder: folder) {
            try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)") }
            let isNew = try pool.read { try schema.appliedIdentifiers($0).isEmpty }
            try schema.migrate(pool)
            // Folders of an earlier store stay, and keep their names.
            guard isNew, let last = RunFolder.lastNumber(in: folder) else { return }
            try pool.write { try $0.execute(sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('runs', ?)", arguments: [last]) }
        }
    }

    // MARK: Access for the extensions

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do {
            try watch?.check()
            switch forReading.withLock(\.self) {
            case .open(let reader): return try reader.read(body)
            case .file(let reader): return try reader.read(body)
            }
        } catch {
            throw StoreError.translate(error, path: url.path)
        }
    }

    /// One transaction. What it wrote is on the disk when it returns, in the file that the path leads to.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do {
            try watch?.check()
            let value = try writer().write { db in
                let value = try body(db)
                // The transaction may have waited for another process' for seconds.
                try watch?.check()
                return value
            }
            try watch?.check()
            return value
        } catch {
            throw StoreError.translate(error, path: url.path)
        }
    }

    /// Bytes of the write-ahead log. It grows as long as any one program reads.
    func logSize() throws -> Int { try watch?.check() ?? 0 }

    /// Copies what other connections need no longer from the write-ahead log into the file, without waiting for anyone.
    func checkpoint() {
        guard let pool, (try? watch?.check()) != nil else { return }
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.passive) }
    }

    /// Seconds that emptying the log may keep other writers waiting, and between two looks at a store that is in use.
    private static let emptyingPatience = 0.2, busyInterval = 0.005

    /// Copies the whole log into the file and empties it, where no reader needs it; waits a moment for those that do.
    /// - Returns: whether it is empty now.
    @discardableResult
    func emptyLog() -> Bool {
        guard let pool, let watch, (try? watch.check()) != nil else { return false }
        do {
            try pool.writeWithoutTransaction { db in
                watch.patience = Self.emptyingPatience
                defer { watch.patience = Self.busyTimeout }
                _ = try db.checkpoint(.truncate)
            }
            return true
        } catch {
            return false
        }
    }

    enum Counter: String { case corpora, runs, notes }

    /// Called once in every transaction that changes what readers see.
    func noteChange(_ db: Database, _ counter: Counter) throws {
        try db.execute(sql: "UPDATE changes SET \(counter.rawValue) = \(counter.rawValue) + 1 WHERE id = 1")
    }

    /// One small read; unchanged numbers mean that nothing has to be read again.
    public func revision() throws -> StoreRevision {
        try read { db in
            guard let row = try Row.fetchOne(db.cachedStatement(sql: "SELECT corpora, runs, notes FROM changes WHERE id = 1")) else {
                throw StoreError.damaged(path: url.path, detail: "the table changes is empty")
            }
            return StoreRevision(corpora: row["corpora"], runs: row["runs"], notes: row["notes"])
        }
    }
}
