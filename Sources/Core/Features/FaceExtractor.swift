// From whole frames to the squares that the video network sees.
import Media

/// Finds the speaker's face in the frames of one clip, cuts it and brings it to one size. Used from any thread.
public struct FaceExtractor: Sendable {
    public let settings: FaceSettings
    /// Side of the result in px.
    public let size: Int
    private let detector: (any FaceDetector)?

    /// - Parameter detector: what `settings.detector` names; nil for the centred square.
    public init(_ settings: FaceSettings, size: Int, detector: (any FaceDetector)? = nil) {
        precondition(size > 0, "a face of \(size) px")
        self.settings = settings
        self.size = size
        self.detector = detector
    }

    /// The face of each frame, `size` x `size` px, and what was found; frames are those of one clip in order.
    public func faces(in frames: [Picture]) throws -> [(picture: Picture, finding: FaceFinding)] {
        try frames.map { frame in
            let finding = try finding(in: frame)
            return (FaceCrop.crop(frame, to: finding.box, size: size), finding)
        }
    }

    private func finding(in frame: Picture) throws -> FaceFinding {
        let faces = try detector?.faces(in: frame) ?? []
        guard let face = faces.max(by: { $0.box.width * $0.box.height < $1.box.width * $1.box.height }) else {
            return CentredSquare.finding(in: frame)
        }
        return FaceFinding(box: face.box, score: face.score, landmarks: face.landmarks, isFallback: false)
    }
}
