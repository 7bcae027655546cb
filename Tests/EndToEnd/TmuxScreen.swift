// A terminal that a test can look at: a shell in a tmux server of its own, which nobody's configuration reaches.
import Foundation
import Testing

/// Needs tmux 3.2, which `make test` installs.
final class TmuxScreen {
    let home: Home
    private let server = "emolab-\(UUID().uuidString.prefix(8))"
    private let shell: pid_t
    private static let prompt = "ready>"

    /// A shell at its prompt, with `emolab` on its path.
    init(_ columns: Int, _ rows: Int, in home: Home, environment changes: [String: String?] = [:]) throws {
        self.home = home
        // The server takes its environment, and with it the shell's, from whoever starts it; a path given with -e is not kept.
        var environment = changes
        environment["PATH"] = URL(fileURLWithPath: Program.path).deletingLastPathComponent().path + ":" + (home.environment()["PATH"] ?? "")
        let size = ["-x", "\(columns)", "-y", "\(rows)"]
        let session = ["-u", "-L", server, "-f", "/dev/null", "new-session", "-d"] + size + ["-c", home.folder.path, "/bin/sh"]
        try Self.tmux(session, home, environment)
        shell =
            pid_t(try Self.tmux(["-L", server, "list-panes", "-F", "#{pane_pid}"], home).trimmingCharacters(in: .whitespacesAndNewlines))
            ?? 0
        try #require(shell > 1)
        // Not through the environment: root's shell puts its own prompt over it.
        try enter("PS1='\(Self.prompt) '; clear")
        try eventually("the prompt; the screen:\n\((try? text) ?? "")") { try self.rows.first?.hasPrefix(Self.prompt) == true }
    }

    deinit {
        // The shell's session first, so that nothing writes to the folder that goes next.
        let left = processes().map(\.pid)
        for pid in left { kill(pid, SIGKILL) }
        _ = try? Self.tmux(["-L", server, "kill-server"], home)
    }

    @discardableResult
    private static func tmux(_ arguments: [String], _ home: Home, _ changes: [String: String?] = [:]) throws -> String {
        let environment = changes.merging(["TMUX_TMPDIR": home.folder.path]) { own, _ in own }
        let result = try RunningProgram(arguments, of: "tmux", in: home, environment: environment).finish(within: 30)
        guard result.status == 0 else { throw Program.Failure(description: "tmux \(arguments.joined(separator: " ")): \(result.errors)") }
        return result.output
    }

    @discardableResult
    func tmux(_ arguments: String...) throws -> String { try Self.tmux(["-u", "-L", server] + arguments, home) }

    // MARK: Hands

    /// Types a line into the shell.
    func enter(_ line: String) throws {
        try tmux("send-keys", "-l", line)
        try tmux("send-keys", "Enter")
    }

    /// Presses keys by tmux' names: `q`, `Enter`, `Escape`.
    func press(_ keys: String...) throws {
        for key in keys { try tmux("send-keys", key) }
    }

    func resize(_ columns: Int, _ rows: Int) throws { try tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)") }

    // MARK: Eyes

    /// What the screen shows, a line a row.
    var text: String { get throws { try tmux("capture-pane", "-p") } }
    /// The same with escape sequences for colours and attributes.
    var colouredText: String { get throws { try tmux("capture-pane", "-p", "-e") } }
    var rows: [String] { get throws { try text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) } }

    func waits(for words: String..., within seconds: Double = 60, _ location: SourceLocation = #_sourceLocation) throws {
        try eventually("\(words) on the screen:\n\((try? text) ?? "")", within: seconds, location) {
            let shown = try text
            return words.allSatisfy(shown.contains)
        }
    }

    /// A variable of tmux' pane, e.g. `cursor_flag`.
    func pane(_ variable: String) throws -> String {
        try tmux("display-message", "-p", "#{\(variable)}").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: Processes

    /// What runs in this terminal: name and number, from /proc.
    func processes() -> [(name: String, pid: pid_t)] {
        let numbers = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(pid_t.init)
        return numbers.compactMap { pid in
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let open = text.firstIndex(of: "("),
                let close = text.lastIndex(of: ")")
            else { return nil }
            // After the name: state, parent, group, session.
            let fields = text[text.index(after: close)...].split(separator: " ")
            guard fields.count > 3, pid_t(fields[3]) == shell, fields[0] != "Z" else { return nil }
            return (String(text[text.index(after: open)..<close]), pid)
        }
    }

    /// The running `emolab`; nil where there is none.
    var emolab: pid_t? { processes().first { $0.name == "emolab" }?.pid }

    /// The terminal's modes as stty(1) writes them, without its size, from a file because a wrong terminal may not even show them.
    func modes() throws -> String {
        let name = "modes-\(UUID().uuidString)"
        try enter("stty -a > \(name).part; mv \(name).part \(name)")
        try eventually("stty has spoken; the screen:\n\((try? text) ?? "")") {
            FileManager.default.fileExists(atPath: home.file(name).path)
        }
        return try String(contentsOf: home.file(name), encoding: .utf8).replacing(/rows \d+; columns \d+;/, with: "")
    }

    /// Waits until the shell has its terminal back, and checks that it is as good as before.
    func expectUsable(as before: String, _ location: SourceLocation = #_sourceLocation) throws {
        try eventually("the shell is back; the screen:\n\((try? text) ?? "")") { emolab == nil }
        let after = try modes()
        #expect(after == before, sourceLocation: location)
        let words = after.split { " ;\n".contains($0) }
        #expect(words.contains("echo") && words.contains("icanon") && words.contains("isig"), sourceLocation: location)
        #expect(try pane("cursor_flag") == "1" && pane("alternate_on") == "0", sourceLocation: location)
        // What is typed is seen, and a line is a line.
        try enter("echo usa''ble")
        try waits(for: "echo usa''ble", "\nusable\n")
    }
}
