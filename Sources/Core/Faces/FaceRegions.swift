// Where brows, eyes and mouth lie in a face that was cut out: from the five points that MTCNN finds, through the same cut. Points are exact as far as
// the detector's are; how far a region reaches around them is ours.
import Records

/// Rectangles in shares of the cut face's side, from its left and top edge.
public struct FaceRegions: Sendable, Equatable {
    public struct Area: Sendable, Equatable {
        public var x, y: ClosedRange<Double>

        init?(_ left: Double, _ right: Double, _ top: Double, _ bottom: Double) {
            let (left, right, top, bottom) = (min(max(left, 0), 1), min(max(right, 0), 1), min(max(top, 0), 1), min(max(bottom, 0), 1))
            guard right > left, bottom > top else { return nil }
            (x, y) = (left...right, top...bottom)
        }
    }

    public let brows, eyes, mouth: Area

    /// Nil where the finding has no points (no detector, or no face in this frame), or they lie outside of what was cut.
    public init?(_ finding: FaceFinding, _ settings: FaceSettings) {
        guard !finding.isFallback, finding.landmarks.count == 5, let points = Self.points(finding, settings) else { return nil }
        let eye = (x: (points[0].x + points[1].x) / 2, y: (points[0].y + points[1].y) / 2)
        let lips = (x: (points[3].x + points[4].x) / 2, y: (points[3].y + points[4].y) / 2)
        let across = abs(points[1].x - points[0].x), down = lips.y - eye.y
        guard across > 0.02, down > 0.02 else { return nil }
        let (left, right) = (min(points[0].x, points[1].x) - 0.5 * across, max(points[0].x, points[1].x) + 0.5 * across)
        let (lipsLeft, lipsRight) = (min(points[3].x, points[4].x) - 0.25 * across, max(points[3].x, points[4].x) + 0.25 * across)
        guard let brows = Area(left, right, eye.y - 0.6 * down, eye.y - 0.2 * down),
            let eyes = Area(left, right, eye.y - 0.2 * down, eye.y + 0.2 * down),
            let mouth = Area(lipsLeft, lipsRight, lips.y - 0.25 * down, lips.y + 0.3 * down)
        else { return nil }
        (self.brows, self.eyes, self.mouth) = (brows, eyes, mouth)
    }

    /// The five points in shares of the side of what `FaceCrop` cuts; where a box juts out of the picture, off by what is cut away there.
    private static func points(_ finding: FaceFinding, _ settings: FaceSettings) -> [(x: Double, y: Double)]? {
        let points = finding.landmarks.map { (x: Double($0.x), y: Double($0.y)) }, box = finding.box
        guard points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }), box.width > 0, box.height > 0, settings.margin < 1 else { return nil }
        if settings.alignment == .eyes {
            let (dx, dy) = (points[1].x - points[0].x, points[1].y - points[0].y), length = (dx * dx + dy * dy).squareRoot()
            guard length >= 1 else { return nil }
            let shown = 1 - settings.margin, scale = Double(EyeAlignment.right.x - EyeAlignment.left.x) * shown / length
            let (eyeX, eyeY) = (0.5 + (Double(EyeAlignment.left.x) - 0.5) * shown, 0.5 + (Double(EyeAlignment.left.y) - 0.5) * shown)
            let (ux, uy) = (dx / length, dy / length)
            return points.map { point in
                let (px, py) = (point.x - points[0].x, point.y - points[0].y)
                return (eyeX + (px * ux + py * uy) * scale, eyeY + (py * ux - px * uy) * scale)
            }
        }
        let (x, y, width, height) = (Double(box.x), Double(box.y), Double(box.width), Double(box.height))
        var (left, top, across, down) = (x, y, width, height)
        if settings.shape == .square {
            let side = max(width, height) / (1 - settings.margin)
            (left, top, across, down) = (x + (width - side) / 2, y + (height - side) / 2, side, side)
        } else {
            let share = settings.margin / (1 - settings.margin) / 2
            (left, top, across, down) = (x - share * width, y - share * height, width * (1 + 2 * share), height * (1 + 2 * share))
        }
        // The picture's own edges on the left and at the top are known.
        if left < 0 { (left, across) = (0, across + left) }
        if top < 0 { (top, down) = (0, down + top) }
        guard across > 0, down > 0 else { return nil }
        return points.map { (($0.x - left) / across, ($0.y - top) / down) }
    }
}

extension FaceRegions.Area {
    /// The part of a grid's values that lies in it, each value spread evenly over its patch: 0...1 of their sum.
    /// - Parameter patches: `[rows * columns]`, row by row from the top.
    public func share(of patches: [Double], rows: Int, columns: Int) -> Double {
        let total = patches.reduce(0, +)
        guard rows > 0, columns > 0, patches.count == rows * columns, total > 0 else { return 0 }
        func overlap(_ range: ClosedRange<Double>, _ index: Int, _ count: Int) -> Double {
            let (low, high) = (Double(index) / Double(count), Double(index + 1) / Double(count))
            return max(0, min(high, range.upperBound) - max(low, range.lowerBound)) * Double(count)
        }
        var sum = 0.0
        for row in 0..<rows {
            let down = overlap(y, row, rows)
            guard down > 0 else { continue }
            for column in 0..<columns { sum += patches[row * columns + column] * down * overlap(x, column, columns) }
        }
        return sum / total
    }
}

extension FaceRegions {
    /// What stands in where no points are known: the picture's thirds.
    public static let thirds: [(name: String, area: Area)] = ["upper", "middle", "lower"].enumerated().compactMap { index, name in
        Area(0, 1, Double(index) / 3, Double(index + 1) / 3).map { (name, $0) }
    }
}
