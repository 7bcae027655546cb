// A user's folders for one test: nothing outside is read or written, and everything goes with the value.
import Foundation
import Testing

final class Home: Sendable {
    /// With a space in its name: users have them.
    let folder: URL
    let cache: URL

    /// - Parameter cache: prepared clips of an earlier test of the same corpora, where preparing them is not what is tested.
    init(cache shared: URL? = nil) throws {
        // Under /tmp, because the path of a tmux socket has little room.
        folder = URL(fileURLWithPath: "/tmp").appendingPathComponent("emolab test \(UUID().uuidString.prefix(8))", isDirectory: true)
        cache = shared ?? folder.appendingPathComponent("cache", isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { remove() }

    func remove() {
        // A folder that a test made unwritable.
        if let names = FileManager.default.enumerator(atPath: folder.path) {
            for case let name as String in names { chmod(folder.appendingPathComponent(name).path, 0o700) }
        }
        try? FileManager.default.removeItem(at: folder)
    }

    /// The environment of a plain terminal, with `changes` (nil takes a variable away).
    func environment(_ changes: [String: String?] = [:]) -> [String: String] {
        var environment: [String: String] = [
            "HOME": folder.path, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "LANG": "C.UTF-8",
            "TERM": "xterm-256color", "XDG_DATA_HOME": data.path, "XDG_CACHE_HOME": cache.path,
            "XDG_STATE_HOME": folder.appendingPathComponent("state").path, "XDG_CONFIG_HOME": folder.appendingPathComponent("config").path,
        ]
        // What the libraries of this machine need is not the test's business.
        for name in ["LD_LIBRARY_PATH", "ESPEAK_DATA_PATH", "OMP_WAIT_POLICY"] {
            environment[name] = ProcessInfo.processInfo.environment[name]
        }
        for (name, value) in changes { environment[name] = value }
        return environment
    }

    var data: URL { folder.appendingPathComponent("data", isDirectory: true) }
    var store: URL { data.appendingPathComponent("emolab/emolab.sqlite") }
    var runs: URL { data.appendingPathComponent("emolab/runs", isDirectory: true) }

    func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let url = file(name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    /// Starts `emolab`.
    func start(_ arguments: String..., environment: [String: String?] = [:]) throws -> RunningProgram {
        try RunningProgram(arguments, in: self, environment: environment)
    }

    /// Runs `emolab` to its end.
    func emolab(_ arguments: String..., environment: [String: String?] = [:]) throws -> Program.Result {
        try RunningProgram(arguments, in: self, environment: environment).finish()
    }

    /// Runs `emolab`, which must succeed, and returns its last line as JSON.
    func json(_ arguments: String...) throws -> JSON {
        let result = try RunningProgram(arguments, in: self).finish()
        guard result.status == 0 else { throw Program.Failure(description: "\(arguments) ended with \(result.status): \(result.errors)") }
        return try result.lastJSON()
    }

    /// The state of a run as `runs list` has it; nil where there is no such run.
    func state(ofRun run: Int) throws -> String? {
        try json("runs", "list", "--json").array.first { $0["id"].int == run }?["state"].string
    }
}
