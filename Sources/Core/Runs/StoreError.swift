import GRDB

/// Why the run store cannot do what was asked; says which file and what to do.
public enum StoreError: Error, Equatable, CustomStringConvertible {
    case foreignFile(path: String)
    case newerSchema(path: String, steps: [String])
    case notPresent(path: String)
    case readOnly(path: String)
    case damaged(path: String, detail: String)
    case full(path: String)
    case busy(path: String)
    case cannotOpen(path: String, reason: String)
    case failed(path: String, reason: String)
    case noSuchRun(Int64)
    case noSuchCorpus(String)
    case corpusExists(String)
    case runIsLive(Int64, pid: Int32)
    case runNotLive(Int64, state: RunState)
    /// Why a run cannot go on from where it stopped.
    case cannotResume(Int64, reason: String)

    public var description: String {
        switch self {
        case .foreignFile(let path): "\(path) is not a store of emolab; nothing was changed. Give another path with --store"
        case .newerSchema(let path, let steps):
            "\(path) was written by a newer emolab (\(steps.joined(separator: ", "))); nothing was changed. Update emolab or use another --store"
        case .notPresent(let path): "there is no store at \(path)"
        case .readOnly(let path): "\(path) cannot be written: check the permissions of the file and its folder, or give another --store"
        case .damaged(let path, let detail):
            "\(path) is damaged (\(detail)). Move it away, or recover it with: sqlite3 \(path) .recover | sqlite3 recovered.sqlite"
        case .full(let path): "no space left for \(path)"
        case .busy(let path): "\(path) was in use by another program for more than \(RunStore.busyTimeout) s; try again"
        case .cannotOpen(let path, let reason): "\(path) cannot be opened: \(reason)"
        case .failed(let path, let reason): "\(path): \(reason)"
        case .noSuchRun(let id): "there is no run \(id)"
        case .noSuchCorpus(let name): "there is no corpus named \(name); emolab corpora list shows them"
        case .corpusExists(let name): "there is a corpus named \(name) already; remove it first or choose another name"
        case .runIsLive(let id, let pid): "run \(id) is in the hands of process \(pid)"
        case .runNotLive(let id, let state): "run \(id) is \(state.rawValue): only a run that goes on takes orders"
        case .cannotResume(let id, let reason): "run \(id) cannot go on: \(reason)"
        }
    }

    /// The store's own words for what SQLite reports.
    static func translate(_ error: any Error, path: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        switch error.resultCode {
        case .SQLITE_NOTADB: return StoreError.foreignFile(path: path)
        case .SQLITE_CORRUPT: return StoreError.damaged(path: path, detail: error.message ?? "malformed")
        case .SQLITE_READONLY, .SQLITE_PERM: return StoreError.readOnly(path: path)
        case .SQLITE_FULL: return StoreError.full(path: path)
        case .SQLITE_BUSY, .SQLITE_LOCKED: return StoreError.busy(path: path)
        case .SQLITE_CANTOPEN: return StoreError.cannotOpen(path: path, reason: error.message ?? "unknown")
        default: return StoreError.failed(path: path, reason: error.message ?? "\(error)")
        }
    }
}
