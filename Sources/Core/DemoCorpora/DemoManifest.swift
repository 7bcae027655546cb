import Base
import Corpora
import Foundation

/// `demo.json` in a folder of demo corpora: with what settings they were made, so that two sets never mix.
struct DemoManifest: Codable, Equatable {
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
    func claim(_ folder: URL) throws(DemoError) {
        let files = FileManager.default
        let file = folder.appendingPathComponent(DemoCorpus.manifestName)
        do {
            try files.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .cannotWrite(path: folder.path, reason: error.reason)
        }
        if let data = try? BoundedFile.data(of: file, atMost: DemoCorpus.largestManifest) {
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
