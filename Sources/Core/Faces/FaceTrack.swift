// A face through the frames of one clip: which frames are looked at, what stands in where no face is found, and smoothing.
import Foundation
import Media
import Records

/// Findings of the frames of one clip in order.
struct FaceTrack {
    let settings: FaceSettings
    private(set) var findings: [FaceFinding]

    /// - Parameter find: the chosen face of a frame; nil where there is none.
    init(_ frames: [Picture], _ settings: FaceSettings, find: (Picture) throws -> DetectedFace?) rethrows {
        self.settings = settings
        var faces: [FaceFinding?] = try Self.detected(frames, every: settings.every, find)
        if settings.missing == .previous { Self.reusePrevious(&faces) }
        findings = zip(faces, frames).map { $0 ?? CentredSquare.finding(in: $1) }
        if settings.smoothing != .none { smooth() }
    }

    /// Every n-th frame is looked at, and the last. Between two that show a face it is interpolated; where one shows none, each between is looked at.
    private static func detected(_ frames: [Picture], every: Int, _ find: (Picture) throws -> DetectedFace?) rethrows -> [FaceFinding?] {
        var faces = [FaceFinding?](repeating: nil, count: frames.count)
        func look(_ i: Int) throws { faces[i] = try find(frames[i]).map { FaceFinding($0) } }
        var last = 0
        for i in frames.indices where i % every == 0 || i == frames.count - 1 {
            try look(i)
            for between in (last + 1)..<max(i, last + 1) {
                if let before = faces[last], let after = faces[i] {
                    faces[between] = before.mixed(with: after, share: Float(between - last) / Float(i - last))
                } else {
                    try look(between)
                }
            }
            last = i
        }
        return faces
    }

    private static func reusePrevious(_ faces: inout [FaceFinding?]) {
        for i in faces.indices.dropFirst() where faces[i] == nil {
            faces[i] = faces[i - 1]
            faces[i]?.origin = .reused
            faces[i]?.score = 0
        }
    }

    /// Weighted means over the frames around each, those with the centred square left out on both sides.
    private mutating func smooth() {
        let raw = findings, radius = settings.smoothingRadius
        let deviation = Double(radius) / 2
        for i in raw.indices where !raw[i].isFallback {
            var box = SIMD4<Double>.zero, points = [SIMD2<Double>](repeating: .zero, count: raw[i].landmarks.count), total = 0.0
            for k in max(0, i - radius)...min(raw.count - 1, i + radius) where !raw[k].isFallback && raw[k].landmarks.count == points.count
            {
                let weight = settings.smoothing == .gaussian ? exp(-0.5 * Double((k - i) * (k - i)) / (deviation * deviation)) : 1
                total += weight
                let other = raw[k].box
                box += weight * SIMD4(Double(other.x), Double(other.y), Double(other.width), Double(other.height))
                for (p, point) in raw[k].landmarks.enumerated() { points[p] += weight * SIMD2(Double(point.x), Double(point.y)) }
            }
            box /= total
            findings[i].box = FaceBox(x: Float(box[0]), y: Float(box[1]), width: Float(box[2]), height: Float(box[3]))
            findings[i].landmarks = points.map { FacePoint(x: Float($0.x / total), y: Float($0.y / total)) }
        }
    }
}

extension FaceFinding {
    init(_ face: DetectedFace) { self.init(box: face.box, score: face.score, landmarks: face.landmarks, origin: .detected) }

    /// What lies between two findings, the other with `share` of the weight; the lesser of both scores.
    fileprivate func mixed(with other: FaceFinding, share: Float) -> FaceFinding {
        func between(_ a: Float, _ b: Float) -> Float { a + share * (b - a) }
        return FaceFinding(
            box: FaceBox(
                x: between(box.x, other.box.x), y: between(box.y, other.box.y), width: between(box.width, other.box.width),
                height: between(box.height, other.box.height)),
            score: min(score, other.score),
            landmarks: zip(landmarks, other.landmarks).map { FacePoint(x: between($0.x, $1.x), y: between($0.y, $1.y)) },
            origin: .interpolated)
    }
}
