import Media

/// The fallback of zu-dann §3.2: a centred square of half the shorter side. Finds nothing, so every finding is marked as fallback.
public struct CentredSquare: FaceFinder {
    public let name: String
    /// Side of the square as a share of the picture's shorter side.
    public let share: Float

    public init(share: Float = 0.5) {
        self.share = share
        self.name = share == 0.5 ? "centred-square" : "centred-square-\(share)"
    }

    public func findFace(in picture: Picture) -> FaceFinding {
        let side = Float(min(picture.width, picture.height)) * share
        let box = FaceBox(
            x: (Float(picture.width) - side) / 2, y: (Float(picture.height) - side) / 2, width: side, height: side)
        return FaceFinding(box: box, score: 0, isFallback: true)
    }
}
