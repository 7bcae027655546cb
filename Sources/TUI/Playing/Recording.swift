import Base
import Foundation

/// A file of keys being written, a line at a time, so that a crash loses none of those that led to it.
final class Recording: Sendable {
    private let file: UserFile.Growing

    /// - Throws: `ExportError` where the file cannot be made.
    init(path: String) throws {
        do { file = try UserFile.stream(to: path) } catch { throw ExportError(path: path, reason: String(cString: strerror(error.code))) }
    }

    func input(_ input: Input) { write(Script.text(input)) }

    func size(_ width: Int, _ height: Int) { write("size \(width)x\(height)") }

    private func write(_ line: String) { try? file.write(line + "\n") }
}
