import Media

/// Where a face is in a picture, in pixels of that picture.
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

/// What a finder says of one frame; kept per frame with the prepared clip, since a failed detection is data too.
public struct FaceFinding: Sendable, Codable, Hashable {
    public var box: FaceBox
    /// Probability of a face in [0, 1]; 0 where the box is the fallback.
    public var score: Float
    /// True where no face was found and the centred square stands in.
    public var isFallback: Bool

    public init(box: FaceBox, score: Float, isFallback: Bool) {
        self.box = box
        self.score = score
        self.isFallback = isFallback
    }
}

/// Finds the face of a clip's speaker in a picture: a detector, or the centred square where there is none.
public protocol FaceFinder: Sendable {
    /// Part of the cache key: findings of two finders never mix.
    var name: String { get }
    func findFace(in picture: Picture) throws -> FaceFinding
}
