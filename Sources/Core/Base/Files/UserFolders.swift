import Foundation

/// Where this program keeps what it makes, as the XDG Base Directory Specification 0.8 says.
public enum UserFolders {
    /// `$XDG_DATA_HOME/emolab`, by default `~/.local/share/emolab`.
    public static func data(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> URL {
        folder("XDG_DATA_HOME", or: ".local/share", environment)
    }

    /// `$XDG_CACHE_HOME/emolab`, by default `~/.cache/emolab`: what can be made again.
    public static func cache(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> URL {
        folder("XDG_CACHE_HOME", or: ".cache", environment)
    }

    /// `$XDG_CONFIG_HOME/emolab`, by default `~/.config/emolab`: what a user writes.
    public static func config(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> URL {
        folder("XDG_CONFIG_HOME", or: ".config", environment)
    }

    /// `$XDG_STATE_HOME/emolab`, by default `~/.local/state/emolab`: what is remembered from one session to the next.
    public static func state(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> URL {
        folder("XDG_STATE_HOME", or: ".local/state", environment)
    }

    /// The specification has relative paths ignored.
    private static func folder(_ variable: String, or standard: String, _ environment: [String: String]) -> URL {
        if let path = environment[variable], path.hasPrefix("/") {
            return URL(fileURLWithPath: path, isDirectory: true).appendingPathComponent("emolab", isDirectory: true)
        }
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
        return URL(fileURLWithPath: home, isDirectory: true).appendingPathComponent(standard).appendingPathComponent(
            "emolab", isDirectory: true)
    }
}
