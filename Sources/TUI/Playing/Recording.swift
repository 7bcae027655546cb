import Files
import Foundation

/// A file of keys being written, a line at a time, so that a crash loses none of those that led to it.
final class Recording: Sendable {
    private let handle: FileHandle

    /// - Throws: `ExportError` where the file cannot be made.
    init(path: String) throws {
        do { handle = try UserFile.stream(to: path) } catch { throw ExportError(path: path, reason: String(cString: strerror(error.code))) }
    }

    func input(_ input: Input) { write(Script.text(input)) }

    func size(_ width: Int, _ height: Int) { write("size \(width)x\(height)") }

    private func write(_ line: String) { try? handle.write(contentsOf: Data((line + "\n").utf8)) }
}
