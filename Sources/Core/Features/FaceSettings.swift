/// How the face of a clip's speaker is found and cut. Its `key` is part of the cache key.
public struct FaceSettings: Sendable, Codable, Hashable {
    public enum Detector: String, Sendable, Codable, CaseIterable {
        case mtcnn
        /// No detector: the centred square of zu-dann §3.2, marked as fallback.
        case centredSquare = "centred-square"
    }

    public var detector: Detector

    public init(detector: Detector = .mtcnn) { self.detector = detector }

    /// All settings in words that never change, for keys.
    public var key: String { "detector=\(detector.rawValue)" }
}
