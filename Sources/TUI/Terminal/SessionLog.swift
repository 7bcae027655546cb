// The program's own log while a screen is open: what is too quiet for standard error is kept for the Log pane, libav's words above all.
import Foundation
import Logging
import Records
import Synchronization

public final class SessionLog: Sendable {
    private let waiting = Mutex<[LogView.Entry]>([])
    private let count = Mutex(0)

    init() {}

    /// From here on every logger that is made in this process speaks here. Loggers made before keep to standard error, so it is called first.
    public static func begin() -> SessionLog { installed }

    /// swift-log takes a handler once a process.
    private static let installed: SessionLog = {
        let log = SessionLog()
        LoggingSystem.bootstrap { SessionLogHandler(label: $0, log: log) }
        return log
    }()

    func add(_ text: String, _ level: MessageLevel, from label: String) {
        let number = count.withLock { count in
            count += 1
            return count
        }
        let entry = LogView.Entry(
            id: "q\(number)", time: Date().timeIntervalSince1970, level: level, origin: label == "libav" ? .libav : .system,
            text: label == "libav" ? text : "\(label): \(text)")
        waiting.withLock { waiting in
            waiting.append(entry)
            if waiting.count > LogView.limit { waiting.removeFirst(waiting.count - LogView.limit) }
        }
    }

    /// What came since the last call.
    func take() -> [LogView.Entry] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}

/// Keeps debug messages; what is louder goes to standard error as without a screen, and is read from there.
struct SessionLogHandler: LogHandler {
    var logLevel = Logger.Level.debug
    var metadata: Logger.Metadata = [:]
    private let label: String
    private let log: SessionLog
    private let loud: StreamLogHandler

    init(label: String, log: SessionLog) {
        self.label = label
        self.log = log
        loud = .standardError(label: label)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        if event.level >= .info { loud.log(event: event) } else { log.add(event.message.description, .debug, from: label) }
    }
}
