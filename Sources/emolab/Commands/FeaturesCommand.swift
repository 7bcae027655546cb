import ArgumentParser
import Base
import Faces
import Foundation
import Inputs
import Media
import Synchronization
import TensorFiles

/// Writes what the front end makes of any file, for other tools, and for anyone who wants to check it.
struct FeaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features", abstract: "Write what the front end makes of any file: mel spectrogram, speech, faces.",
        discussion: """
            For each film, sound file, picture or folder of pictures an NPZ file and a JSON of settings, as docs/features.md says. \
            Presets of settings: \(FeaturePreset.allNames.joined(separator: ", ")). \
            A file that cannot be used is named with its reason and the rest is done; the exit code is then 1.

            \(examples("emolab features clip.mp4 --output features", "emolab features *.wav --settings fine --output features --json"))
            """)

    @Argument(help: ArgumentHelp("Films, sounds, pictures, folders of pictures.", valueName: "file"))
    var files: [String]
    @Option(help: ArgumentHelp("A preset, or an experiment (a name or a TOML file) whose inputs they are.", valueName: "name"))
    var settings = "printed"
    @Option(help: ArgumentHelp("The folder that the files go to; made where it is missing.", valueName: "folder"))
    var output: String
    @Option(help: "Pictures a file, \(FeaturesCommand.frameCounts.words). Default: the settings' own.")
    var frames: Int?
    @Option(help: "Side of a face, \(FeaturesCommand.sizes.words). Default: the settings' own.")
    var size: Int?
    @Option(help: ArgumentHelp("MTCNN's weights; default: where `emolab weights import-mtcnn` puts them.", valueName: "file"))
    var faceWeights: String?
    @OptionGroup var printing: OutputOptions

    static let frameCounts = OptionRange("--frames", PreparationSettings.frameCounts)
    static let sizes = OptionRange("--size", PreparationSettings.sizes, "px")

    func validate() throws {
        try Self.frameCounts.check(frames)
        try Self.sizes.check(size)
    }

    func run() throws {
        let preset = try FeaturePreset.named(settings, frames: frames, size: size)
        let detector = try detector(for: preset.preparation)
        let front = try FeatureFrontEnd(preset, detector: detector)
        let folder = URL(fileURLWithPath: (output as NSString).expandingTildeInPath, isDirectory: true)
        do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
            throw CommandFailure("\(output.printable): the folder cannot be made: \(error.reason.printable)")
        }
        let stems = Self.stems(of: files)
        let line = ProgressLine("features")
        let all = parallelMap(Array(zip(files, stems)), progress: { line.update(done: $0, of: $1) }) { file, stem in
            report(on: file, stem: stem, into: folder, front)
        }.compactMap(\.self)
        line.finish()
        for report in all { if printing.json { try printJSON(report) } else { print(report) } }
        let failed = all.count { $0.error != nil }
        if !printing.json, failed > 0 { standardError("emolab: \(failed) of \(counted(all.count, "file")) cannot be used") }
        if failed > 0 { throw ExitCode(1) }
    }

    /// What `settings` name, or nil; says once where weights are missing.
    private func detector(for settings: PreparationSettings) throws -> (any FaceDetector)? {
        let url = faceWeights.map { URL(fileURLWithPath: ($0 as NSString).expandingTildeInPath) } ?? MtcnnWeights.standardFile()
        if faceWeights != nil, !FileManager.default.fileExists(atPath: url.path) {
            throw CommandFailure("\(url.path.printable): there is no such file")
        }
        let faces = try FacePreparation(new: settings, weights: url)
        if let warning = faces.warning { standardError(warning) }
        return faces.detector
    }

    // MARK: One file

    struct Report: Encodable, Sendable {
        struct Array: Encodable, Sendable {
            var name: String
            var shape: [Int]
        }
        var file: String
        /// Path of the NPZ file.
        var output: String?
        var arrays: [Array]?
        var speech: [Int]?
        var hasSpeech: Bool?
        /// Frames with a face.
        var faces: Int?
        /// What a person should know of the file though it was used.
        var warnings: [String]?
        var error: String?
    }

    private func report(on file: String, stem: String, into folder: URL, _ front: FeatureFrontEnd) -> Report {
        do {
            let features = try front.features(of: (file as NSString).expandingTildeInPath)
            let url = folder.appendingPathComponent(stem + ".npz")
            try UserFile.write(TensorFile.bytes(of: features.arrays, metadata: [:], as: .npz), to: url.path)
            try UserFile.write(features.settings, to: folder.appendingPathComponent(stem + ".json").path)
            return Report(
                file: file, output: url.path,
                arrays: features.arrays.sorted { $0.key < $1.key }.map { .init(name: $0.key, shape: $0.value.shape) },
                speech: features.speech.map { [$0.lowerBound, $0.upperBound] }, hasSpeech: features.hasSpeech, faces: features.facesFound,
                warnings: features.warnings)
        } catch {
            return Report(file: file, error: "\(error)")
        }
    }

    private func print(_ report: Report) {
        if let error = report.error { return standardError("\(report.file.printable): \(error.printable)") }
        let shapes = (report.arrays ?? []).filter { ["mel", "frames"].contains($0.name) }
            .map { "\($0.name) \($0.shape.map(String.init).joined(separator: " x "))" }
        let speech = report.speech.map { report.hasSpeech == true ? "speech \($0[0])-\($0[1])" : "no speech found" }
        let faces = report.faces.map { "\(counted($0, "face")) found" }
        emolab.print("\((report.output ?? "").printable): \((shapes + [speech, faces].compactMap(\.self)).joined(separator: ", "))")
        for warning in report.warnings ?? [] { standardError("\(report.file.printable): \(warning.printable)") }
    }

    /// A name for each file's output: its own without the ending, numbered where another has it already, also but for case.
    static func stems(of files: [String]) -> [String] {
        var taken: Set<String> = []
        return files.map { file in
            let url = URL(fileURLWithPath: (file as NSString).expandingTildeInPath).standardizedFileURL
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
            let own = isFolder.boolValue ? url.lastPathComponent : url.deletingPathExtension().lastPathComponent
            let stem = own.isEmpty || own == "/" ? "root" : own
            var name = stem, number = 1
            while !taken.insert(name.lowercased()).inserted {
                number += 1
                name = "\(stem)-\(number)"
            }
            return name
        }
    }
}
