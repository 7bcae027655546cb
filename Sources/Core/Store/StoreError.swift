import Base
import Corpora
import Foundation
import GRDB
import SQLiteFiles

/// Why the run store cannot do what was asked; says which file and what to do.
public enum StoreError: Error, Equatable, CustomStringConvertible {
    case foreignFile(path: String)
    case newerSchema(path: String, steps: [String])
    case notPresent(path: String)
    /// The file was deleted or moved away while it was open.
    case gone(path: String)
    /// Another file is at the path of the one that was opened.
    case replaced(path: String)
    case readOnly(path: String)
    /// Permissions forbid even to look.
    case notReadable(path: String)
    /// A store that only a program that may write it can bring up to date.
    case older(path: String)
    /// A store of an emolab before the first release, which nobody reads any more.
    case beforeRelease(path: String)
    case damaged(path: String, detail: String)
    case full(path: String)
    case busy(path: String)
    case cannotOpen(path: String, reason: String)
    case failed(path: String, reason: String)
    case noSuchRun(Int64)
    case noSuchCorpus(String)
    case corpusExists(String)
    /// Why a corpus cannot be called so.
    case badName(String, problem: String)
    case runIsLive(Int64, pid: Int32)
    case runNotLive(Int64, state: RunState)
    /// Why a run cannot go on from where it stopped.
    case cannotResume(Int64, reason: String)
    /// Another process resumed the run: this one's records are of an attempt that is over.
    case takenOver(Int64)
    /// What a run told last is in a file beside the store.
    case unwritten(Int64, records: Int, file: String, reason: String)
    /// Why a file of unwritten records was not taken in.
    case cannotRecover(path: String, reason: String)
    /// SQLite could not read or write the disk, and why as far as it can be told.
    case disk(path: String, reason: String)

    public var description: String {
        switch self {
        case .foreignFile(let path): "\(path) is not a store of emolab; nothing was changed. Give another path with --store"
        case .newerSchema(let path, let steps):
            "\(path) was written by a newer emolab (\(steps.joined(separator: ", "))); nothing was changed. Update emolab or use another --store"
        case .notPresent(let path):
            "there is no store at \(path) yet: `emolab corpora add FOLDER` or `emolab demo` makes it. Check the path where there should be one"
        case .gone(let path): "\(path) is gone: it was deleted or moved away while it was in use. Put it back where it was"
        case .replaced(let path):
            "\(path) is another file than the one that was opened, and is left alone. Put the first one back, or start emolab again to use this one"
        case .readOnly(let path): "\(path) cannot be written: check the permissions of the file and its folder, or give another --store"
        case .notReadable(let path): "\(path) cannot be read: check the permissions of the file and of the folders that it lies in"
        case .older(let path):
            "\(path) was written by an older emolab, and cannot be written here to bring it up to date: somebody who may write it has to open it once"
        case .beforeRelease(let path):
            "\(path) was written by an emolab from before its first release, and cannot be read by this one; nothing was changed. "
                + "Opened where it may be written, it is put aside and a new one made; or give another --store"
        case .damaged(let path, let detail):
            "\(path) is damaged, or could not be read just now (\(detail)). Try again. If it stays so, keep a copy, and recover it with: "
                + "sqlite3 '\(path)' .recover | sqlite3 recovered.sqlite"
        case .full(let path): "no space left for \(path). Free some on that disk, or of your share of it"
        case .disk(let path, let reason): "\(path) cannot be read or written: \(reason)"
        case .busy(let path): "\(path) was being written by another program for more than \(Int(RunStore.busyTimeout)) s; try again"
        case .cannotOpen(let path, let reason): "\(path) cannot be opened: \(reason)"
        case .failed(let path, let reason): "\(path): \(reason)"
        case .noSuchRun(let id): "there is no run \(id)"
        case .noSuchCorpus(let name):
            "there is no corpus named \(name); `emolab corpora list` shows what there is, `emolab corpora add` adds one"
        case .corpusExists(let name): "there is a corpus named \(name) already; remove it first or choose another name"
        case .badName(let name, let problem): "the corpus name '\(name.prefix(NameRule.longest))' \(problem)"
        case .runIsLive(let id, let pid): "run \(id) is in the hands of process \(pid)"
        case .runNotLive(let id, let state): "run \(id) is \(state.name): only a run that goes on takes orders"
        case .cannotResume(let id, let reason): "run \(id) cannot go on: \(reason)"
        case .takenOver(let id): "run \(id) was resumed by another process: what this one tells of it is not written to the store"
        case .unwritten(let id, let records, let file, let reason):
            "the store could not be written (\(reason)); the last \(counted(records, "record")) of run \(id) in \(file): "
                + "resuming the run takes them in, and so does emolab runs recover \(id) \(file)"
        case .cannotRecover(let path, let reason): "\(path) was not taken in: \(reason)"
        }
    }

    /// The store's own words for what SQLite reports.
    static func translate(_ error: any Error, path: String) -> any Error {
        if let error = error as? SQLiteFileError { return translate(error) }
        guard let error = error as? DatabaseError else { return error }
        switch error.resultCode {
        case .SQLITE_NOTADB: return StoreError.foreignFile(path: path)
        case .SQLITE_CORRUPT: return StoreError.damaged(path: path, detail: error.message ?? "malformed")
        case .SQLITE_READONLY, .SQLITE_PERM: return StoreError.readOnly(path: path)
        case .SQLITE_FULL: return StoreError.full(path: path)
        case .SQLITE_IOERR: return StoreError.disk(path: path, reason: diskReason(path) ?? error.message ?? "input or output error")
        case .SQLITE_BUSY, .SQLITE_LOCKED: return StoreError.busy(path: path)
        case .SQLITE_CANTOPEN where access(URL(fileURLWithPath: path).deletingLastPathComponent().path, W_OK) != 0:
            return StoreError.readOnly(path: path)
        case .SQLITE_CANTOPEN: return StoreError.cannotOpen(path: path, reason: error.message ?? "unknown")
        default: return StoreError.failed(path: path, reason: error.message ?? "\(error)")
        }
    }

    private static func translate(_ error: SQLiteFileError) -> StoreError {
        switch error {
        case .gone(let path): .gone(path: path)
        case .replaced(let path): .replaced(path: path)
        case .noIndex(let path): .cannotOpen(path: path, reason: error.reason)
        case .failed(let path, let reason): .failed(path: path, reason: reason)
        }
    }

    private static func words(_ code: Int32) -> String {
        code == EDQUOT ? "your share of that disk is used up: free some of it" : String(cString: strerror(code))
    }

    /// SQLite says only that the disk failed. A limit on the size of files looks the same to it, and a used-up share of the disk.
    private static func diskReason(_ path: String) -> String? {
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0, limit.rlim_cur != .max {
            let sizes = [path, path + "-wal", path + "-shm"].compactMap { (try? FileIdentity.at($0))?.size }
            // A transaction of ours is a few pages, of a whole corpus some megabytes.
            if let largest = sizes.max(), UInt64(largest) + 1 << 20 > limit.rlim_cur {
                return "the limit on the size of files, \(limit.rlim_cur >> 10) KiB (ulimit -f), is too small for it"
            }
        }
        let probe = path + "-probe"
        let file = open(probe, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { return errno == EEXIST ? nil : words(errno) }
        defer {
            close(file)
            unlink(probe)
        }
        let page = [UInt8](repeating: 0, count: 1 << 16)
        return write(file, page, page.count) == page.count && fsync(file) == 0 ? nil : words(errno)
    }
}
