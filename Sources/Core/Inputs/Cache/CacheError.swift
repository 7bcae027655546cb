import Base
import Foundation
import GRDB
import SQLiteFiles

/// Why prepared clips cannot be kept or read. None of these stops training: clips are then made again.
public enum CacheError: Error, Equatable, CustomStringConvertible {
    case cannotOpen(path: String, reason: String)
    case newer(path: String, version: Int)
    case readOnly(path: String)
    /// No room on the disk or in what the user may write.
    case full(path: String, reason: String)
    case failed(path: String, reason: String)

    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            "the store of prepared clips \(path) cannot be opened: \(reason); check the folder, or set XDG_CACHE_HOME to another"
        case .newer(let path, let version):
            "\(path) was written by a newer emolab (format \(version)): update this one, or remove the file"
        case .readOnly(let path): "\(path) can be read only, so nothing new is kept: check the permissions of the file and its folder"
        case .full(let path, let reason):
            "\(path) cannot grow (\(reason)): free some space or give a --limit-size; what is in it stays, and preparing goes on from there"
        case .failed(let path, let reason): "\(path): \(reason)"
        }
    }

    static func translate(_ error: any Error, path: String) -> CacheError {
        if let error = error as? CacheError { return error }
        if let error = error as? SQLiteFileError { return .cannotOpen(path: path, reason: error.reason) }
        guard let error = error as? DatabaseError else { return .failed(path: path, reason: error.reason) }
        let words = error.message ?? "\(error)"
        switch error.resultCode {
        case .SQLITE_FULL: return .full(path: path, reason: words)
        case .SQLITE_IOERR
        where [.SQLITE_IOERR_WRITE, .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_TRUNCATE, .SQLITE_IOERR_SHMSIZE].contains(error.extendedResultCode):
            return .full(path: path, reason: words)
        case .SQLITE_READONLY: return .readOnly(path: path)
        case .SQLITE_CANTOPEN: return .cannotOpen(path: path, reason: words)
        default: return .failed(path: path, reason: words)
        }
    }

    /// True where the file itself is not, or no longer, a database.
    static func isDamage(_ error: any Error) -> Bool {
        if error is ClipStore.Foreign { return true }
        guard let error = error as? DatabaseError else { return false }
        return error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
            || error.extendedResultCode == .SQLITE_IOERR_SHORT_READ
    }
}
