// Whether a path still leads to the file that was opened. SQLite goes on writing into a file that was deleted or moved away, without a word.
import Foundation

/// Names a file whatever its path.
package struct FileIdentity: Equatable, Sendable {
    var device: UInt64
    var inode: UInt64

    /// Identity and size in bytes of the file at a path; nil where there is none.
    /// - Throws: `SQLiteFileError.failed` where the system cannot say: that is no sign that the file has gone.
    package static func at(_ path: String) throws -> (identity: FileIdentity, size: Int)? {
        var status = stat()
        while stat(path, &status) != 0 {
            if errno == EINTR { continue }
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SQLiteFileError.failed(path: path, reason: String(cString: strerror(errno)))
        }
        return (FileIdentity(status), Int(status.st_size))
    }

    /// Identity of an open file; nil for a handle that is none.
    package static func of(_ handle: Int32) -> FileIdentity? {
        var status = stat()
        return fstat(handle, &status) == 0 ? FileIdentity(status) : nil
    }

    private init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}
