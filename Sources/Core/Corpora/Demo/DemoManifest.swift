import Files
import Foundation

/// `demo.json` in a folder of demo corpora: with what settings they were made, so that two sets never mix.
struct DemoManifest: Codable, Equatable {
    static let fileName = "demo.json"

    /// `DemoDifficulty.version` of the program that made them.
    var version: Int
    var settings: DemoSettings

    init(_ settings: DemoSettings) {
        version = DemoDifficulty.version
        self.settings = settings
    }

    private var summary: String {
        let numbers = [
            "seed \(settings.seed)", "\(settings.studioActors)+\(settings.crowdActors) actors",
            "\(settings.studioClips)+\(settings.crowdClips) clips each", "\(settings.height) lines", "version \(version)",
        ]
        return numbers.joined(separator: ", ")
    }

    /// Makes `folder` this set's: new or empty, or begun with the same settings. Throws `DemoError`.
    static let maximumBytes = 1 << 20

    func claim(_ folder: URL) throws(DemoError) {
        let files = FileManager.default
        let file = folder.appendingPathComponent(Self.fileName)
        do {
            try files.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .cannotWrite(path: folder.path, reason: error.reason)
        }
        if let data = try? BoundedFile.data(of: file, atMost: Self.maximumBytes) {
            guard let found = try? JSONDecoder().decode(DemoManifest.self, from: data) else { throw .foreignFolder(path: folder.path) }
            guard found.summary == summary else {
                throw .otherSettings(path: folder.path, found: found.summary, asked: summary)
            }
            return
        }
        let contents = (try? files.contentsOfDirectory(atPath: folder.path)) ?? []
        guard contents.isEmpty else { throw .foreignFolder(path: folder.path) }
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(self).write(to: file, options: .atomic)
        } catch {
            throw .cannotWrite(path: file.path, reason: error.reason)
        }
    }
}

extension DemoCorpora {
    /// Whether `folder` is one of a set of demo corpora: figures measured on it say nothing about people.
    public static func isDemo(_ folder: URL) -> Bool {
        let file = folder.deletingLastPathComponent().appendingPathComponent(DemoManifest.fileName)
        guard let data = try? BoundedFile.data(of: file, atMost: DemoManifest.maximumBytes) else { return false }
        return (try? JSONDecoder().decode(DemoManifest.self, from: data)) != nil
    }
}
