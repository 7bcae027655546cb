import Media
import Records

/// Cuts a face out of a frame.
enum FaceCrop {
    /// What the settings say of `finding`, `size` x `size` px.
    static func crop(_ picture: Picture, to finding: FaceFinding, _ settings: FaceSettings, size: Int) -> Picture {
        // The centred square has no eyes, and is wanted as it is.
        if settings.alignment == .eyes, let aligned = EyeAlignment.crop(picture, finding.landmarks, margin: settings.margin, size: size) {
            return aligned
        }
        let margin = finding.isFallback ? 0 : settings.margin
        let part =
            settings.shape == .square || finding.isFallback ? squared(picture, finding.box, margin) : cut(picture, finding.box, margin)
        return resized(part, settings.resize, size)
    }

    private static func resized(_ picture: Picture, _ resize: FaceSettings.Resize, _ size: Int) -> Picture {
        switch resize {
        case .area: picture.resizedByArea(width: size, height: size)
        case .bilinear: picture.resizedByPillowBilinear(width: size, height: size)
        }
    }

    /// The box as facenet-pytorch's extract_face cuts it: widened by the margin, held to the picture, truncated to whole px. At least one px.
    private static func cut(_ picture: Picture, _ box: FaceBox, _ margin: Double) -> Picture {
        // M / (S - M) of each side for a margin of M px in S, half of it on each side.
        let share = Float(margin / (1 - margin)) / 2
        let left = whole(box.x - share * box.width, picture.width), right = whole(box.x + box.width + share * box.width, picture.width)
        let top = whole(box.y - share * box.height, picture.height), bottom = whole(box.y + box.height + share * box.height, picture.height)
        return picture.cropped(x: left, y: top, width: max(1, right - left), height: max(1, bottom - top))
    }

    /// The square around the middle of `box` with its longer side, moved into the picture where it juts out.
    private static func squared(_ picture: Picture, _ box: FaceBox, _ margin: Double) -> Picture {
        let limit = min(picture.width, picture.height)
        let side = min(max(1, whole((max(box.width, box.height) / Float(1 - margin)).rounded(), limit)), limit)
        let x = whole((box.x + (box.width - Float(side)) / 2).rounded(), picture.width - side)
        let y = whole((box.y + (box.height - Float(side)) / 2).rounded(), picture.height - side)
        return picture.cropped(x: x, y: y, width: side, height: side)
    }

    /// Truncated to a whole number in 0...limit; 0 for what is no number.
    private static func whole(_ value: Float, _ limit: Int) -> Int { value.isFinite ? Int(min(max(0, value), Float(limit))) : 0 }
}
