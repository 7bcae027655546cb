import Features
import Foundation

/// Preparation as this machine can carry it out: with the detector that the settings name, or, where its weights are missing, with the
/// centred square in its place. Clips are then stored as what they are, under the square's settings.
public struct FacePreparation: Sendable {
    public let settings: PreparationSettings
    public let detector: (any FaceDetector)?
    /// Why something else than what was asked for finds the faces, and what to do; nil where it does not.
    public let fallback: String?

    /// - Throws: what reading damaged weights throws.
    public init(_ wanted: PreparationSettings, weights: URL = UserFolders.mtcnnWeights()) throws {
        detector = try FaceDetectors.standard(wanted.faces, weights: weights)
        guard wanted.faces.detector != .centredSquare, detector == nil else {
            settings = wanted
            fallback = nil
            return
        }
        var square = wanted
        square.faces.detector = .centredSquare
        settings = square
        fallback = FaceDetectors.adviceOnMissingWeights
    }

    /// For reports: `mtcnn`, or `centred-square` with the reason.
    public var words: String {
        settings.faces.detector.rawValue + (fallback.map { " (\($0))" } ?? "")
    }
}

extension Preparer {
    public convenience init(_ faces: FacePreparation, cache: ClipCache? = nil, needs: ClipNeeds = .all) throws {
        try self.init(settings: faces.settings, detector: faces.detector, cache: cache, needs: needs)
    }
}
