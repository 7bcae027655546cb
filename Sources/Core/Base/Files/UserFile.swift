import Foundation

/// What a user asks to be written, at a path of their own.
public enum UserFile {
    /// Puts a file of these bytes there, whole or not at all, with the rights that the user's mask leaves. A link stays, and the file that it leads to is
    /// replaced, or made. What is no file, a named pipe or `/dev/null`, takes the bytes and stays what it is.
    /// - Parameter path: `~` is the user's folder; `/dev/stdout` comes after what was printed before.
    /// - Throws: `FileFailure`.
    public static func write(_ bytes: Data, to path: String) throws(FileFailure) {
        let path = (path as NSString).expandingTildeInPath
        if path == "/dev/stdout" { return try StandardOutput.write(bytes) }
        var status = stat()
        guard stat(path, &status) == 0 else {
            // Links that lead in a circle: the call says so.
            if errno == ELOOP { close(try SystemFileCalls().open(path, O_WRONLY | O_CLOEXEC, 0)) }
            return try DurableFile.write([bytes], to: target(of: path), permissions: 0o666)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let calls = SystemFileCalls(), file = try calls.open(path, O_WRONLY | O_CLOEXEC, 0)
            defer { close(file) }
            return try calls.writeAll(bytes, to: file, path: path)
        }
        try DurableFile.write([bytes], to: target(of: path), permissions: status.st_mode & 0o666)
    }

    /// Where links lead, whether or not a file is there.
    private static func target(of path: String) -> URL {
        var url = URL(fileURLWithPath: path)
        // As many as the system itself follows.
        for _ in 0..<40 {
            guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: url.path) else { break }
            url = URL(fileURLWithPath: next, relativeTo: url.deletingLastPathComponent()).absoluteURL
        }
        return url
    }

    /// The same for text.
    public static func write(_ text: String, to path: String) throws(FileFailure) { try write(Data(text.utf8), to: path) }

    /// Opens a file that grows as something goes on; what was in it goes. `/dev/stdout` comes after what was printed before.
    /// - Throws: `FileFailure`.
    public static func stream(to path: String) throws(FileFailure) -> Growing {
        let path = (path as NSString).expandingTildeInPath
        if path == "/dev/stdout" { return Growing(path: path, file: nil) }
        return Growing(path: path, file: try SystemFileCalls().open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666))
    }

    /// A file that is written piece by piece, closed when the value goes.
    public final class Growing: Sendable {
        private let path: String
        /// Nil for standard output.
        private let file: Int32?

        fileprivate init(path: String, file: Int32?) { (self.path, self.file) = (path, file) }

        deinit { if let file { close(file) } }

        /// - Throws: `FileFailure`.
        public func write(_ text: String) throws(FileFailure) {
            guard let file else { return try StandardOutput.write(Data(text.utf8)) }
            try SystemFileCalls().writeAll(Data(text.utf8), to: file, path: path)
        }
    }
}
