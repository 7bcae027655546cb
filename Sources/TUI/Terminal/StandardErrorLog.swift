import Base
import Foundation

/// While the screen is open, what libraries write to standard error goes to a file instead of over the screen.
struct StandardErrorLog {
    private let original: Int32
    let path: String

    /// `nil` where no file can be opened; standard error is left alone then.
    init?(path: String) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return nil }
        defer { close(file) }
        // Not for programs that are started meanwhile: they would hold the terminal open.
        original = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
        guard original >= 0 else { return nil }
        self.path = path
        fflush(nil)
        dup2(file, STDERR_FILENO)
    }

    /// Standard error as it was. Returns a sentence where something was written meanwhile.
    func restore() -> String? {
        fflush(nil)
        dup2(original, STDERR_FILENO)
        close(original)
        var info = stat()
        guard stat(path, &info) == 0, info.st_size > 0 else {
            unlink(path)
            return nil
        }
        return "messages of libraries while the screen was open: \(path)"
    }

    /// In the user's state folder, one file a process.
    static func defaultPath(environment: [String: String]) -> String { folder(environment: environment) + "/screen-\(getpid()).log" }

    /// `emolab` in the user's state folder (XDG base directories), made where it is missing.
    static func folder(environment: [String: String]) -> String {
        let folder = UserFolders.state(environment).path
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }
}
