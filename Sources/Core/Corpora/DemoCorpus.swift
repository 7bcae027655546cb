import Base
import Foundation

/// The two invented corpora, by the names of their folders.
public enum DemoCorpus: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
    case studio, crowd

    /// The file beside a set's corpora that says how they were made.
    package static let manifestName = "demo.json"
    package static let largestManifest = 1 << 20

    /// True where `folder` belongs to a set of demo corpora: figures measured on it say nothing about people.
    public static func isDemo(_ folder: URL) -> Bool {
        struct Manifest: Decodable { var version: Int }
        let file = folder.deletingLastPathComponent().appendingPathComponent(manifestName)
        guard let data = try? BoundedFile.data(of: file, atMost: largestManifest) else { return false }
        return (try? JSONDecoder().decode(Manifest.self, from: data)) != nil
    }
}
