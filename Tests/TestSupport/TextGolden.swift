import Foundation
import Testing

/// Compares text with `Tests/Fixtures/Screens/<name>.txt`. EMOLAB_RECORD_GOLDENS=1 writes the file instead;
/// read what it wrote before committing it.
public func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let url = Fixtures.url("Screens/\(name).txt")
    if ProcessInfo.processInfo.environment["EMOLAB_RECORD_GOLDENS"] == "1" {
        do { try Data(text.utf8).write(to: url) } catch {
            Issue.record("\(url.path) cannot be written: \(error)", sourceLocation: sourceLocation)
        }
        return
    }
    guard let data = try? Data(contentsOf: url) else {
        Issue.record("no golden \(url.lastPathComponent); EMOLAB_RECORD_GOLDENS=1 writes it", sourceLocation: sourceLocation)
        return
    }
    let wanted = String(decoding: data, as: UTF8.self)
    guard wanted != text else { return }
    let (old, new) = (
        wanted.split(separator: "\n", omittingEmptySubsequences: false), text.split(separator: "\n", omittingEmptySubsequences: false)
    )
    let row = zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(old.count, new.count)
    func line(_ lines: [Substring]) -> Substring { row < lines.count ? lines[row] : "(no such line)" }
    Issue.record("\(name), line \(row + 1):\nwanted \(line(old))\ngot    \(line(new))\n\n\(text)", sourceLocation: sourceLocation)
}
