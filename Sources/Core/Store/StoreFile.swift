// The store's file before it is opened: where links lead, whether it is a store, and what its permissions allow.
import Base
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

    enum State {
        case current
        /// Steps are missing, all of them in an empty file.
        case incomplete
        /// An emolab from before the first release wrote it.
        case beforeRelease
    }

    /// How a store's file stands to a schema. It is not changed.
    static func inspect(_ path: String, _ schema: DatabaseMigrator, with configuration: Configuration) throws -> State {
        try SQLiteFile.look(at: path, with: configuration) { db in
            let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
            let id = try Int32.fetchOne(db, sql: "PRAGMA application_id")
            if isEmpty && (id == 0 || id == Schema.applicationID) { return .incomplete }
            guard id == Schema.applicationID else { throw StoreError.foreignFile(path: path) }
            let known = Set(schema.migrations), applied = try schema.appliedIdentifiers(db)
            if !applied.isEmpty, !applied.contains(Schema.firstStep) { return .beforeRelease }
            let newer = applied.subtracting(known)
            guard newer.isEmpty else { throw StoreError.newerSchema(path: path, steps: newer.sorted()) }
            return applied == known ? .current : .incomplete
        }
    }

    /// Whether two names lead to one file, as they do where a program was killed between two steps of `putAside`.
    private static func isSame(_ file: URL, _ other: URL) throws -> Bool {
        guard let identity = try FileIdentity.at(file.path)?.identity else { return false }
        return try FileIdentity.at(other.path)?.identity == identity
    }

    /// Gives a store from before the first release another name, with its log, and makes an empty file in its place.
    /// - Returns: a sentence for the user; nil where another program did it meanwhile.
    static func putAside(_ file: URL, _ schema: DatabaseMigrator, with configuration: Configuration) throws -> String? {
        try SQLiteFile.whileLocked(folder: file.deletingLastPathComponent()) {
            guard try inspect(file.path, schema, with: configuration) == .beforeRelease else { return nil }
            let stem = file.deletingPathExtension().path, ending = file.pathExtension.isEmpty ? "" : "." + file.pathExtension
            var number = 1
            func other(_ side: String = "") -> URL { URL(fileURLWithPath: "\(stem).before-release-\(number)\(ending)\(side)") }
            // A log without its store waits there for one: it is of a move that a loss of power cut short.
            while DurableFile.isThere(other()), try !isSame(file, other()) { number += 1 }
            // The log first: a store that has lost it for a moment is still an earlier one.
            for side in ["-wal", "-shm"] {
                let from = URL(fileURLWithPath: file.path + side)
                if DurableFile.isThere(from) { try DurableFile.system.move(from, to: other(side)) }
            }
            let fresh = URL(fileURLWithPath: file.path + "-new")
            try PrivateFiles.makeFile(fresh)
            // A second name first, so that the store's own always leads to a file. Not every file system has such names.
            if try !isSame(file, other()), link(file.path, other().path) != 0 { try DurableFile.system.move(file, to: other()) }
            try DurableFile.system.move(fresh, to: file)
            return "\(file.path) was written by an emolab from before its first release, which this one does not read: it is put aside as "
                + "\(other().lastPathComponent), unchanged, and a new store is made. Its run folders stay in \(file.deletingLastPathComponent().path)/runs"
        }
    }
}
