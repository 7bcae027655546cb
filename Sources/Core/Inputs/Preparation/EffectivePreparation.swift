// How clips were really prepared: what a run keeps of it, and what every later use of the run is held against.
import Base
import Faces
import Foundation
import Records

/// Preparation as it was carried out, not as it was asked for: the detector that ran, the fingerprint of its weights, and all settings.
/// Its `key` names prepared clips in the cache, so that clips of two detectors, or of two files of weights, never mix.
public struct EffectivePreparation: Sendable, Codable, Hashable {
    /// `faces.detector` is the one that ran.
    public let settings: PreparationSettings
    /// The detector that was asked for; another one than in `settings` where its weights were missing.
    public let requested: FaceSettings.Detector
    /// Fingerprint of the detector's weights; nil for centred squares.
    public let weights: String?
    /// Versions of the code that prepares clips and of the detector; they grow with every change of what comes out.
    public let version: Int
    public let detectorVersion: Int?
    /// False for a model that uses audio only: its answers do not depend on how faces were found.
    public let usesFaces: Bool

    /// Preparation by centred squares, also where the settings ask for a detector.
    public static func squares(_ wanted: PreparationSettings) -> EffectivePreparation {
        var settings = wanted
        settings.faces.detector = .centredSquare
        return EffectivePreparation(settings: settings, requested: wanted.faces.detector, weights: nil, detectorVersion: nil)
    }

    /// Preparation by a detector whose weights have this fingerprint.
    static func detected(_ settings: PreparationSettings, weights: String) -> EffectivePreparation {
        EffectivePreparation(settings: settings, requested: settings.faces.detector, weights: weights, detectorVersion: Mtcnn.version)
    }

    private init(
        settings: PreparationSettings, requested: FaceSettings.Detector, weights: String?, detectorVersion: Int?, usesFaces: Bool = true,
        version: Int = PreparationSettings.version
    ) {
        self.settings = settings
        self.requested = requested
        self.weights = weights
        self.detectorVersion = detectorVersion
        self.usesFaces = usesFaces
        self.version = version
    }

    /// The settings as they were asked for.
    public var wanted: PreparationSettings {
        var settings = settings
        settings.faces.detector = requested
        return settings
    }

    /// The part of it that a model depends on: without frames, how faces are found says nothing.
    public func concerning(faces: Bool) -> EffectivePreparation {
        guard usesFaces, !faces else { return self }
        return EffectivePreparation(
            settings: wanted, requested: requested, weights: nil, detectorVersion: nil, usesFaces: false, version: version)
    }

    /// Whether clips that were prepared so are clips as this one has them.
    public func covers(_ other: EffectivePreparation) -> Bool { other.concerning(faces: usesFaces) == self }

    /// Centred squares stand in for faces that a detector was to find.
    public var isFallback: Bool { usesFaces && settings.faces.detector != requested }

    /// Sixteen hexadecimal digits over all that changes what is stored. The normalisation is done to what is stored, and is left out.
    public var key: String {
        var hash = StableHash()
        hash.combine("emolab prepared clip, version \(version)")
        let sound = settings.sound, mel = settings.sound.mel
        for number in [mel.rate, mel.fftLength, mel.hopLength, mel.bands, sound.frames, settings.frames, settings.size] {
            hash.combine("\(number)")
        }
        if let window = mel.windowLength { hash.combine("window \(window)") }
        for number in [mel.minimumFrequency, mel.maximumFrequency] { hash.combine("\(number)") }
        for text in ["\(sound.cutsToSpeech)", settings.faces.key] { hash.combine(text) }
        if let weights { hash.combine("weights \(weights)") }
        return hash.text
    }

    /// How faces were found, for people: `mtcnn (weights 1f0c…)`, or `centred squares (mtcnn was asked for)`.
    public var faces: String {
        guard usesFaces else { return "not used" }
        guard settings.faces.detector == .centredSquare else {
            return settings.faces.detector.rawValue + (weights.map { " (weights \($0.prefix(12)))" } ?? "")
        }
        return "centred squares" + (isFallback ? " (\(requested.rawValue) was asked for, its weights were missing)" : "")
    }

    /// How `other` differs from this, for people; nil where clips of both are the same.
    public func difference(to other: EffectivePreparation) -> String? {
        guard !covers(other) else { return nil }
        if version != other.version { return "clips are prepared by version \(version) → \(other.version) of the preparation" }
        if faces != other.faces { return "faces: \(faces) → \(other.faces)" }
        if detectorVersion != other.detectorVersion {
            return
                "version of the detector: \(detectorVersion.map(String.init) ?? "none") → \(other.detectorVersion.map(String.init) ?? "none")"
        }
        return "the settings of the preparation are others"
    }

    /// All of it as JSON: in the files of a run, and for people who look into a cache.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Plain numbers, names and truth values: there is nothing that JSON could not hold.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// - Throws: `DecodingError`.
    public init(json: String) throws { self = try JSONDecoder().decode(EffectivePreparation.self, from: Data(json.utf8)) }

    /// The record that a run's plan keeps.
    public var record: PreparationRecord {
        let detector = detectorVersion.map { ", detector \($0)" } ?? ""
        return PreparationRecord(faces: faces, version: "version \(version)" + detector, isFallback: isFallback, effective: json)
    }

    /// The preparation that a plan keeps.
    /// - Throws: `DecodingError`.
    public init(_ record: PreparationRecord) throws { try self.init(json: record.effective) }
}

/// Why clips cannot be prepared as those of a run were.
public enum PreparationMismatch: Error, Equatable, CustomStringConvertible {
    case weightsMissing(fingerprint: String, path: String)
    case otherWeights(fingerprint: String, found: String, path: String)
    case otherVersion(what: String, version: Int, now: Int)

    public var description: String {
        switch self {
        case .weightsMissing(let fingerprint, let path):
            "the run's faces were found by MTCNN (weights \(fingerprint.prefix(12))), whose weights are missing here: there is no \(path). "
                + "Import them: `emolab weights import-mtcnn FILE`, with the wheel of facenet-pytorch (`pip download --no-deps facenet-pytorch`)"
        case .otherWeights(let fingerprint, let found, let path):
            "the run's faces were found by MTCNN with the weights \(fingerprint.prefix(12)), but \(path) holds the weights \(found.prefix(12)). "
                + "Import those of the training with `emolab weights import-mtcnn FILE`, or train a new run"
        case .otherVersion(let what, let version, let now):
            "the run's clips were prepared by version \(version) of \(what), and this emolab has version \(now). "
                + "Use the emolab that trained the run (`emolab runs show` names it), or train a new run"
        }
    }
}
