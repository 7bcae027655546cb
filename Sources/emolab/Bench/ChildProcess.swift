// Runs a program to its end and takes what it prints. In this process' group, so that Ctrl-C ends both.
import Foundation

struct ChildProcess {
    /// The exit code, or minus the signal.
    var status: Int32
    var output: String
    var errors: String

    /// - Throws: `CommandFailure` where it cannot be started.
    static func run(_ program: String, _ arguments: [String]) throws -> ChildProcess {
        let errorFile = FileManager.default.temporaryDirectory.appendingPathComponent("emolab-errors-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: errorFile) }
        let pipe = Pipe()
        let (reading, writing) = (pipe.fileHandleForReading.fileDescriptor, pipe.fileHandleForWriting.fileDescriptor)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, writing, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errorFile.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addclose(&actions, reading)
        posix_spawn_file_actions_addclose(&actions, writing)
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, program, &actions, nil, words, environ)
        guard code == 0 else { throw CommandFailure("\(program.printable) cannot be started: \(String(cString: strerror(code)))") }
        try? pipe.fileHandleForWriting.close()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        let signal = status & 0x7f
        return ChildProcess(
            status: signal == 0 ? (status >> 8) & 0xff : -signal, output: String(decoding: output, as: UTF8.self),
            errors: (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "")
    }

    /// The last line of what it complained about.
    var complaint: String {
        errors.split(separator: "\n").last.map(String.init)
            ?? (status < 0 ? "ended by signal \(-status)" : "ended with exit code \(status)")
    }
}
