// Where the view is remembered: a file in the user's state folder. Whatever is wrong with it, the workbench opens.
import Base
import Foundation

public struct ViewStore: Sendable {
    public let url: URL

    public init(url: URL = UserFolders.state().appendingPathComponent("view.json")) { self.url = url }

    private static let maximumBytes = 1 << 18

    /// nil where there is none, or none that this version can read.
    public func read() -> ViewState? {
        (try? BoundedFile.data(of: url, atMost: ViewStore.maximumBytes)).flatMap(ViewStore.parse)
    }

    static func parse(_ data: Data) -> ViewState? {
        struct Versioned: Decodable { var version: Int }
        guard data.count <= maximumBytes, (try? JSONDecoder().decode(Versioned.self, from: data))?.version == ViewState.version,
            var state = try? JSONDecoder().decode(ViewState.self, from: data)
        else { return nil }
        state.history = state.history.prefix(Palette.historyLimit).filter { $0.count <= 200 }
        return state
    }

    /// Best effort: a view that cannot be written is no reason to stop anybody from leaving.
    public func write(_ state: ViewState) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        guard let data = try? encoder.encode(state) else { return }
        // What lies there may be whole where it cannot be read, and is somebody's where it is of another version or none of ours.
        if DurableFile.isThere(url) {
            guard let present = try? BoundedFile.data(of: url, atMost: Self.maximumBytes) else { return }
            if ViewStore.parse(present) == nil { guard (try? DurableFile.setAside(url, as: "other")) != nil else { return } }
        }
        // Its user's alone: it holds what was typed.
        try? FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try? DurableFile.write([data], to: url)
    }

    public func remove() { try? FileManager.default.removeItem(at: url) }
}
