import Foundation
import Media
import Records

/// Turns, scales and moves a face so that its eyes lie level at fixed places: a similarity transform, so that proportions stay.
enum EyeAlignment {
    /// Where the eyes come to lie, in shares of the result's side: those of the 112 px template of ArcFace (Deng et al. 2019, arXiv:1801.07698),
    /// both eyes at one height.
    static let left = FacePoint(x: 0.3419, y: 0.4605)
    static let right = FacePoint(x: 0.6565, y: 0.4605)

    /// The aligned face, or nil where the landmarks allow none. Outside the picture its edge goes on.
    /// - Parameter margin: share of the result's side that is added around the template, both sides together.
    static func crop(_ picture: Picture, _ landmarks: [FacePoint], margin: Double, size: Int) -> Picture? {
        guard landmarks.count >= 2 else { return nil }
        let (a, b) = (landmarks[0], landmarks[1])
        let (dx, dy) = (Double(b.x - a.x), Double(b.y - a.y)), distance = (dx * dx + dy * dy).squareRoot()
        guard distance.isFinite, distance >= 1, distance < 1e5, abs(a.x) < 1e6, abs(a.y) < 1e6 else { return nil }
        // One px of the result in px of the picture, along the line of the eyes and across it.
        let between = Double(right.x - left.x) * (1 - margin) * Double(size)
        let (ux, uy) = (dx / between, dy / between), scale = distance / between
        let eyeX = (0.5 + (Double(left.x) - 0.5) * (1 - margin)) * Double(size),
            eyeY = (0.5 + (Double(left.y) - 0.5) * (1 - margin)) * Double(size)
        // Where a result's px covers several of the picture, so many samples of it are averaged.
        let samples = max(1, min(16, Int(scale.rounded(.up))))
        var result = [UInt8](repeating: 0, count: 3 * size * size)
        picture.pixels.withUnsafeBufferPointer { pixels in
            for y in 0..<size {
                for x in 0..<size {
                    var sum = SIMD3<Double>.zero
                    for sample in 0..<(samples * samples) {
                        let px = Double(x) + (Double(sample % samples) + 0.5) / Double(samples) - eyeX
                        let py = Double(y) + (Double(sample / samples) + 0.5) / Double(samples) - eyeY
                        // Landmarks are places in the picture; the middle of its first px is at one half.
                        sum += bilinear(pixels, picture, Double(a.x) + px * ux - py * uy - 0.5, Double(a.y) + px * uy + py * ux - 0.5)
                    }
                    let mean = sum / Double(samples * samples)
                    for channel in 0..<3 {
                        result[3 * (y * size + x) + channel] = UInt8(max(0, min(255, (mean[channel] + 0.5).rounded(.down))))
                    }
                }
            }
        }
        return Picture(width: size, height: size, pixels: result)
    }

    private static func bilinear(_ pixels: UnsafeBufferPointer<UInt8>, _ picture: Picture, _ x: Double, _ y: Double) -> SIMD3<Double> {
        let x = min(max(0, x), Double(picture.width - 1)), y = min(max(0, y), Double(picture.height - 1))
        let (left, top) = (Int(x), Int(y)), (right, bottom) = (min(left + 1, picture.width - 1), min(top + 1, picture.height - 1))
        func pixel(_ x: Int, _ y: Int) -> SIMD3<Double> {
            let at = 3 * (y * picture.width + x)
            return SIMD3(Double(pixels[at]), Double(pixels[at + 1]), Double(pixels[at + 2]))
        }
        let (fx, fy) = (x - Double(left), y - Double(top))
        let upper = pixel(left, top) * (1 - fx) + pixel(right, top) * fx, lower = pixel(left, bottom) * (1 - fx) + pixel(right, bottom) * fx
        return upper * (1 - fy) + lower * fy
    }
}
