import ArgumentParser
import Base
import Corpora
import DemoCorpora
import Faces
import Foundation
import Inputs
import Media
import Runs
import Training
import Viz

/// Shows what an experiment's augmentation makes of a clip, before hours of training do.
struct AugmentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "augment", abstract: "Preview augmentation: a contact sheet and sound files of one clip's variants.",
        discussion: """
            CLIP is `corpus/name` as in the store, or a media file. The sheet's first row is the clip as it is; each further row is one variant:
            its pictures, then its spectrogram as the model sees it. Sounds are the stretch that the spectrogram shows.
            Augmentation that the experiment leaves off is switched on here; --set augmentation.gain=0 and the like leave single changes out.

            \(examples("emolab augment studio/01-01-03-02-01-01-01 --output sheet", "emolab augment clip.mp4 --experiment zu-dann/base --output sheet"))
            """)

    @Argument(help: "A clip of the store (corpus/name), or a media file.")
    var clip: String
    @Option(help: "The experiment whose inputs and augmentation are used: a TOML file or a built-in name.")
    var experiment = "demo"
    @Option(name: .customLong("set"), help: ArgumentHelp("Override a key; may be repeated.", valueName: "section.key=value"))
    var overrides: [String] = []
    @Option(
        name: .customLong("output"),
        help: ArgumentHelp("The folder for sheet.png and the sounds; made where it is missing.", valueName: "folder"))
    var folder: String
    @Option(help: "Variants, \(AugmentCommand.counts.words).")
    var count = 8
    @Option(help: "Seed of the variants.")
    var seed: UInt64 = 1
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    static let counts = OptionRange("--count", 1...64)

    func validate() throws {
        try Self.counts.check(count)
    }

    private struct Variant: Encodable {
        var variant: Int
        var sound: String?
        var draw: AugmentationDraw
    }

    private struct Summary: Encodable {
        var clip: String
        var sheet: String
        var faces: String
        var original: String?
        var variants: [Variant]
    }

    func run() throws {
        var experiment = try BuiltInExperiments.read(experiment, overrides: overrides)
        // Nothing is known here of other clips; the picture shows the same spectrogram either way.
        if experiment.inputs.normalise.isOverManyClips { experiment.inputs.normalise = .speech }
        var settings = experiment.augmentation
        settings.enabled = true
        let augmentation = try Augmentation(settings, inputs: experiment.inputs, modalities: experiment.model.modalities)
        let clip = try findClip()
        let faces = try FacePreparation(new: experiment.inputs.preparation)
        if let warning = faces.warning { standardError("emolab: \(warning)") }
        let isStored = FileManager.default.fileExists(atPath: self.clip) == false
        let cache = isStored ? ClipCache() : nil
        let prepared: PreparedClip
        do { prepared = try Preparer(faces, cache: cache, needs: experiment.model.modalities.needs).prepared(clip, sound: true) } catch {
            guard isStored, let advice = try store.open().adviceIfMoved(corpus: clip.corpus) else { throw error }
            throw CommandFailure("\(error). \(advice)".printable)
        }
        for notice in cache?.takeNotices() ?? [] { standardError(notice.printable) }
        let target = URL(fileURLWithPath: (folder as NSString).expandingTildeInPath, isDirectory: true)
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)

        var rows = [row(prepared)]
        let original = try write(
            augmentation.waveform(of: prepared, AugmentationDraw(), RandomStream(seed: seed, name: "")), "original", target)
        var variants: [Variant] = []
        for number in 1...count {
            let stream = RandomStream(seed: seed, name: "preview.\(number)")
            let draw = augmentation.draw(for: prepared, stream)
            rows.append(row(try augmentation.apply(draw, to: prepared, stream)))
            let sound = try write(augmentation.waveform(of: prepared, draw, stream), "variant-\(number)", target)
            variants.append(Variant(variant: number, sound: sound, draw: draw))
        }
        let sheet = target.appendingPathComponent("sheet.png")
        try ContactSheet.write(rows, to: sheet)
        if output.json {
            return try printJSON(Summary(clip: clip.id, sheet: sheet.path, faces: faces.words, original: original, variants: variants))
        }
        printTable(
            header: ["variant", "shift", "gain", "SNR", "mirror", "light", "contrast", "colour", "cut", "angle"],
            rows: variants.map { row($0.variant, $0.draw, rate: experiment.inputs.sampleRate) }, rightAligned: Set(0...9))
        print("\(sheet.path.printable)" + (original == nil ? "" : ", and the sounds beside it"))
    }

    /// - Throws: `CommandFailure` where it is neither a file nor a clip of the store.
    private func findClip() throws -> Clip {
        if FileManager.default.fileExists(atPath: clip) {
            let info = try MediaProbe.inspect(URL(fileURLWithPath: clip))
            let path = URL(fileURLWithPath: clip).standardizedFileURL.path
            let name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
            return Clip(
                name: name, corpus: "files", speaker: "", emotion: "", video: info.video == nil ? nil : path,
                audio: info.audio == nil ? nil : path)
        }
        let parts = clip.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, let found = try store.open().clip(corpus: parts[0], name: parts[1]) else {
            throw CommandFailure(
                "\(clip.printable) is neither a file nor a clip of the store; `emolab corpora list CORPUS` names its clips")
        }
        return found
    }

    private func write(_ waveform: Waveform?, _ name: String, _ folder: URL) throws -> String? {
        guard let waveform, !waveform.samples.isEmpty else { return nil }
        let url = folder.appendingPathComponent(name + ".wav")
        let writer = try MediaWriter(url: url, video: nil, audio: AudioEncoding(codec: .pcm16, rate: waveform.rate))
        try writer.append(waveform.samples.map { min(max($0, -1), 1) })
        try writer.finish()
        return url.path
    }

    /// Its pictures, then its spectrogram.
    private func row(_ clip: PreparedClip) -> [Picture] {
        let bytes = clip.size * clip.size * 3
        let pictures =
            clip.hasVideo
            ? (0..<clip.frames).map {
                Picture(width: clip.size, height: clip.size, pixels: Array(clip.pictures[($0 * bytes)..<(($0 + 1) * bytes)]))
            }
            : []
        guard clip.hasAudio else { return pictures }
        var image = Picture(width: clip.melFrames, height: clip.melBands)
        // Two deviations below and three above the mean of what is normalised.
        for band in 0..<clip.melBands {
            for frame in 0..<clip.melFrames {
                let colour = ColourMap.magma[Double(clip.mel[band * clip.melFrames + frame] + 2) / 5]
                let place = 3 * ((clip.melBands - 1 - band) * clip.melFrames + frame)
                (image.pixels[place], image.pixels[place + 1], image.pixels[place + 2]) = (colour.red, colour.green, colour.blue)
            }
        }
        return pictures + [image]
    }

    private func row(_ number: Int, _ draw: AugmentationDraw, rate: Int) -> [String] {
        func words(_ value: Double?, _ format: String) -> String { value.map { String(format: format, $0) } ?? "" }
        return [
            "\(number)", words(draw.timeShift.map { Double($0) / Double(rate) }, "%.2f s"), words(draw.gain, "%.1f dB"),
            words(draw.noise, "%.0f dB"), draw.isMirrored ? "yes" : "", words(draw.brightness, "%.2f"), words(draw.contrast, "%.2f"),
            words(draw.saturation, "%.2f"), words(draw.cut?.side, "%.2f"), draw.cut.map { "\($0.angle)°" } ?? "",
        ]
    }
}
