import Foundation

/// Why a file could not be written or read: what was tried, on which path, and the system's reason.
public struct FileFailure: Error, Equatable, CustomStringConvertible {
    /// `open`, `write`, `flush`, `link`, `rename`, `remove`; `read` for a file that was to be read.
    public var action: String
    public var path: String
    /// The system's error number.
    public var code: Int32

    public init(action: String, path: String, code: Int32) {
        self.action = action
        self.path = path
        self.code = code
    }

    /// There is no file of that name.
    public var isMissing: Bool { code == ENOENT || code == ENOTDIR }

    public var description: String {
        guard action != "read" else { return "\(path) cannot be read: \(reason)\(readingAdvice)" }
        let advice =
            switch code {
            case ENOSPC: ". Free some space on that disk"
            case EDQUOT: ". Free some of your share of that disk"
            case EFBIG: ". The limit on the size of files (ulimit -f) is too small for it"
            case EACCES, EPERM, EROFS: ". Check the permissions of the file and its folder"
            default: ""
            }
        return "\(path) cannot be written (\(action)): \(reason)\(advice)"
    }

    /// The system's words.
    public var reason: String { String(cString: strerror(code)) }

    private var readingAdvice: String {
        switch code {
        case EACCES, EPERM: ". Check the permissions of the file and its folder"
        case EISDIR, EINVAL, ENOENT, ENOTDIR: ""
        // The disk, the network or this process: the next attempt may succeed.
        default: ". Its contents may be whole: try again, and check the disk if it stays so"
        }
    }
}
