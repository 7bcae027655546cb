// Boxes on their way through the three stages, and the two ways of dropping those that overlap (facenet-pytorch models/utils/detect_face.py,
// torchvision ops/boxes.py). Float and the order of operations as there: neighbours of a threshold must fall on the same side.
import Base

/// Edges in px, the score, and what the network said of it.
struct CandidateBox {
    var left: Float
    var top: Float
    var right: Float
    var bottom: Float
    var score: Float
    var correction: SIMD4<Float> = .zero
    var landmarks: [Float] = []

    var width: Float { right - left }
    var height: Float { bottom - top }
    /// The first two stages count no px more.
    var area: Float { width * height }
    /// Pixels of both edges counted, as the later stages do.
    var inclusiveArea: Float { (width + 1) * (height + 1) }

    /// Moved by `correction`, in shares of the sides, to which the later stages add one.
    func corrected(adding one: Float) -> CandidateBox {
        let (w, h) = (width + one, height + one)
        var box = self
        (box.left, box.top) = (left + correction[0] * w, top + correction[1] * h)
        (box.right, box.bottom) = (right + correction[2] * w, bottom + correction[3] * h)
        return box
    }

    /// Widened to a square around its middle.
    var squared: CandidateBox {
        let (w, h) = (width, height), side = max(w, h)
        var box = self
        (box.left, box.top) = (left + w * 0.5 - side * 0.5, top + h * 0.5 - side * 0.5)
        (box.right, box.bottom) = (box.left + side, box.top + side)
        return box
    }

    /// Columns and rows of a picture that the box covers, as facenet-pytorch cuts them: from one px before the truncated edge. Nil where none is left.
    func pixels(width: Int, height: Int) -> (columns: Range<Int>, rows: Range<Int>)? {
        guard let x = Int(exactly: left.rounded(.towardZero)), let y = Int(exactly: top.rounded(.towardZero)),
            let endX = Int(exactly: right.rounded(.towardZero)), let endY = Int(exactly: bottom.rounded(.towardZero))
        else { return nil }
        let (first, top) = (max(x, 1) - 1, max(y, 1) - 1), (last, bottom) = (min(endX, width), min(endY, height))
        return last > first && bottom > top ? (first..<last, top..<bottom) : nil
    }
}

extension [CandidateBox] {
    /// Those that overlap none of higher score by more than `threshold` of their union, highest score first; the earlier of equals comes first.
    func withoutOverlaps(above threshold: Double) -> [CandidateBox] {
        let order = indices.sorted { self[$0].score != self[$1].score ? self[$0].score > self[$1].score : $0 < $1 }
        var kept: [CandidateBox] = []
        for index in order {
            let box = self[index], area = box.area
            let isCovered = kept.contains { other in
                let w = Swift.max(0, Swift.min(other.right, box.right) - Swift.max(other.left, box.left))
                let h = Swift.max(0, Swift.min(other.bottom, box.bottom) - Swift.max(other.top, box.top))
                let shared = w * h
                // Not a number where both are empty: that is no overlap.
                return Double(shared / (other.area + area - shared)) > threshold
            }
            if !isCovered { kept.append(box) }
        }
        return kept
    }

    /// Those that share with none of higher score more than `threshold` of the smaller of both; the later of equals comes first.
    func withoutInclusions(above threshold: Float) -> [CandidateBox] {
        let order = indices.sorted { self[$0].score != self[$1].score ? self[$0].score > self[$1].score : $0 > $1 }
        var kept: [CandidateBox] = []
        for index in order {
            let box = self[index], area = box.inclusiveArea
            let stays = kept.allSatisfy { other in
                let w = Swift.max(0, Swift.min(other.right, box.right) - Swift.max(other.left, box.left) + 1)
                let h = Swift.max(0, Swift.min(other.bottom, box.bottom) - Swift.max(other.top, box.top) + 1)
                return w * h / Swift.min(other.inclusiveArea, area) <= threshold
            }
            if stays { kept.append(box) }
        }
        return kept
    }
}
