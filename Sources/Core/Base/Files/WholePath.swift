import Foundation

/// A path as it holds in every folder, for what is kept and read again elsewhere.
public enum WholePath {
    /// - Parameter path: as a person writes it: relative to the working folder, `~`, with `..`.
    public static func of(_ path: String) -> String {
        URL(fileURLWithPath: (path as NSString).expandingTildeInPath).standardizedFileURL.path
    }
}
