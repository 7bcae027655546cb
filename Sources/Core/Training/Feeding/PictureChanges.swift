// Mirror, cut, turn and colour of all pictures of a clip alike.
import Foundation

package struct PictureChanges {
    private let draw: AugmentationDraw
    private let size: Int

    package init(_ draw: AugmentationDraw, size: Int) {
        self.draw = draw
        self.size = size
    }

    /// - Parameter pictures: `[frames, size, size, 3]`.
    package func apply(to pictures: inout [UInt8]) {
        guard !pictures.isEmpty, size > 0 else { return }
        if draw.isMirrored { mirror(&pictures) }
        if let cut = draw.cut { resample(&pictures, cut) }
        if draw.brightness != nil || draw.contrast != nil || draw.saturation != nil { colour(&pictures) }
    }

    private func mirror(_ pictures: inout [UInt8]) {
        pictures.withUnsafeMutableBufferPointer { pictures in
            for row in 0..<(pictures.count / (3 * size)) {
                for column in 0..<size / 2 {
                    let left = (row * size + column) * 3, right = (row * size + size - 1 - column) * 3
                    for channel in 0..<3 { pictures.swapAt(left + channel, right + channel) }
                }
            }
        }
    }

    /// Where a pixel of the result comes from: four neighbours and their weights in 1/65536.
    private struct Source {
        var place: (Int32, Int32, Int32, Int32)
        var weight: (Int32, Int32, Int32, Int32)
    }

    /// Bilinear; beyond the edge its pixels go on.
    private func resample(_ pictures: inout [UInt8], _ cut: AugmentationDraw.Cut) {
        let plan = sources(cut)
        let bytes = 3 * size * size
        var result = pictures
        pictures.withUnsafeBufferPointer { from in
            result.withUnsafeMutableBufferPointer { to in
                for start in stride(from: 0, to: from.count, by: bytes) {
                    for (pixel, source) in plan.enumerated() {
                        let (a, b, c, d) = source.place
                        let (u, v, w, x) = source.weight
                        for channel in 0..<3 {
                            let base = start + channel
                            let sum =
                                Int32(from[base + Int(a)]) * u + Int32(from[base + Int(b)]) * v + Int32(from[base + Int(c)]) * w
                                + Int32(from[base + Int(d)]) * x
                            to[base + 3 * pixel] = UInt8(truncatingIfNeeded: (sum + 32768) >> 16)
                        }
                    }
                }
            }
        }
        pictures = result
    }

    private func sources(_ cut: AugmentationDraw.Cut) -> [Source] {
        let angle = Double(cut.angle) * .pi / 180
        let (cosine, sine) = (cos(angle) * cut.side, sin(angle) * cut.side)
        let half = Double(size) / 2
        var plan: [Source] = []
        plan.reserveCapacity(size * size)
        for row in 0..<size {
            for column in 0..<size {
                let (x, y) = (Double(column) + 0.5 - half, Double(row) + 0.5 - half)
                // Rows grow downwards, so this turns what is seen anticlockwise.
                let (left, dx) = neighbour(half + cut.x * Double(size) + cosine * x - sine * y - 0.5)
                let (top, dy) = neighbour(half + cut.y * Double(size) + sine * x + cosine * y - 0.5)
                func place(_ column: Int, _ row: Int) -> Int32 {
                    Int32(3 * (min(max(row, 0), size - 1) * size + min(max(column, 0), size - 1)))
                }
                let (u, v, w) = ((256 - dx) * (256 - dy), dx * (256 - dy), (256 - dx) * dy)
                plan.append(
                    Source(
                        place: (place(left, top), place(left + 1, top), place(left, top + 1), place(left + 1, top + 1)),
                        weight: (u, v, w, 65536 - u - v - w)))
            }
        }
        return plan
    }

    /// The whole number below and the rest in 1/256.
    private func neighbour(_ place: Double) -> (Int, Int32) {
        let scaled = Int((place * 256).rounded())
        return (scaled >> 8, Int32(scaled & 255))
    }

    /// Contrast about the clip's mean grey, then brightness, then saturation about each pixel's grey (luma of BT.601).
    private func colour(_ pictures: inout [UInt8]) {
        let (contrast, brightness) = (Float(draw.contrast ?? 1), Float(draw.brightness ?? 1))
        let saturation = Float(draw.saturation ?? 1)
        pictures.withUnsafeMutableBufferPointer { pixels in
            var sums = (0, 0, 0)
            for i in stride(from: 0, to: pixels.count - 2, by: 3) {
                sums.0 += Int(pixels[i])
                sums.1 += Int(pixels[i + 1])
                sums.2 += Int(pixels[i + 2])
            }
            let mean = Self.grey(Float(sums.0), Float(sums.1), Float(sums.2)) / Float(max(pixels.count / 3, 1))
            let table = (0..<256).map { (mean + (Float($0) - mean) * contrast) * brightness }
            table.withUnsafeBufferPointer { table in
                for i in stride(from: 0, to: pixels.count - 2, by: 3) {
                    let (red, green, blue) = (table[Int(pixels[i])], table[Int(pixels[i + 1])], table[Int(pixels[i + 2])])
                    let grey = Self.grey(red, green, blue)
                    pixels[i] = Self.byte(grey + (red - grey) * saturation)
                    pixels[i + 1] = Self.byte(grey + (green - grey) * saturation)
                    pixels[i + 2] = Self.byte(grey + (blue - grey) * saturation)
                }
            }
        }
    }

    private static func grey(_ red: Float, _ green: Float, _ blue: Float) -> Float { 0.299 * red + 0.587 * green + 0.114 * blue }
    private static func byte(_ value: Float) -> UInt8 { UInt8(min(max(value + 0.5, 0), 255)) }
}
