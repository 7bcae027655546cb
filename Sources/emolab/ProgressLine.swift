// How far a command is, on a line of a terminal.
import Base
import Foundation
import Synchronization
import Viz

/// A line of progress that is drawn over itself on a terminal, and is silent where stderr is a file or a pipe.
final class ProgressLine: Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let pen: Mutex<ProgressPen>

    init(_ title: String) { pen = Mutex(ProgressPen(title, start: Self.now)) }

    private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

    /// Draws at most ten times a second; may be called from any thread, also out of turn.
    /// - Parameter rate: things a second, where those done at once do not count; else that since the start.
    func update(done: Int, of total: Int, rate: Double? = nil, failed: Int = 0) {
        guard isTerminal else { return }
        pen.withLock { pen in
            if let text = pen.line(done: done, of: total, rate: rate, failed: failed, at: Self.now) { Self.write(text) }
        }
    }

    /// Removes the line and leaves `summary` in its place.
    func finish(_ summary: String? = nil) {
        pen.withLock { pen in
            if isTerminal { Self.write(pen.end()) }
            if let summary { standardError(summary) }
        }
    }

    private static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}

/// What a line of progress says, and what of it is on the terminal.
struct ProgressPen {
    private let title: String
    private let start: Double
    private var width = 0
    /// What was drawn last, and when.
    private var drawn: (done: Int, total: Int, time: Double)?

    /// Seconds between two drawings.
    private static let interval = 0.1

    /// - Parameter start: seconds, by the clock of `line`.
    init(_ title: String, start: Double) { (self.title, self.start) = (title, start) }

    /// What to write, or nil where the line stays: it was drawn just now, or it says more than this.
    mutating func line(done: Int, of total: Int, rate given: Double? = nil, failed: Int = 0, at now: Double) -> String? {
        if let drawn {
            guard total != drawn.total || done >= drawn.done, done == total || now - drawn.time > Self.interval else { return nil }
        }
        drawn = (done, total, now)
        let seconds = now - start
        let rate = given ?? (seconds > 0 ? Double(done) / seconds : 0)
        let left = rate > 0 ? Int((Double(total - done) / rate).rounded()) : 0
        return replacing(
            with: "\(title)  \(done)/\(total)  \(String(format: "%.1f", rate))/s  \(left / 60):\(String(format: "%02d", left % 60)) left"
                + (failed > 0 ? "  \(failed) damaged" : ""))
    }

    /// Removes the line. A later call that says less than it did does not bring it back.
    mutating func end() -> String { replacing(with: "") }

    private mutating func replacing(with text: String) -> String {
        let padding = String(repeating: " ", count: max(0, width - CellText.width(text)))
        width = CellText.width(text)
        return "\r" + text.printable + padding + (text.isEmpty ? "\r" : "")
    }
}
