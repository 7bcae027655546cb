/// One picture of a clip and where it was taken from.
public struct SampledPicture: Sendable, Equatable {
    public var picture: Picture
    /// Its number among the pictures of its source, in the order shown: of the film or the span of it, of the folder; from 0.
    public var index: Int
    /// When it comes on screen, s from the beginning of the film; nil where pictures have no time.
    public var seconds: Double?

    public init(picture: Picture, index: Int, seconds: Double?) {
        self.picture = picture
        self.index = index
        self.seconds = seconds
    }
}
