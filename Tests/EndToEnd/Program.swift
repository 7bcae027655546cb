// The built `emolab` as a process: started, waited for with a deadline, signalled, and ended with the test at the latest.
import Foundation
import Testing

/// Where the program lies, and how it is started.
enum Program {
    /// `emolab` beside the test bundle that is running.
    static let path: String = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        let runner = URL(fileURLWithPath: bundle).standardizedFileURL.deletingLastPathComponent()
        let own = URL(fileURLWithPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? bundle)
        let candidates = [runner, own.deletingLastPathComponent()].map { $0.appendingPathComponent("emolab").path }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? candidates[0]
    }()

    /// What a finished process left.
    struct Result {
        /// The exit code, or minus the signal that ended it.
        var status: Int32
        var output: String
        var errors: String
        /// Without the line that says that a detector's weights are missing, which a test's home has not.
        var errorsBesidesFaces: String {
            errors.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains("faces are centred squares") }.joined(
                separator: "\n")
        }
        var lines: [String] { output.split(separator: "\n").map(String.init) }

        /// Every line of the output as JSON. Throws where one is not.
        func json() throws -> [JSON] { try lines.map { try JSON($0) } }
        /// The last line of the output as JSON.
        func lastJSON() throws -> JSON { try JSON(try #require(lines.last, "no output; errors: \(errors)")) }
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }
}

/// A running process. Its output goes to files, so that no pipe fills; it is killed with its group when the value goes.
final class RunningProgram {
    let pid: pid_t
    /// Held, because its folder goes with it.
    private let home: Home
    private let output: URL
    private let errors: URL
    private var ended: Int32?

    /// - Throws: `Program.Failure` where the program cannot be started.
    init(_ arguments: [String], of program: String = Program.path, in home: Home, environment changes: [String: String?] = [:]) throws {
        self.home = home
        output = home.folder.appendingPathComponent("output-\(UUID().uuidString)")
        errors = home.folder.appendingPathComponent("errors-\(UUID().uuidString)")
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        // The test runner's threads block signals, and a child inherits that: a user's shell does not.
        var none = sigset_t(), all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        // env(1) changes the folder and becomes the program: posix_spawn's own way there is not in every C library.
        let words = (["env", "-C", home.folder.path, program] + arguments).map { strdup($0) } + [nil]
        let variables = home.environment(changes).map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, "env", &actions, &attributes, words, variables)
        guard code == 0 else { throw Program.Failure(description: "env cannot be started: \(String(cString: strerror(code)))") }
        self.pid = pid
    }

    deinit {
        if ended == nil {
            kill(-pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
        }
        unlink(output.path)
        unlink(errors.path)
    }

    /// The exit code, or minus the signal; nil while it runs.
    var status: Int32? {
        if let ended { return ended }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        let signal = status & 0x7f
        ended = signal == 0 ? (status >> 8) & 0xff : -signal
        return ended
    }

    /// What it wrote so far.
    var outputSoFar: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    var errorsSoFar: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    func send(_ signal: Int32) { kill(pid, signal) }

    /// Waits for its end. Throws after `seconds`, which is generous: other tests and builds share the machine.
    func finish(within seconds: Double = 120, _ location: SourceLocation = #_sourceLocation) throws -> Program.Result {
        try eventually("\(pid) ends; errors so far: \(errorsSoFar)", within: seconds, location) { status != nil }
        return Program.Result(status: status ?? 0, output: outputSoFar, errors: errorsSoFar)
    }
}

/// Looks every few milliseconds whether `condition` holds, until it does or `seconds` have passed.
/// - Throws: `Program.Failure` with `what` in it, so that a test ends where it cannot go on.
func eventually(
    _ what: @autoclosure () -> String, within seconds: Double = 60, _ location: SourceLocation = #_sourceLocation,
    _ condition: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !condition() {
        guard ContinuousClock.now < deadline else {
            throw Program.Failure(description: "line \(location.line): not within \(seconds) s: \(what())")
        }
        usleep(20_000)
    }
}
