// From whole frames to the squares that the video network sees.
import Media

/// Finds the face of each frame, cuts a square around it and brings it to one size.
public struct FaceCrop: Sendable {
    public let finder: any FaceFinder
    /// Side of the result in px.
    public let size: Int

    public init(finder: any FaceFinder, size: Int) {
        precondition(size > 0, "a face of \(size) px")
        self.finder = finder
        self.size = size
    }

    /// The face of `picture`, `size` x `size` px, and what the finder said.
    public func face(in picture: Picture) throws -> (picture: Picture, finding: FaceFinding) {
        let finding = try finder.findFace(in: picture)
        return (Self.crop(picture, to: finding.box, size: size), finding)
    }

    /// The square around the middle of `box` with its longer side, moved into the picture where it juts out, resampled by area.
    public static func crop(_ picture: Picture, to box: FaceBox, size: Int) -> Picture {
        let limit = min(picture.width, picture.height)
        let side = min(max(1, whole(max(box.width, box.height), limit)), limit)
        let x = whole(box.x + (box.width - Float(side)) / 2, picture.width - side)
        let y = whole(box.y + (box.height - Float(side)) / 2, picture.height - side)
        return picture.cropped(x: x, y: y, width: side, height: side).resizedByArea(width: size, height: size)
    }

    /// Rounded to a whole number in 0...limit; 0 for what is no number.
    private static func whole(_ value: Float, _ limit: Int) -> Int {
        value.isFinite ? Int(min(max(0, value.rounded()), Float(limit))) : 0
    }
}
