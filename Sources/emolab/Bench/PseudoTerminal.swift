// This program on a terminal of its own: keys go in, what it would draw comes out, with the time of every byte.
import Foundation

final class PseudoTerminal {
    let process: pid_t
    private let master: Int32
    /// Monotonic seconds of the start.
    let started: Double
    private var isEnded = false

    /// Starts `program` as the leader of a session whose terminal has this size.
    /// - Throws: `CommandFailure` where the system has no pseudoterminal left or the program cannot be started.
    init(_ program: String, _ arguments: [String], columns: Int, rows: Int, environment: [String: String]) throws {
        // The Linux way without grantpt: the names that would need _XOPEN_SOURCE are not visible from Swift.
        let unlock: UInt = 0x4004_5431, number: UInt = 0x8004_5430
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (zero, index): (Int32, Int32) = (0, 0)
        guard master >= 0, ioctl(master, unlock, &zero) == 0, ioctl(master, number, &index) == 0 else {
            throw CommandFailure("no pseudoterminal: \(String(cString: strerror(errno)))")
        }
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Opened by the leader of a new session, the terminal becomes its controlling one.
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/pts/\(index)", O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, 0x80)  // POSIX_SPAWN_SETSID
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for word in words + variables { free(word) } }
        started = Self.now
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, words, variables)
        guard code == 0 else { throw CommandFailure("\(program.printable) cannot be started: \(String(cString: strerror(code)))") }
        process = pid
        _ = fcntl(master, F_SETFL, O_NONBLOCK)
    }

    /// This process' own, but for what would make one terminal another.
    static var plainEnvironment: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["TERM"] = "xterm-256color"
        for name in ["NO_COLOR", "COLORTERM", "ESCDELAY", "TMUX"] { environment[name] = nil }
        return environment
    }

    deinit {
        end()
        close(master)
    }

    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// What came out: bytes, and when the first and the last of them came.
    struct Burst {
        var bytes: [UInt8] = []
        var first: Double?
        var last: Double?
    }

    /// Reads until nothing has come for `quiet` seconds, until `isEnough`, or until `limit` seconds have passed.
    func read(quiet: Double, limit: Double, until isEnough: (Burst) -> Bool = { _ in false }) -> Burst {
        var burst = Burst()
        let end = Self.now + limit
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let now = Self.now
            let wait = min(end - now, burst.last.map { $0 + quiet - now } ?? end - now)
            guard wait > 0, !isEnough(burst) else { return burst }
            var one = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&one, 1, Int32((wait * 1000).rounded(.up))) > 0 else { continue }
            let count = Foundation.read(master, &buffer, buffer.count)
            guard count > 0 else { return burst }  // The program has gone.
            burst.bytes += buffer[..<count]
            burst.last = Self.now
            burst.first = burst.first ?? burst.last
        }
    }

    func type(_ keys: String) {
        var bytes = Array(keys.utf8)
        _ = write(master, &bytes, bytes.count)
    }

    var meter: ProcessMeter { ProcessMeter(process: process) }

    func resize(columns: Int, rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    /// The program has ended of itself.
    var hasGone: Bool {
        guard !isEnded else { return true }
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == process else { return false }
        isEnded = true
        return true
    }

    func end() {
        guard !isEnded else { return }
        isEnded = true
        kill(process, SIGTERM)
        _ = read(quiet: 0.2, limit: 1)
        var status: Int32 = 0
        let deadline = Self.now + 3
        while waitpid(process, &status, WNOHANG) == 0 {
            if Self.now > deadline { kill(process, SIGKILL) }
            usleep(10_000)
        }
    }
}
