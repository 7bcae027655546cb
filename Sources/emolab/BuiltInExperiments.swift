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
    /// - Throws: `ExperimentError`, with line and nearest valid name.
    static func read(_ path: String, overrides: [String]) throws -> Experiment {
        if !FileManager.default.fileExists(atPath: path), let builtIn = texts.first(where: { $0.name == path }) {
            return try Experiment.parse(String(decoding: builtIn.text, as: UTF8.self), overrides: overrides)
        }
        return try Experiment.read(URL(fileURLWithPath: (path as NSString).expandingTildeInPath), overrides: overrides)
    }
}
