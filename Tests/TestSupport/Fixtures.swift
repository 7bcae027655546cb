import Foundation

/// Files that tests read, in `Tests/Fixtures`.
public enum Fixtures {
    public static func url(_ path: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures").appendingPathComponent(path)
    }
}
