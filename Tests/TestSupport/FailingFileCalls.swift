import Base
import Foundation

/// The system's file calls, some of which fail. `fault` is asked before each; an error number makes the call fail with it, undone.
public struct FailingFileCalls: FileCalls {
    private let fault: @Sendable (_ action: String, _ path: String) -> Int32?
    private let system = SystemFileCalls()

    public init(_ fault: @escaping @Sendable (_ action: String, _ path: String) -> Int32?) { self.fault = fault }

    private func ask(_ action: String, _ path: String) throws(FileFailure) {
        if let code = fault(action, path) { throw FileFailure(action: action, path: path, code: code) }
    }

    public func open(_ path: String, _ flags: Int32, _ permissions: mode_t) throws(FileFailure) -> Int32 {
        try ask("open", path)
        return try system.open(path, flags, permissions)
    }

    public func status(of file: Int32, path: String) throws(FileFailure) -> stat {
        try ask("read", path)
        return try system.status(of: file, path: path)
    }

    public func read(_ file: Int32, into data: inout Data, from start: Int, path: String) throws(FileFailure) -> Int {
        try ask("read", path)
        return try system.read(file, into: &data, from: start, path: path)
    }

    public func write(_ data: Data, to file: Int32, path: String) throws(FileFailure) -> Int {
        try ask("write", path)
        return try system.write(data, to: file, path: path)
    }

    public func flush(_ file: Int32, path: String) throws(FileFailure) {
        try ask("flush", path)
        try system.flush(file, path: path)
    }

    public func link(_ path: String, as other: String) throws(FileFailure) {
        try ask("link", other)
        try system.link(path, as: other)
    }

    public func rename(_ path: String, to other: String) throws(FileFailure) {
        try ask("rename", path)
        try system.rename(path, to: other)
    }

    public func remove(_ path: String) throws(FileFailure) {
        try ask("remove", path)
        try system.remove(path)
    }
}

extension DurableFile {
    /// Files whose calls fail as `fault` says.
    public static func failing(_ fault: @escaping @Sendable (_ action: String, _ path: String) -> Int32?) -> DurableFile {
        DurableFile(FailingFileCalls(fault))
    }
}
