import Media
import Records

/// One face that a detector found.
public struct DetectedFace: Sendable, Codable, Hashable {
    public var box: FaceBox
    /// Probability of a face in [0, 1].
    public var score: Float
    /// Left eye, right eye, nose, left and right corner of the mouth, as seen in the picture.
    public var landmarks: [FacePoint]

    public init(box: FaceBox, score: Float, landmarks: [FacePoint]) {
        self.box = box
        self.score = score
        self.landmarks = landmarks
    }
}

/// Finds all faces of a picture.
public protocol FaceDetector: Sendable {
    /// Part of the cache key: findings of two detectors never mix.
    var name: String { get }
    func faces(in picture: Picture) throws -> [DetectedFace]
    /// The same faces, with the help of up to `threads` threads.
    func faces(in picture: Picture, threads: Int) throws -> [DetectedFace]
}

extension FaceDetector {
    public func faces(in picture: Picture, threads: Int) throws -> [DetectedFace] { try faces(in: picture) }
}
