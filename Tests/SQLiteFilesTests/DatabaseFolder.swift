import Foundation
import GRDB
import TestSupport

/// A folder with a database, everybody's to read.
struct DatabaseFolder {
    let url: URL
    /// Of the database.
    let path: String

    init(_ name: String = "a.sqlite") throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-files-\(UUID().uuidString)")
        path = url.path + "/" + name
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        chmod(url.path, 0o755)
    }

    func remove() { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> String { url.path + "/" + name }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }

    /// The bytes of every file but SQLite's index, where readers leave their marks.
    func contents() throws -> [String: Data] {
        let names = try names()
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, $0.hasSuffix("-shm") ? Data() : try Data(contentsOf: url.appendingPathComponent($0))) })
    }

    /// A writer in WAL mode. Every row stays in the log until the writer is closed.
    func writer(_ path: String? = nil) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA wal_autocheckpoint = 0") }
        let pool = try DatabasePool(path: path ?? self.path, configuration: configuration)
        try pool.write { try $0.execute(sql: "CREATE TABLE IF NOT EXISTS words (word TEXT NOT NULL)") }
        return pool
    }

    /// Adds a word and leaves everything in the file itself.
    func add(_ word: String) throws {
        let writer = try writer()
        try writer.add(word)
        try writer.close()
        try share()
    }

    func share() throws { try Stranger.share(url) }

    /// Runs `body` as somebody who may read the folder and not write it, for the process of an exit test.
    func asStranger<Value>(_ body: () throws -> Value) throws -> Value { try Stranger.looks(at: url, body) }
}

extension DatabaseWriter {
    func add(_ word: String) throws { try write { try $0.execute(sql: "INSERT INTO words VALUES (?)", arguments: [word]) } }
}

/// The words of the database, in order.
func words(_ db: Database) throws -> [String] { try String.fetchAll(db, sql: "SELECT word FROM words ORDER BY rowid") }
