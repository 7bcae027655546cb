import Foundation
import Media

/// The camera of a clip: softness of the lens, light, tint, contrast, noise of the sensor.
struct DemoLens {
    private let width, height: Int
    /// Weights of the blur, from the middle outwards, in 1/256.
    private let kernel: [Int]
    /// Brightness by channel and value `[3 * 256]`, and light by column in 1/256.
    private let curves: [UInt8]
    private let columns: [Int]
    private let noise: [Int8]
    private let offsets: DemoRandom

    init(_ shift: DemoShift, seed: UInt64, name: String) {
        width = shift.width
        height = shift.height
        // 2 px in a picture of 720 lines; below a third of a picture's dot the edges that cairo smooths are soft enough.
        let sigma = 2 * Double(shift.height) / 720
        let reach = sigma < 0.6 ? 0 : Int((2.2 * sigma).rounded(.up))
        let weights = (0...reach).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
        let total = weights[0] + 2 * weights.dropFirst().reduce(0, +)
        var kernel = weights.map { Int((256 * $0 / total).rounded()) }
        kernel[0] = 256 - 2 * kernel.dropFirst().reduce(0, +)
        self.kernel = kernel
        curves = [shift.tint.red, shift.tint.green, shift.tint.blue].flatMap { tint in
            (0..<256).map { value in
                let contrasted = 0.5 + (Double(value) / 255 - 0.5) * shift.contrast
                return UInt8(max(0, min(255, 255 * contrasted * shift.brightness * tint)))
            }
        }
        columns = (0..<shift.width).map { column in
            let place = Double(column) / Double(max(1, shift.width - 1)) - 0.5
            return Int(256 * max(0.2, 1 - 2.4 * shift.sideLight * place))
        }
        offsets = DemoRandom(seed, "\(name) sensor")
        var random = offsets
        noise = (0..<8192).map { _ in Int8(max(-100, min(100, random.normal(0, shift.pictureNoise).rounded()))) }
    }

    /// What the sensor makes of a canvas.
    func picture(of canvas: DemoCanvas, frame: Int) -> Picture {
        let bytes = width * height * 3
        let pixels = [UInt8](unsafeUninitializedCapacity: bytes) { pixels, count in
            let target = pixels.baseAddress!
            canvas.withPixels { source, stride in
                if kernel.count == 1 {
                    for y in 0..<height { copyRow(source + y * stride, target + y * width * 3) }
                } else {
                    let rows = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes)
                    defer { rows.deallocate() }
                    for y in 0..<height { blurRow(source + y * stride, rows + y * width * 3) }
                    blurColumns(rows, target)
                }
            }
            expose(target, frame: frame)
            count = bytes
        }
        return Picture(width: width, height: height, pixels: pixels)
    }

    /// Light, tint, contrast and grain, in place.
    private func expose(_ pixels: UnsafeMutablePointer<UInt8>, frame: Int) {
        var random = DemoRandom(UInt64(frame) &+ 1, "frame")
        curves.withUnsafeBufferPointer { curves in
            columns.withUnsafeBufferPointer { columns in
                noise.withUnsafeBufferPointer { noise in
                    var at = 0
                    for _ in 0..<height {
                        // Each row reads the table of noise from a place of its own; luminance noise, as sensors have most of.
                        var place = Int(random.next() & 8191)
                        for x in 0..<width {
                            let grain = Int(noise[place])
                            place = (place + 1) & 8191
                            for channel in 0..<3 {
                                let value = Int(curves[channel << 8 | Int(pixels[at])])
                                pixels[at] = Self.clamp(((value * columns[x]) >> 8) + grain)
                                at += 1
                            }
                        }
                    }
                }
            }
        }
    }

    private static func clamp(_ value: Int) -> UInt8 { UInt8(truncatingIfNeeded: max(0, min(255, value))) }

    /// Copies one BGRx row to RGB.
    private func copyRow(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>) {
        for x in 0..<width {
            target[x * 3] = source[x * 4 + 2]
            target[x * 3 + 1] = source[x * 4 + 1]
            target[x * 3 + 2] = source[x * 4]
        }
    }

    /// Blurs one BGRx row into RGB.
    private func blurRow(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>) {
        for x in 0..<width {
            for channel in 0..<3 {
                var sum = Int(source[x * 4 + 2 - channel]) * kernel[0]
                for d in 1..<kernel.count {
                    sum += (Int(source[max(0, x - d) * 4 + 2 - channel]) + Int(source[min(width - 1, x + d) * 4 + 2 - channel])) * kernel[d]
                }
                target[x * 3 + channel] = UInt8(truncatingIfNeeded: (sum + 128) >> 8)
            }
        }
    }

    private func blurColumns(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>) {
        let rowBytes = width * 3
        for y in 0..<height {
            for i in 0..<rowBytes {
                var sum = Int(source[y * rowBytes + i]) * kernel[0]
                for d in 1..<kernel.count {
                    sum += (Int(source[max(0, y - d) * rowBytes + i]) + Int(source[min(height - 1, y + d) * rowBytes + i])) * kernel[d]
                }
                target[y * rowBytes + i] = UInt8(truncatingIfNeeded: (sum + 128) >> 8)
            }
        }
    }
}
