// The one door to standard output. Everything that a command prints goes through it, so that a full disk or a closed stream is never overlooked.
import Foundation
import Synchronization

public enum StandardOutput {
    private struct State {
        var pending: [UInt8] = []
        /// Why the first bytes that were lost could not be written.
        var failure: FileFailure?
    }

    private static let state = Mutex(State())
    private static let path = "standard output"
    /// Text waits until there is so much of it; on a terminal it waits for the end of a line at most.
    private static let most = 1 << 16
    private static let isTerminal = isatty(STDOUT_FILENO) == 1

    /// Writes text after what was written before. What cannot be written is lost, and `finish` says so.
    public static func write(_ text: String) {
        state.withLock { state in
            state.pending += text.utf8
            if state.pending.count >= most || isTerminal && text.contains("\n") { flush(&state) }
        }
    }

    /// Writes bytes, and everything before them, at once.
    /// - Throws: `FileFailure` where these bytes or those before them are lost.
    public static func write(_ bytes: Data) throws(FileFailure) {
        let failure = state.withLock { state -> FileFailure? in
            state.pending += bytes
            return flush(&state)
        }
        if let failure { throw failure }
    }

    /// Writes what waits.
    public static func flush() { state.withLock { _ = flush(&$0) } }

    /// Writes what waits, but does not wait for a thread that is writing: its reader may have stopped reading.
    public static func flushUnlessBusy() { _ = state.withLockIfAvailable { flush(&$0) } }

    /// Writes what waits.
    /// - Throws: `FileFailure` where anything that was ever printed is lost.
    public static func finish() throws(FileFailure) {
        let failure = state.withLock { state -> FileFailure? in
            flush(&state)
            return state.failure
        }
        if let failure { throw failure }
    }

    /// Makes standard input, output and error streams of this process, where it was started without them: a file that is opened later must not
    /// become its output. What stands in for a missing stream fails when it is used.
    public static func holdStreams() {
        for (stream, flags) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
        where fcntl(stream, F_GETFD) < 0 && errno == EBADF {
            // The lowest free number is this stream's, since those below it are open by now.
            _ = open("/dev/null", flags)
        }
    }

    @discardableResult
    private static func flush(_ state: inout State) -> FileFailure? {
        guard !state.pending.isEmpty else { return nil }
        defer { state.pending.removeAll(keepingCapacity: true) }
        do {
            try SystemFileCalls().writeAll(Data(state.pending), to: STDOUT_FILENO, path: path)
            return nil
        } catch {
            if state.failure == nil { state.failure = error }
            return error
        }
    }
}
