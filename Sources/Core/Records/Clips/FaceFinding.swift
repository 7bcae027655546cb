// Plain geometry of a face in a picture, and how it was found.

/// A face's box in a picture, px of that picture.
public struct FaceBox: Sendable, Codable, Hashable {
    public var x: Float
    public var y: Float
    public var width: Float
    public var height: Float

    public init(x: Float, y: Float, width: Float, height: Float) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

/// A place in a picture, px from its left and top edge.
public struct FacePoint: Sendable, Codable, Hashable {
    public var x: Float
    public var y: Float

    public init(x: Float, y: Float) {
        self.x = x
        self.y = y
    }
}

/// The face of one frame; the prepared clip keeps one a frame, since a failed detection is data too.
public struct FaceFinding: Sendable, Codable, Hashable {
    public enum Origin: String, Sendable, Codable, CaseIterable {
        case detected
        /// From the frames before and after, because only every n-th frame is looked at.
        case interpolated
        /// No face was found; the last one found stands in.
        case reused
        /// No face was found; the centred square stands in.
        case fallback
    }

    /// Box of the crop: the detector's as found or smoothed over time, or the fallback.
    public var box: FaceBox
    /// Probability of a face in [0, 1]; 0 where none was found.
    public var score: Float
    /// Five points as in `DetectedFace`; none where the box is the fallback.
    public var landmarks: [FacePoint]
    public var origin: Origin

    /// True where no face was found and the centred square stands in.
    public var isFallback: Bool { origin == .fallback }

    public init(box: FaceBox, score: Float, landmarks: [FacePoint] = [], origin: Origin) {
        self.box = box
        self.score = score
        self.landmarks = landmarks
        self.origin = origin
    }

    /// A face that was found, or the centred square.
    public init(box: FaceBox, score: Float, landmarks: [FacePoint] = [], isFallback: Bool) {
        self.init(box: box, score: score, landmarks: landmarks, origin: isFallback ? .fallback : .detected)
    }
}
