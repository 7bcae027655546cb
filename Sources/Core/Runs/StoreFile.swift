// The store's file before it is opened: where links lead, whether it is a store, and what its permissions allow.
import Foundation
import GRDB
import SQLiteFiles

enum StoreFile {
    /// The file that a path leads to through links, whether or not it is there. SQLite finds the log by the name of the file, and run folders lie
    /// beside it.
    static func target(of url: URL) -> URL {
        var url = url
        // As many as the system itself follows.
        for _ in 0..<40 {
            guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: url.path) else { break }
            // A relative link counts from the folder that it really lies in.
            let folder = url.deletingLastPathComponent().resolvingSymlinksInPath()
            url = URL(fileURLWithPath: next, relativeTo: folder).absoluteURL
        }
        return url
    }

    /// - Throws: `StoreError` where there is no regular file that this user may read: a pipe or a device would be waited for, or written.
    static func requireReadable(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw StoreError.notPresent(path: path)
            case EACCES: throw StoreError.notReadable(path: path)
            default: throw StoreError.cannotOpen(path: path, reason: String(cString: strerror(errno)))
            }
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw StoreError.cannotOpen(path: path, reason: "it is no regular file") }
        guard access(path, R_OK) == 0 else { throw StoreError.notReadable(path: path) }
    }

    /// SQLite would make its side files first, with permissions as wrong as the file's, and say less.
    static func requireWritable(_ path: String) throws {
        guard SQLiteFile.isWritable(path) else { throw StoreError.readOnly(path: path) }
    }

    /// - Returns: true where it has this program's schema, false where steps are missing (all of them in an empty file).
    static func inspect(_ path: String, with configuration: Configuration) throws -> Bool {
        try SQLiteFile.look(at: path, with: configuration) { db in
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
}
