import Media
import Records

/// The fallback of zu-dann §3.2: a centred square of half the shorter side. Finds nothing, so every finding is marked as fallback.
enum CentredSquare {
    static func finding(in picture: Picture) -> FaceFinding {
        let side = Float(min(picture.width, picture.height)) / 2
        let box = FaceBox(
            x: (Float(picture.width) - side) / 2, y: (Float(picture.height) - side) / 2, width: side, height: side)
        return FaceFinding(box: box, score: 0, isFallback: true)
    }
}
