import Base
import Foundation
import GRDB
import Records
import SQLiteFiles
import Synchronization

/// One corpus' prepared clips: an SQLite file in WAL mode. An entry is named by what is in the clip's files and by the settings, so moved
/// and renamed media stay prepared and changed ones do not. Transactions keep readers from half a clip; any number of threads and
/// processes use it at once.
final class ClipStore: Sendable {
    /// "emoc" in SQLite's header, so that another program's file is never written to.
    static let applicationID: Int32 = 0x656D_6F63
    /// Of the tables and blobs. An older file is put aside: everything in it can be made again.
    static let format = 1
    /// Seconds that a connection waits for another process' transaction; ours take milliseconds.
    private static let patience = 20.0

    struct Foreign: Error, CustomStringConvertible {
        var description: String
    }

    let path: String
    /// One of both: a store that is not ours to write is only read.
    private let writer: DatabasePool?, reader: SQLiteReader?
    /// The file that was opened: the path may lead to another one by now.
    private let file: FileIdentity?
    /// Contents named lately, by path and signature: a file is often asked for twice (sound and picture), a table thousands of times.
    private let recent = Mutex<[String: String]>([:])

    /// Opens the store, making it where it is missing.
    /// - Throws: `Foreign` and database errors where the file is none of ours or damaged; the caller holds the folder's lock.
    init(_ path: String) throws {
        self.path = path
        var configuration = Configuration()
        configuration.busyMode = .timeout(Self.patience)
        configuration.maximumReaderCount = 8
        configuration.label = "emolab.clips"
        configuration.prepareDatabase { db in
            if !db.configuration.readonly {
                // Both matter for an empty file only: large pages for large rows, and room that is given back.
                try db.execute(sql: "PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL")
            }
        }
        let isThere = DurableFile.isThere(URL(fileURLWithPath: path))
        let canWrite = isThere ? SQLiteFile.isWritable(path) : access((path as NSString).deletingLastPathComponent, W_OK) == 0
        if !canWrite {
            guard isThere else { throw CacheError.cannotOpen(path: path, reason: "it is not there yet, and its folder cannot be written") }
            let reader = try SQLiteReader(path, configuration)
            guard try reader.read({ try Self.check($0, path) }) else { throw Foreign(description: "it is empty") }
            (self.reader, writer) = (reader, nil)
        } else {
            let isFresh = try Self.inspect(path, configuration)
            if !SQLiteFile.make(path) { throw CacheError.cannotOpen(path: path, reason: String(cString: strerror(errno))) }
            chmod(path, 0o600)
            let pool = try DatabasePool(path: path, configuration: configuration)
            if isFresh { try Self.makeTables(pool) }
            (reader, writer) = (nil, pool)
        }
        file = (try? FileIdentity.at(path))?.identity
    }

    /// True while the path leads to the file that was opened.
    var isCurrent: Bool { (try? FileIdentity.at(path))?.identity == file }

    /// True where the file is empty or missing.
    private static func inspect(_ path: String, _ configuration: Configuration) throws -> Bool {
        guard let size = try FileIdentity.at(path)?.size, size > 0 else { return true }
        return try !SQLiteFile.look(at: path, with: configuration) { try check($0, path) }
    }

    /// True where the tables are there, false in an empty file.
    private static func check(_ db: Database, _ path: String) throws -> Bool {
        let id = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        if tables == 0, id == 0 || id == applicationID { return false }
        guard id == applicationID else { throw Foreign(description: "it is no store of prepared clips") }
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        if version > format { throw CacheError.newer(path: path, version: version) }
        guard version == format else { throw Foreign(description: "it is of an older emolab (format \(version))") }
        return true
    }

    private static func makeTables(_ pool: DatabasePool) throws {
        try pool.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS format (name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
                    INSERT OR IGNORE INTO format VALUES ('emolab prepared clips', \(format));
                    CREATE TABLE IF NOT EXISTS settings (
                        id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, words TEXT NOT NULL, created REAL NOT NULL, used REAL NOT NULL);
                    CREATE TABLE IF NOT EXISTS media (path TEXT PRIMARY KEY, signature TEXT NOT NULL, content TEXT NOT NULL) WITHOUT ROWID;
                    CREATE TABLE IF NOT EXISTS clips (
                        id INTEGER PRIMARY KEY, settings INTEGER NOT NULL REFERENCES settings (id) ON DELETE CASCADE,
                        content TEXT NOT NULL, finding TEXT NOT NULL, bytes INTEGER NOT NULL, raw_bytes INTEGER NOT NULL,
                        checksum INTEGER NOT NULL, blob BLOB NOT NULL, UNIQUE (settings, content));
                    CREATE TABLE IF NOT EXISTS failures (
                        settings INTEGER NOT NULL REFERENCES settings (id) ON DELETE CASCADE, content TEXT NOT NULL, reason TEXT NOT NULL,
                        PRIMARY KEY (settings, content)) WITHOUT ROWID;
                    PRAGMA application_id = \(applicationID);
                    PRAGMA user_version = \(format);
                    """)
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        if let writer { return try writer.read(body) }
        return try reader!.read(body)  // there is one of both
    }

    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        guard let pool = writer else { throw CacheError.readOnly(path: path) }
        return try pool.write(body)
    }

    func writeWithoutTransaction<Value>(_ body: (Database) throws -> Value) throws -> Value {
        guard let pool = writer else { throw CacheError.readOnly(path: path) }
        return try pool.writeWithoutTransaction(body)
    }

    func close() {
        try? writer?.close()
        try? reader?.close()
    }

    // MARK: Contents of media

    /// What is in the file or folder at the path, hashed once and remembered; nil where it cannot be read.
    func content(of path: String) throws -> String? {
        guard let signature = MediaSignature(path) else { return nil }
        let name = path + "\n" + signature.text
        if let content = recent.withLock({ $0[name] }) { return content }
        func remember(_ content: String) -> String {
            recent.withLock { recent in
                if recent.count >= 256 { recent = [:] }
                recent[name] = content
            }
            return content
        }
        let known = try read { db in
            try String.fetchOne(
                db.cachedStatement(sql: "SELECT content FROM media WHERE path = ? AND signature = ?"), arguments: [path, signature.text])
        }
        if let known { return remember(known) }
        guard let content = signature.content() else { return nil }
        // What changes while it is read, or was written a moment ago, is hashed again next time.
        guard MediaSignature(path)?.text == signature.text else { return content }
        if writer != nil, !signature.isFresh {
            try write { db in
                try db.execute(sql: "INSERT OR REPLACE INTO media VALUES (?, ?, ?)", arguments: [path, signature.text, content])
            }
        }
        return remember(content)
    }

    // MARK: Clips

    /// What the store knows of a clip.
    enum Entry: Equatable {
        case ready(ClipFinding)
        case failed(reason: String)
    }

    func entry(_ content: String, _ preparation: EffectivePreparation) throws -> Entry? {
        try read { db in
            let key = preparation.key
            let finding = try String.fetchOne(
                db.cachedStatement(
                    sql: "SELECT finding FROM clips WHERE settings = (SELECT id FROM settings WHERE key = ?) AND content = ?"),
                arguments: [key, content])
            if let finding, let value = try? JSONDecoder().decode(ClipFinding.self, from: Data(finding.utf8)) { return .ready(value) }
            let reason = try String.fetchOne(
                db.cachedStatement(
                    sql: "SELECT reason FROM failures WHERE settings = (SELECT id FROM settings WHERE key = ?) AND content = ?"),
                arguments: [key, content])
            return reason.map { .failed(reason: $0) }
        }
    }

    /// The clip, or nil where there is none or it is not what was written.
    func clip(_ content: String, _ preparation: EffectivePreparation, parts: ClipParts = .all) throws -> StoredClip? {
        try read { db in
            let rows = try Row.fetchCursor(
                db.cachedStatement(
                    sql: "SELECT checksum, blob FROM clips WHERE settings = (SELECT id FROM settings WHERE key = ?) AND content = ?"),
                arguments: [preparation.key, content])
            return try rows.next().flatMap { try? Self.decode($0, preparation.settings, parts: parts) }
        }
    }

    /// Of a row `checksum, blob`, without copying it.
    static func decode(_ row: Row, _ settings: PreparationSettings, parts: ClipParts = .all) throws -> StoredClip {
        let checksum: Int64 = row[0]
        return try row.withUnsafeData(atIndex: 1) { data in
            guard let data else { throw ClipBlob.Damaged() }
            return try data.withUnsafeBytes { bytes in
                guard ContentHash.checksum(bytes) == checksum else { throw ClipBlob.Damaged() }
                return try ClipBlob.decode(bytes, settings, parts: parts)
            }
        }
    }

    /// Puts a clip in the place of whatever was known of it.
    func put(_ blob: [UInt8], rawBytes: Int, finding: ClipFinding, _ content: String, _ preparation: EffectivePreparation) throws {
        var finding = finding
        finding.name = ""
        let words = String(decoding: try JSONEncoder().encode(finding), as: UTF8.self)
        let checksum = blob.withUnsafeBytes { ContentHash.checksum($0) }
        try write { db in
            let id = try Self.settingsID(db, preparation)
            try db.execute(sql: "DELETE FROM failures WHERE settings = ? AND content = ?", arguments: [id, content])
            try db.cachedStatement(
                sql:
                    "INSERT OR REPLACE INTO clips (settings, content, finding, bytes, raw_bytes, checksum, blob) VALUES (?, ?, ?, ?, ?, ?, ?)"
            ).execute(arguments: [id, content, words, blob.count, rawBytes, checksum, Data(blob)])
        }
    }

    /// Notes that a clip cannot be prepared, so that it is not tried again until its files change.
    func putFailure(_ reason: String, _ content: String, _ preparation: EffectivePreparation) throws {
        try write { db in
            let id = try Self.settingsID(db, preparation)
            try db.execute(sql: "DELETE FROM clips WHERE settings = ? AND content = ?", arguments: [id, content])
            try db.execute(sql: "INSERT OR REPLACE INTO failures VALUES (?, ?, ?)", arguments: [id, content, reason])
        }
    }

    private static func settingsID(_ db: Database, _ preparation: EffectivePreparation) throws -> Int64 {
        let key = preparation.key
        if let id = try Int64.fetchOne(db.cachedStatement(sql: "SELECT id FROM settings WHERE key = ?"), arguments: [key]) { return id }
        let now = Date().timeIntervalSince1970
        try db.execute(
            sql: "INSERT INTO settings (key, words, created, used) VALUES (?, ?, ?, ?)", arguments: [key, preparation.json, now, now])
        return db.lastInsertedRowID
    }

    /// Says that these settings are in use, so that a size limit does not take them; at most once in `interval` seconds is it written.
    func touch(_ preparation: EffectivePreparation, interval: Double = 300) throws {
        let now = Date().timeIntervalSince1970
        let used = try read { db in
            try Double.fetchOne(db, sql: "SELECT used FROM settings WHERE key = ?", arguments: [preparation.key])
        }
        guard let used, now - used > interval || used > now, writer != nil else { return }
        try write { db in try db.execute(sql: "UPDATE settings SET used = ? WHERE key = ?", arguments: [now, preparation.key]) }
    }
}
