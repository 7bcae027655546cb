// libav's messages on their way to swift-log. The sink is called by C on whatever thread decodes: it stays a top-level,
// nonisolated function in a file of its own.
import CFFmpeg
import Logging

private let logger = Logger(label: "libav")

/// A damaged clip is the caller's news, told by a `MediaError`; the log keeps libav's own words at a lower level, so that by default
/// none reach stderr. "Fatal" is what libav calls, for one, a JPEG without data.
private func receiveLibavLine(level: Int32, line: UnsafePointer<CChar>?) {
    guard let line else { return }
    // Made into a message only where the level is wanted: a damaged stream complains of every packet.
    switch level {
    case ...AV_LOG_PANIC: logger.error("\(printable(String(cString: line)))")
    case ...AV_LOG_WARNING: logger.debug("\(printable(String(cString: line)))")
    default: logger.trace("\(printable(String(cString: line)))")
    }
}

private let installation: Void = emolab_log_install(receiveLibavLine)

enum LibavLog {
    /// Once a process, before the first call into libav.
    static func install() { installation }

    /// Forgets this thread's newest error, so that the next one belongs to what is tried now.
    static func clear() { emolab_log_last_error()[0] = 0 }

    /// This thread's newest error line with the name of a libav error code.
    static func explain(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        av_strerror(code, &buffer, buffer.count)
        let name = buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        let line = String(cString: emolab_log_last_error())
        return line.isEmpty ? name : "\(name) (\(line))"
    }
}
