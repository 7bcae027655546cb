// Runs in processes of their own: started from the screen, and there when it has gone.
import Base
import Dispatch
import Foundation
import Records
import Store
import Synchronization

/// A run that could not be started, in words.
public struct LaunchError: Error, CustomStringConvertible {
    public var description: String
}

public final class RunLauncher: Sendable {
    /// A process under way, until it ended; `run` once its run is in the store.
    private struct Child: Sendable {
        var pid: pid_t
        var words: String
        /// What a run that is resumed does then.
        var going: String?
        var experiment: String?
        var log: String
        var began: Date
        var run: Int64?
    }

    private let store: RunStore
    private let executable: String
    private let folder: String
    private let children = Mutex<[Child]>([])
    private let queue = DispatchQueue(label: "emolab.launcher", qos: .utility)
    private let timer = RepeatingTimer()
    /// Seconds between two looks at processes that were started here.
    private static let interval = 0.25

    /// - Parameters:
    ///   - executable: this program, unless told.
    ///   - folder: for logs and experiments on their way; the user's state folder unless told.
    public init(store: RunStore, executable: String? = nil, folder: String? = nil) {
        self.store = store
        self.executable = executable ?? RunLauncher.program
        self.folder = folder ?? StandardErrorLog.folder(environment: ProcessInfo.processInfo.environment)
    }

    /// The file of this process' program, also where it was found through the path.
    public static var program: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    /// Starts `emolab train` for a request, and tells how it went: that it could not be started, that its run is there, or that it ended before it
    /// had one, with the words of its log.
    /// - Parameters:
    ///   - began: a run of this launcher is in the store.
    ///   - told: a sentence for the user. Both from any thread.
    public func launch(_ request: LaunchRequest, began: @escaping @Sendable (Int64) -> Void, told: @escaping @Sendable (String) -> Void) {
        queue.async { [self] in
            do {
                let child = try start(request)
                children.withLock { $0.append(child) }
                watch(began: began, told: told)
            } catch {
                told("\(error)")
            }
        }
    }

    private func start(_ request: LaunchRequest) throws -> Child {
        var arguments = ["train"], experiment: String?, words: String, going: String?
        switch request {
        case .child(let parent, let text):
            experiment = text
            arguments += ["--parent", "\(parent)"]
            words = "a child of run \(parent)"
        case .clone(let text):
            experiment = text
            words = "the copy"
        case .resume(let run, let changes, let isPaused):
            arguments += ["--resume", "\(run)"] + (isPaused ? ["--paused"] : []) + changes.flatMap { ["--set", $0] }
            words = "run \(run)"
            going = isPaused ? "stays paused" : "goes on"
        }
        let name = "\(folder)/train-\(UUID().uuidString.prefix(8).lowercased())"
        if let experiment {
            do { try DurableFile.write(experiment, to: URL(fileURLWithPath: name + ".toml")) } catch {
                throw LaunchError(description: "\(words) was not started: \(error)")
            }
            arguments.insert(name + ".toml", at: 1)
        }
        let pid = try RunLauncher.spawn(executable, arguments + ["--store", store.url.path], log: name + ".log")
        return Child(
            pid: pid, words: words, going: going, experiment: experiment == nil ? nil : name + ".toml", log: name + ".log", began: Date(),
            run: nil)
    }

    /// Starts a program in a session of its own, with nothing to read and its output in a file: it goes on when this process, its terminal and its
    /// connection have gone.
    /// - Returns: its process. - Throws: `LaunchError`.
    public static func spawn(_ program: String? = nil, _ arguments: [String], log: String) throws -> pid_t {
        let program = program ?? RunLauncher.program
        var actions = posix_spawn_file_actions_t(), attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        keepOpenFiles()
        // What this process ignores or blocks is its own business.
        var signals = sigset_t(), none = sigset_t()
        sigemptyset(&none)
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGPIPE, SIGCHLD] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setsigmask(&attributes, &none)
        // POSIX_SPAWN_SETSID, which Swift does not import everywhere: a session of its own.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK) | 0x80)
        var pid = pid_t()
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        let code = posix_spawn(&pid, program, &actions, &attributes, words, environ)
        guard code == 0 else { throw LaunchError(description: "\(program) cannot be started: \(String(cString: strerror(code)))") }
        return pid
    }

    /// A terminal that a child holds open never closes: what this process has open is not for programs that it starts.
    private static func keepOpenFiles() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            guard let file = Int32(name), file > STDERR_FILENO else { continue }
            let flags = fcntl(file, F_GETFD)
            if flags >= 0 { _ = fcntl(file, F_SETFD, flags | FD_CLOEXEC) }
        }
    }

    // MARK: Watching

    private func watch(began: @escaping @Sendable (Int64) -> Void, told: @escaping @Sendable (String) -> Void) {
        timer.start(every: Self.interval, after: Self.interval, leeway: .milliseconds(50), on: queue) { [weak self] in
            self?.look(began, told)
        }
    }

    /// On the queue.
    private func look(_ began: @Sendable (Int64) -> Void, _ told: @Sendable (String) -> Void) {
        var open: [Child] = []
        for var child in children.withLock(\.self) {
            var status: Int32 = 0
            let isOver = waitpid(child.pid, &status, WNOHANG) == child.pid
            if child.run == nil, let run = try? store.run(ofProcess: child.pid, since: child.began) {
                child.run = run
                // The run keeps its own.
                if let file = child.experiment { try? FileManager.default.removeItem(atPath: file) }
                began(run)
                told(
                    (child.going.map { "\(child.words) \($0)" } ?? "\(child.words) is run \(run)")
                        + ", in process \(child.pid): it goes on without this screen")
            }
            guard isOver else {
                open.append(child)
                continue
            }
            let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
            if code == 0 {
                try? FileManager.default.removeItem(atPath: child.log)
            } else if child.run == nil {
                told("\(child.words) did not start: \(RunLauncher.lastWords(child.log) ?? "it ended with \(code)"); log: \(child.log)")
            }
        }
        children.withLock { $0 = open }
        if open.isEmpty { timer.stop() }
    }

    /// The last line of a log that says why, without the program's name in front.
    static func lastWords(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        // The end is enough, however long it got.
        let length = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: length > 8192 ? length - 8192 : 0)
        guard let data = try? file.read(upToCount: 8192) else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let line = lines.last(where: { $0.hasPrefix("emolab: ") }) ?? lines.last else { return nil }
        return String(line.hasPrefix("emolab: ") ? line.dropFirst(8) : line)
    }
}
