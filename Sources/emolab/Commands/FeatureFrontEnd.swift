// Sound and picture of one file as arrays for NumPy: what `emolab features` writes.
import Faces
import Foundation
import Inputs
import Media
import TensorFiles

/// Settings of preparation under a name.
struct FeaturePreset: Sendable {
    var name: String
    var preparation: PreparationSettings

    static let presets: [(name: String, about: String, mel: MelSettings)] = [
        ("printed", "hop 1365, transform 4096, 128 bands to 6000 Hz, as the thesis prints them", .printed),
        ("zu", "the same", .printed),
        ("fine", "hop 512, transform 2048, 128 bands to 6000 Hz", .fine),
        ("emocatcher", "hop 1364, window 2048, transform 4096, 64 bands to 6000 Hz", .emoCatcher),
    ]

    static var allNames: [String] { presets.map(\.name) }

    /// A preset, or an experiment's inputs, with `frames` pictures of `size` px where these are given.
    /// - Throws: `CommandFailure` where there is neither of that name, or nothing can be made with such settings.
    static func named(_ name: String, frames: Int?, size: Int?) throws -> FeaturePreset {
        var preparation: PreparationSettings
        if let preset = presets.first(where: { $0.name == name }) {
            preparation = PreparationSettings(sound: MelImageSettings(mel: preset.mel), frames: 8, size: 224, faces: FaceSettings())
        } else if BuiltInExperiments.names.contains(name) || FileManager.default.fileExists(atPath: (name as NSString).expandingTildeInPath)
        {
            preparation = try BuiltInExperiments.read(name, overrides: []).inputs.preparation
        } else {
            throw CommandFailure(
                "no settings named \(name.printable): there are the presets \(allNames.joined(separator: ", ")), the experiments "
                    + "\(BuiltInExperiments.names.joined(separator: ", ")) and experiments of yours in TOML files", code: 2)
        }
        if let frames { preparation.frames = frames }
        if let size { preparation.size = size }
        do {
            try preparation.check()
            try preparation.faces.check()
        } catch { throw CommandFailure("\(error)", code: 2) }
        return FeaturePreset(name: name, preparation: preparation)
    }
}

/// What was made of one file.
struct FileFeatures: Sendable {
    var arrays: [String: StoredArray]
    /// JSON of how it was made.
    var settings: Data
    /// Frames of the spectrogram; all of them where no speech was found. Nil without sound.
    var speech: Range<Int>?
    var hasSpeech: Bool?
    /// Pictures with a face that was found. Nil without pictures.
    var facesFound: Int?
    /// What a person should know of the file.
    var warnings: [String] = []
}

/// Made once, used from any thread.
struct FeatureFrontEnd: Sendable {
    private let preset: FeaturePreset
    private let mel: MelSpectrogram
    private let extractor: FaceExtractor
    private let hasDetector: Bool

    init(_ preset: FeaturePreset, detector: (any FaceDetector)?) throws {
        self.preset = preset
        mel = try MelSpectrogram(preset.preparation.sound.mel)
        extractor = FaceExtractor(preset.preparation.faces, size: preset.preparation.size, detector: detector)
        hasDetector = detector != nil
    }

    /// - Throws: `MediaError` and what face detection throws.
    func features(of path: String) throws -> FileFeatures {
        var features = FileFeatures(arrays: [:], settings: Data())
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        let warnings = MediaWarnings()
        let sound = isFolder.boolValue ? nil : try sound(of: path, warnings, to: &features)
        let pictures = try pictures(of: path, isOptional: sound != nil, warnings)
        features.warnings = warnings.all.map { "\($0)" }
        if let pictures { try add(pictures, to: &features) }
        features.settings = try settings(path, sound, pictures, features.warnings)
        features.arrays["settings"] = StoredArray(type: .u8, shape: [features.settings.count], data: features.settings)
        return features
    }

    // MARK: Sound

    /// More than this is no clip: hours of a fine spectrogram would take gigabytes.
    private static let mostSeconds = 4.0 * 3600

    /// Number of samples, or nil where there is no sound. The samples are never held: an hour of them is 300 MiB.
    private func sound(of path: String, _ warnings: MediaWarnings, to features: inout FileFeatures) throws -> Int? {
        let url = URL(fileURLWithPath: path), rate = preset.preparation.sound.mel.rate
        var stream = mel.stream(), samples = 0, offset = ConstantOffset()
        do {
            try AudioDecoder.forEachBlock(of: url, rate: rate, maximumSeconds: Self.mostSeconds, warnings: warnings) {
                samples += $0.count
                offset.add($0)
                try stream.add($0)
            }
        } catch MediaError.noAudio { return nil }
        let decibels = Decibels.fromPower(try stream.finished())
        // Speech is looked for without what a recorder adds to every sample; how much that is shows at the sound's end.
        let gated = try offset.value.map { offset in
            var centred = mel.stream(), centring = Centring(offset: offset, samples: samples, rate: rate)
            try AudioDecoder.forEachBlock(of: url, rate: rate, maximumSeconds: Self.mostSeconds) { block in
                try centring.next(block).withUnsafeBufferPointer { try centred.add($0) }
            }
            return Decibels.fromPower(try centred.finished())
        }
        add(decibels, speech: VoiceActivity.speechRange(in: gated ?? decibels), to: &features)
        return samples
    }

    private func add(_ decibels: Spectrogram, speech: Range<Int>?, to features: inout FileFeatures) {
        features.hasSpeech = speech != nil
        features.speech = speech ?? 0..<decibels.frames
        features.arrays["mel"] = .floats(decibels.values, shape: [decibels.bands, decibels.frames])
        features.arrays["speech"] = .integers([features.speech?.lowerBound ?? 0, features.speech?.upperBound ?? 0])
        features.arrays["has_speech"] = StoredArray(type: .bool, shape: [], data: Data([speech == nil ? 0 : 1]))
    }

    // MARK: Pictures

    private func pictures(of path: String, isOptional: Bool, _ warnings: MediaWarnings) throws -> [SampledPicture]? {
        do {
            return try VideoDecoder.sampled(of: .film(path: path, seconds: nil), count: preset.preparation.frames, warnings: warnings)
        } catch MediaError.noVideo where isOptional {
            return nil
        } catch MediaError.coverOnly where isOptional {
            warnings.add(.coverPicture)
            return nil
        }
    }

    private func add(_ pictures: [SampledPicture], to features: inout FileFeatures) throws {
        let faces = try extractor.faces(in: pictures.map(\.picture))
        let (n, size) = (faces.count, preset.preparation.size)
        features.facesFound = faces.count { !$0.finding.isFallback }
        features.arrays["frames"] = StoredArray(type: .u8, shape: [n, size, size, 3], data: Data(faces.flatMap { $0.picture.pixels }))
        features.arrays["boxes"] = .floats(
            faces.flatMap { [$0.finding.box.x, $0.finding.box.y, $0.finding.box.width, $0.finding.box.height] }, shape: [n, 4])
        features.arrays["scores"] = .floats(faces.map(\.finding.score), shape: [n])
        features.arrays["landmarks"] = .floats(
            faces.flatMap { face in
                (0..<5).flatMap { i in
                    i < face.finding.landmarks.count ? [face.finding.landmarks[i].x, face.finding.landmarks[i].y] : [Float.nan, Float.nan]
                }
            }, shape: [n, 5, 2])
        features.arrays["fallback"] = StoredArray(type: .bool, shape: [n], data: Data(faces.map { $0.finding.isFallback ? 1 : 0 }))
        features.arrays["frame_index"] = .integers(pictures.map(\.index))
        features.arrays["frame_time"] = .doubles(pictures.map { $0.seconds ?? .nan })
    }

    // MARK: Settings

    private struct Record: Encodable {
        struct Sound: Encodable {
            var samples: Int
            var seconds: Double
        }
        struct Pictures: Encodable {
            var frames: Int
            var size: Int
            /// Of each picture before the face was cut.
            var widths, heights: [Int]
            var faces: FaceSettings
            /// What found the faces; `centred-square` where the weights of what `faces` names are missing.
            var detector: String
        }
        var program = "emolab"
        var version: String
        var file: String
        var settings: String
        var mel: MelSettings
        var sound: Sound?
        var pictures: Pictures?
        var warnings: [String]
    }

    private func settings(_ path: String, _ samples: Int?, _ pictures: [SampledPicture]?, _ warnings: [String]) throws -> Data {
        let preparation = preset.preparation
        let detector = hasDetector ? preparation.faces.detector : .centredSquare
        let record = Record(
            version: Emolab.configuration.version, file: path, settings: preset.name, mel: preparation.sound.mel,
            sound: samples.map { .init(samples: $0, seconds: Double($0) / Double(preparation.sound.mel.rate)) },
            pictures: pictures.map {
                .init(
                    frames: $0.count, size: preparation.size, widths: $0.map(\.picture.width), heights: $0.map(\.picture.height),
                    faces: preparation.faces, detector: detector.rawValue)
            }, warnings: warnings)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(record) + Data("\n".utf8)
    }
}

extension StoredArray {
    static func floats(_ values: [Float], shape: [Int]) -> StoredArray {
        StoredArray(type: .f32, shape: shape, data: littleEndian(values.map(\.bitPattern)))
    }

    static func doubles(_ values: [Double]) -> StoredArray {
        StoredArray(type: .f64, shape: [values.count], data: littleEndian(values.map(\.bitPattern)))
    }

    static func integers(_ values: [Int]) -> StoredArray {
        StoredArray(type: .i64, shape: [values.count], data: littleEndian(values.map { Int64($0) }))
    }

    private static func littleEndian<Bits: FixedWidthInteger>(_ values: [Bits]) -> Data {
        values.map(\.littleEndian).withUnsafeBytes { Data($0) }
    }
}
