import Foundation

/// The detectors that settings name.
public enum FaceDetectors {
    /// What finds the faces, to be handed to `FaceExtractor`; nil where the settings ask for none, or where there are no weights at `weights`
    /// (then the centred square stands in, and the program is to say so: `adviceOnMissingWeights`).
    /// - Throws: `MtcnnError` for a file that is damaged, `FaceSettingsError`.
    public static func standard(_ settings: FaceSettings, weights: URL) throws -> (any FaceDetector)? {
        guard settings.detector == .mtcnn, FileManager.default.fileExists(atPath: weights.path) else { return nil }
        return try Mtcnn.load(from: weights, settings: settings)
    }

    /// What to do where the weights are missing, for one line on stderr.
    public static let adviceOnMissingWeights =
        "MTCNN's weights are missing: `pip download --no-deps facenet-pytorch`, then `emolab weights import-mtcnn facenet_pytorch-*.whl`"
}
