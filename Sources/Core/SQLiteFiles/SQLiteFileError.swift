/// Why a database file cannot be opened, or is no longer the one that was. Who owns the file puts it into words of its own.
package enum SQLiteFileError: Error, Equatable {
    case gone(path: String)
    case replaced(path: String)
    case noIndex(path: String)
    case failed(path: String, reason: String)

    /// One clause, without the path.
    package var reason: String {
        switch self {
        case .gone: "the file has gone"
        case .replaced: "another file has taken its place"
        case .noIndex:
            "a program that wrote it ended without closing it, and it is not yours to write: somebody who may write it has to open it once"
        case .failed(_, let reason): reason
        }
    }
}
