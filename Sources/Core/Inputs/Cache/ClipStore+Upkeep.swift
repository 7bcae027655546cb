// Looking after a store: what is in it, whether it is whole, and making it smaller.
import Foundation
import GRDB
import Records

/// What one corpus' store holds for one choice of settings.
public struct StoredSettings: Sendable, Codable, Equatable {
    public var corpus: String
    public var key: String
    /// All settings as JSON.
    public var words: String
    /// Seconds since 1970.
    public var created: Double
    public var used: Double
    public var clips: Int
    /// Clips that could not be prepared.
    public var failures: Int
    /// Compressed, and what it would take plain.
    public var bytes: Int
    public var rawBytes: Int
}

/// What `--verify` found.
public struct CacheVerification: Sendable, Codable, Equatable {
    /// Clips read and found whole.
    public var whole = 0
    /// Clips whose bytes are not what was written, and clips of settings that this program cannot read.
    public var damaged = 0
    /// Clips of settings from another version, which are never used.
    public var outdated = 0
    /// What SQLite says of the file, empty where it is sound.
    public var file: [String] = []

    public var isSound: Bool { damaged == 0 && file.isEmpty }
}

extension ClipStore {
    func contents(corpus: String) throws -> [StoredSettings] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT key, words, created, used,
                        (SELECT count(*) FROM clips WHERE settings = settings.id), (SELECT count(*) FROM failures WHERE settings = settings.id),
                        (SELECT total(bytes) FROM clips WHERE settings = settings.id), (SELECT total(raw_bytes) FROM clips WHERE settings = settings.id)
                    FROM settings ORDER BY used DESC, key
                    """
            ).map {
                StoredSettings(
                    corpus: corpus, key: $0[0], words: $0[1], created: $0[2], used: $0[3], clips: $0[4], failures: $0[5],
                    bytes: Int($0[6] as Double), rawBytes: Int($0[7] as Double))
            }
        }
    }

    /// Reads every clip and compares it with its checksum and settings.
    /// - Parameter repairing: drops what is damaged or outdated, so that it is made again.
    func verify(repairing: Bool) throws -> CacheVerification {
        var result = CacheVerification()
        result.file = try read { try String.fetchAll($0, sql: "PRAGMA quick_check(10)") }.filter { $0 != "ok" }
        let stored = try read { try Row.fetchAll($0, sql: "SELECT id, key, words FROM settings") }
        for row in stored {
            let (id, key, words): (Int64, String, String) = (row[0], row[1], row[2])
            guard let preparation = try? EffectivePreparation(json: words), preparation.version == PreparationSettings.version,
                preparation.key == key
            else {
                result.outdated += try read {
                    try Int.fetchOne($0, sql: "SELECT count(*) FROM clips WHERE settings = ?", arguments: [id]) ?? 0
                }
                if repairing { try write { try $0.execute(sql: "DELETE FROM settings WHERE id = ?", arguments: [id]) } }
                continue
            }
            let ids = try read { try Int64.fetchAll($0, sql: "SELECT id FROM clips WHERE settings = ? ORDER BY id", arguments: [id]) }
            for clip in ids {
                // One read transaction a clip: a long one would keep the log from being folded back into the file.
                let isWhole = try read { db in
                    let row = try Row.fetchCursor(db, sql: "SELECT checksum, blob, finding FROM clips WHERE id = ?", arguments: [clip])
                    // Gone by now: another process dropped it.
                    guard let row = try row.next() else { return true }
                    guard (try? JSONDecoder().decode(ClipFinding.self, from: Data((row[2] as String).utf8))) != nil else { return false }
                    return (try? Self.decode(row, preparation.settings)) != nil
                }
                if isWhole { result.whole += 1 } else { result.damaged += 1 }
                if !isWhole, repairing { try write { try $0.execute(sql: "DELETE FROM clips WHERE id = ?", arguments: [clip]) } }
            }
        }
        return result
    }

    /// Forgets the failures of these settings, so that they are tried again.
    func forgetFailures(_ preparation: EffectivePreparation) throws {
        try write { db in
            try db.execute(
                sql: "DELETE FROM failures WHERE settings = (SELECT id FROM settings WHERE key = ?)", arguments: [preparation.key])
        }
    }

    /// Removes the clips of one choice of settings, or all.
    /// - Returns: clips removed.
    @discardableResult
    func removeAll(key: String?) throws -> Int {
        let count = try write { db in
            let sql = key == nil ? "" : " WHERE settings = (SELECT id FROM settings WHERE key = :key)"
            let arguments: StatementArguments = key.map { ["key": $0] } ?? StatementArguments()
            let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM clips" + sql, arguments: arguments) ?? 0
            try db.execute(sql: "DELETE FROM settings" + (key == nil ? "" : " WHERE key = :key"), arguments: arguments)
            if key == nil { try db.execute(sql: "DELETE FROM media") }
            return count
        }
        try shrink()
        return count
    }

    /// Drops the clips of these settings that were written first until `bytes` of them are gone, or all are.
    /// - Returns: bytes dropped.
    func drop(_ bytes: Int, key: String) throws -> Int {
        try write { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT id, bytes FROM clips WHERE settings = (SELECT id FROM settings WHERE key = ?) ORDER BY id",
                arguments: [key])
            var dropped = 0
            for row in rows where dropped < bytes {
                try db.cachedStatement(sql: "DELETE FROM clips WHERE id = ?").execute(arguments: [row[0] as Int64])
                dropped += row[1] as Int
            }
            if dropped < bytes { try db.execute(sql: "DELETE FROM settings WHERE key = ?", arguments: [key]) }
            return dropped
        }
    }

    /// Gives free room back to the disk.
    func shrink() throws {
        try writeWithoutTransaction { db in
            // A step frees one page; `execute` would stop at the first.
            _ = try Row.fetchAll(db, sql: "PRAGMA incremental_vacuum")
            _ = try db.checkpoint(.passive)
            if (try? db.checkpoint(.truncate)) == nil { return }
        }
    }

    /// Bytes on the disk, the log included.
    static func bytes(of path: String) -> Int {
        ["", "-wal"].reduce(0) { sum, suffix in
            var status = stat()
            return sum + (stat(path + suffix, &status) == 0 ? Int(status.st_size) : 0)
        }
    }
}
