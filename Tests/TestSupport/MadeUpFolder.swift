import Foundation

/// A folder of its own, gone when the test ends.
public final class MadeUpFolder: Sendable {
    public let url: URL

    /// - Parameter files: path → text; an empty text is an empty file.
    public init(_ files: [String: String] = [:]) throws {
        url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("emolab-corpora-\(UUID().uuidString)", isDirectory: true)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for (path, text) in files { try write(path, Data(text.utf8)) }
    }

    public convenience init(_ paths: [String]) throws { try self.init(Dictionary(uniqueKeysWithValues: paths.map { ($0, "media") })) }

    public func write(_ path: String, _ data: Data) throws {
        let file = url.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    public func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    deinit { try? FileManager.default.removeItem(at: url) }
}
