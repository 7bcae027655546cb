import Foundation

/// Somebody who may read a folder and not write it: another user where the tests run as root; else nobody may write it meanwhile.
public enum Stranger {
    public static let id: uid_t = 65534

    /// Runs `body` as the stranger. It changes the whole process, so it is for the process of an exit test.
    public static func looks<Value>(at folder: URL, _ body: () throws -> Value) throws -> Value {
        guard geteuid() == 0 else {
            try share(folder, isWritable: false)
            defer { try? share(folder) }
            return try body()
        }
        become(id)
        defer { become(0) }
        return try body()
    }

    /// Within `looks`, what the owner does meanwhile.
    public static func ownerActs<Value>(in folder: URL, _ body: () throws -> Value) throws -> Value {
        guard getuid() == id else {
            try share(folder)
            defer { try? share(folder, isWritable: false) }
            return try body()
        }
        become(0)
        defer { become(id) }
        return try body()
    }

    /// The real user too, for whom access(2) asks. The saved one stays root, so that there is a way back.
    private static func become(_ user: uid_t) {
        let isDone = seteuid(0) == 0 && setreuid(user, 0) == 0 && seteuid(user) == 0
        precondition(isDone, "root may become anybody")
    }

    /// Lets everybody read what is in the folder, whatever the mask of this process, and its owner write it or not.
    public static func share(_ folder: URL, isWritable: Bool = true) throws {
        chmod(folder.path, isWritable ? 0o755 : 0o555)
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let path = folder.appendingPathComponent(name).path
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            chmod(path, (isFolder.boolValue ? 0o555 : 0o444) | (isWritable ? 0o200 : 0))
        }
    }
}
