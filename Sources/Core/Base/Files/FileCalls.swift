// The calls of the system by which files are made, read and given names.
import Foundation

/// File calls that say what failed. Whoever wants them to fail, as tests do, hands in calls of their own.
public protocol FileCalls: Sendable {
    func open(_ path: String, _ flags: Int32, _ permissions: mode_t) throws(FileFailure) -> Int32
    func status(of file: Int32, path: String) throws(FileFailure) -> stat
    /// Reads what there is into `data` from its byte `start` on.
    /// - Returns: bytes read; 0 at the end of the file.
    func read(_ file: Int32, into data: inout Data, from start: Int, path: String) throws(FileFailure) -> Int
    /// - Returns: bytes written, which may be fewer than there are.
    func write(_ data: Data, to file: Int32, path: String) throws(FileFailure) -> Int
    func flush(_ file: Int32, path: String) throws(FileFailure)
    /// Gives the file at `path` a second name.
    func link(_ path: String, as other: String) throws(FileFailure)
    func rename(_ path: String, to other: String) throws(FileFailure)
    func remove(_ path: String) throws(FileFailure)
}

extension FileCalls {
    /// Writes all of it, in as many calls as it takes.
    func writeAll(_ data: Data, to file: Int32, path: String) throws(FileFailure) {
        var rest = data
        while !rest.isEmpty { rest = rest.dropFirst(try write(rest, to: file, path: path)) }
    }
}

/// The system's own calls. One that a signal ends early is begun again.
public struct SystemFileCalls: FileCalls {
    public init() {}

    public func open(_ path: String, _ flags: Int32, _ permissions: mode_t) throws(FileFailure) -> Int32 {
        try FileCall.check("open", path) { Foundation.open(path, flags, permissions) }
    }

    public func status(of file: Int32, path: String) throws(FileFailure) -> stat {
        var status = stat()
        try FileCall.check("read", path) { fstat(file, &status) }
        return status
    }

    public func read(_ file: Int32, into data: inout Data, from start: Int, path: String) throws(FileFailure) -> Int {
        try FileCall.check("read", path) {
            data.withUnsafeMutableBytes { Foundation.read(file, $0.baseAddress! + start, $0.count - start) }
        }
    }

    public func write(_ data: Data, to file: Int32, path: String) throws(FileFailure) -> Int {
        try FileCall.check("write", path) { data.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) } }
    }

    public func flush(_ file: Int32, path: String) throws(FileFailure) { try FileCall.check("flush", path) { fsync(file) } }

    public func link(_ path: String, as other: String) throws(FileFailure) {
        try FileCall.check("link", other) { Foundation.link(path, other) }
    }

    public func rename(_ path: String, to other: String) throws(FileFailure) {
        try FileCall.check("rename", path) { Foundation.rename(path, other) }
    }

    public func remove(_ path: String) throws(FileFailure) { try FileCall.check("remove", path) { unlink(path) } }
}
