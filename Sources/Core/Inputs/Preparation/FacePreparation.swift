// The one place that decides which detector finds the faces of clips.
import Base
import Corpora
import Faces
import Foundation

/// Preparation as this machine can carry it out. Clips of no run yet get the detector that the settings name or, where its weights are missing,
/// centred squares; clips for a run are prepared as those that it was trained on, whatever lies on this machine now.
public struct FacePreparation: Sendable {
    /// How clips are prepared; they are stored under its key.
    public let effective: EffectivePreparation
    /// The part of it that the run depends on, to be kept with the run.
    public let record: EffectivePreparation
    public let detector: (any FaceDetector)?
    /// What a user should know: squares stand in for faces, why, and what to do. Nil where they do not.
    public let warning: String?

    public var settings: PreparationSettings { effective.settings }

    /// For clips of no run yet, and of a run that begins.
    /// - Parameter usesFaces: false for a model that uses audio only: faces are then found where that can be done, and no fault is one.
    /// - Throws: what reading damaged weights throws.
    public init(new wanted: PreparationSettings, usesFaces: Bool = true, weights: URL = MtcnnWeights.standardFile()) throws {
        let loaded: LoadedDetector?
        do { loaded = try LoadedDetector(wanted.faces, weights) } catch  where !usesFaces { loaded = nil }
        detector = loaded?.detector
        effective = loaded.map { .detected(wanted, weights: $0.fingerprint) } ?? .squares(wanted)
        record = effective.concerning(faces: usesFaces)
        warning = record.isFallback ? Self.squares + FaceDetectors.adviceOnMissingWeights : nil
    }

    /// For any use of a run: as its own clips were prepared.
    /// - Throws: `PreparationMismatch` where that cannot be done here; what reading damaged weights throws.
    public init(like recorded: EffectivePreparation, weights: URL = MtcnnWeights.standardFile()) throws {
        guard recorded.version == PreparationSettings.version else {
            throw PreparationMismatch.otherVersion(what: "the preparation", version: recorded.version, now: PreparationSettings.version)
        }
        guard recorded.usesFaces else {
            self = try FacePreparation(new: recorded.wanted, usesFaces: false, weights: weights)
            return
        }
        (effective, record) = (recorded, recorded)
        guard let fingerprint = recorded.weights else {
            detector = nil
            warning =
                recorded.isFallback ? Self.squares + Self.asTrained(isInstalled: FileManager.default.fileExists(atPath: weights.path)) : nil
            return
        }
        if let version = recorded.detectorVersion, version != Mtcnn.version {
            throw PreparationMismatch.otherVersion(what: "MTCNN", version: version, now: Mtcnn.version)
        }
        guard let loaded = try LoadedDetector(recorded.settings.faces, weights) else {
            throw PreparationMismatch.weightsMissing(fingerprint: fingerprint, path: weights.path)
        }
        guard loaded.fingerprint == fingerprint else {
            throw PreparationMismatch.otherWeights(fingerprint: fingerprint, found: loaded.fingerprint, path: weights.path)
        }
        detector = loaded.detector
        warning = nil
    }

    private static let squares = "faces are centred squares: "

    private static func asTrained(isInstalled: Bool) -> String {
        "the run was trained on them, because MTCNN's weights were missing then"
            + (isInstalled ? "; they are installed now, and a new run would use them" : "")
    }

    /// For reports: `mtcnn`, or `centred-square` with the reason.
    public var words: String {
        settings.faces.detector.rawValue + (record.isFallback ? " (\(FaceDetectors.adviceOnMissingWeights))" : "")
    }
}

/// A detector with the fingerprint of its weights.
private struct LoadedDetector {
    let detector: any FaceDetector
    let fingerprint: String

    /// Nil where the settings ask for no detector, or where its weights are missing.
    init?(_ settings: FaceSettings, _ file: URL) throws {
        guard settings.detector == .mtcnn, FileManager.default.fileExists(atPath: file.path) else { return nil }
        try settings.check()
        let weights = try MtcnnWeights(contentsOf: file)
        detector = Mtcnn(weights: weights, settings: settings)
        fingerprint = weights.fingerprint
    }
}

extension MtcnnWeights {
    /// Thirty-two hexadecimal digits over all numbers of all tensors, in the order of their names. What a file says of its origin is left out.
    public var fingerprint: String {
        ContentHash.text(
            tensors.sorted { $0.key < $1.key }.map { name, tensor in
                tensor.withUnsafeBuffer { "\(name) \(ContentHash.checksum(UnsafeRawBufferPointer($0)))" }
            }.joined(separator: "\n"))
    }
}

extension Preparer {
    public convenience init(_ faces: FacePreparation, cache: ClipCache? = nil, needs: ClipNeeds = .all) throws {
        try self.init(faces.effective, detector: faces.detector, cache: cache, needs: needs)
    }

    /// A clip as a run's own clips were prepared: from the cache, where no detector is needed, or prepared now.
    /// - Throws: `PreparationMismatch` where it is in no cache and cannot be prepared so here; what decoding throws.
    public static func clip(
        _ clip: Clip, like recorded: EffectivePreparation, cache: ClipCache, needs: ClipNeeds = .all, sound: Bool = false
    ) throws -> PreparedClip {
        if recorded.usesFaces, var cached = cache.clip(clip, recorded),
            needs.areMet(of: clip, hasAudio: cached.hasAudio, hasVideo: cached.hasVideo)
        {
            if !sound { cached.sound = nil }
            return cached
        }
        return try Preparer(FacePreparation(like: recorded), cache: cache, needs: needs).prepared(clip, sound: sound)
    }
}
