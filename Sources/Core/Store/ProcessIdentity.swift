import Foundation

/// Names a process so that another one can tell whether it still lives: a bare pid is reused, after a restart even for a stranger.
public struct ProcessIdentity: Sendable, Codable, Equatable {
    public var pid: Int32
    public var host: String
    /// The kernel's boot and the pid namespace (containers count pids anew); empty where the system has no /proc.
    public var boot: String
    /// When the process began, in clock ticks since boot; 0 where the system has no /proc.
    public var started: Int64

    public init(pid: Int32, host: String, boot: String, started: Int64) {
        self.pid = pid
        self.host = host
        self.boot = boot
        self.started = started
    }

    /// This process.
    public static let current = ProcessIdentity(
        pid: getpid(), host: currentHost(), boot: currentBoot(), started: startTime(of: getpid()) ?? 0)

    enum Life { case alive, dead, unknown }

    /// `unknown` where the process is of another host or namespace: then only its heartbeat tells.
    var life: Life {
        let here = ProcessIdentity.current
        guard host == here.host else { return .unknown }
        let (kernel, namespace) = Self.parts(boot)
        let (kernelHere, namespaceHere) = Self.parts(here.boot)
        if kernel != kernelHere { return .dead }
        guard namespace == namespaceHere else { return .unknown }
        if kill(pid, 0) != 0 && errno == ESRCH { return .dead }
        if started != 0, let now = Self.startTime(of: pid), now != started { return .dead }
        if Self.isZombie(pid) { return .dead }
        return .alive
    }

    private static func parts(_ boot: String) -> (Substring, Substring) {
        let parts = boot.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
    }

    /// gethostname(2); Foundation's own host name may ask the network.
    private static func currentHost() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func currentBoot() -> String {
        let kernel = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
        let namespace = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
        return kernel.trimmingCharacters(in: .whitespacesAndNewlines) + " " + namespace
    }

    /// The fields of /proc/PID/stat after the command, which is in brackets and may itself hold brackets and spaces.
    private static func statistics(of pid: Int32) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = text.lastIndex(of: ")") else {
            return nil
        }
        return text[text.index(after: end)...].split(separator: " ")
    }

    /// Field 22 of /proc/PID/stat (proc(5)); the fields here begin with the third.
    static func startTime(of pid: Int32) -> Int64? {
        statistics(of: pid).flatMap { $0.count > 19 ? Int64($0[19]) : nil }
    }

    private static func isZombie(_ pid: Int32) -> Bool { statistics(of: pid)?.first == "Z" }
}
