// How files and folders of the store are made: private to their user.
import Foundation
import SQLiteFiles

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

    /// Makes an empty file with 0600 unless it is there.
    static func makeFile(_ url: URL) throws {
        if !SQLiteFile.make(url.path) {
            throw errno == EACCES || errno == EROFS || errno == EPERM
                ? StoreError.readOnly(path: url.path)
                : StoreError.cannotOpen(path: url.path, reason: String(cString: strerror(errno)))
        }
    }
}
