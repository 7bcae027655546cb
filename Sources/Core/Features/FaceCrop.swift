import Media

/// Cuts a face out of a frame.
enum FaceCrop {
    /// The square around the middle of `box` with its longer side, moved into the picture where it juts out, resampled by area.
    static func crop(_ picture: Picture, to box: FaceBox, size: Int) -> Picture {
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
