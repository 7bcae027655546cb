// The experiments that come with the program: the files of `experiments/`, built in, so that an installed binary has them too.
import Base
import Foundation
import Training

enum BuiltInExperiments {
    private static let texts: [(name: String, text: [UInt8])] = [
        ("demo", PackageResources.demo_toml),
        ("demo-audio-only", PackageResources.demo_audio_only_toml),
        ("demo-video-only", PackageResources.demo_video_only_toml),
        ("demo-source-only", PackageResources.demo_source_only_toml),
        ("zu-dann/audio", PackageResources.zu_dann_audio_toml),
        ("zu-dann/video", PackageResources.zu_dann_video_toml),
        ("zu-dann/early", PackageResources.zu_dann_early_toml),
        ("zu-dann/middle", PackageResources.zu_dann_middle_toml),
        ("zu-dann/late", PackageResources.zu_dann_late_toml),
        ("zu-dann/base", PackageResources.zu_dann_base_toml),
        ("zu-dann/base-augment", PackageResources.zu_dann_base_augment_toml),
        ("zu-dann/base-lora", PackageResources.zu_dann_base_lora_toml),
        ("zu-dann/base-full", PackageResources.zu_dann_base_full_toml),
        ("zu-dann/base-speaker", PackageResources.zu_dann_base_speaker_toml),
        ("zu-dann/base-full-speaker", PackageResources.zu_dann_base_full_speaker_toml),
    ]

    static var names: [String] { texts.map(\.name) }

    /// Every one with the first sentence of its file.
    static var overview: [(name: String, about: String)] {
        texts.map { name, text in
            let comment = String(decoding: text, as: UTF8.self).split(separator: "\n").prefix { $0.hasPrefix("#") }
            let words = comment.map { String($0.drop { $0 == "#" || $0 == " " }) }.joined(separator: " ")
            return (name, words.range(of: ". ").map { String(words[..<$0.lowerBound]) + "." } ?? words)
        }
    }

    /// The file at `path`, or the built-in experiment of that name where there is no such file.
    /// - Throws: `CommandFailure` that names the file or says that an override is at fault, with line and nearest valid name.
    static func read(_ path: String, overrides: [String]) throws -> Experiment {
        // A folder of that name, such as the one that holds the demo corpora, is no experiment.
        var isFolder: ObjCBool = false
        let isFile = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
        let builtIn = isFile ? nil : texts.first { $0.name == path }?.text
        if !isFile, builtIn == nil, !path.hasSuffix(".toml") {
            let hint = nearestName(to: path, among: names).map { "; did you mean \($0)?" } ?? "."
            throw CommandFailure("there is no file \(path.printable), and no experiment of that name comes with emolab\(hint) `emolab train --list` shows what does")
        }
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
