// The experiments that come with the program: the files of `experiments/`, built in, so that an installed binary has them too.
import Foundation
import Training

enum BuiltInExperiments {
    private static let texts: [(name: String, text: [UInt8])] = [
        ("demo", PackageResources.demo_toml),
        ("demo-audio-only", PackageResources.demo_audio_only_toml),
        ("demo-video-only", PackageResources.demo_video_only_toml),
        ("demo-source-only", PackageResources.demo_source_only_toml),
    ]

    static var names: [String] { texts.map(\.name) }

    /// The file at `path`, or the built-in experiment of that name where there is no such file.
    /// - Throws: `CommandFailure` that names the file or says that an override is at fault, with line and nearest valid name.
    static func read(_ path: String, overrides: [String]) throws -> Experiment {
        // A folder of that name, such as the one that holds the demo corpora, is no experiment.
        var isFolder: ObjCBool = false
        let isFile = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
        let builtIn = isFile ? nil : texts.first { $0.name == path }?.text
        func parsed(_ overrides: [String]) throws -> Experiment {
            if let builtIn { return try Experiment.parse(String(decoding: builtIn, as: UTF8.self), overrides: overrides) }
            return try Experiment.read(URL(fileURLWithPath: (path as NSString).expandingTildeInPath), overrides: overrides)
        }
        do {
            return try parsed(overrides)
        } catch let error as ExperimentError {
            if case .unreadable = error { throw error }
            // Right without the overrides: then the command was mistaken, not the file.
            guard (try? parsed([])) == nil else { throw CommandFailure("\(error)", code: 2) }
            throw CommandFailure("\(path.printable): \(error)")
        }
    }
}
