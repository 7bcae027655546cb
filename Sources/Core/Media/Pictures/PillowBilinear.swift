// Pillow's bilinear filter for 8-bit pictures (Pillow src/libImaging/Resample.c), bit for bit: antialiased where it shrinks, each axis by itself,
// weights in whole numbers of 2^-22, 8 bits between both passes.

/// The weights of one axis.
private struct PillowTaps {
    var starts: [Int] = []
    var weights: [[Int64]] = []

    init(from source: Int, to target: Int) {
        let scale = Double(source) / Double(target), support = max(scale, 1)
        for i in 0..<target {
            let centre = (Double(i) + 0.5) * scale
            let low = max(0, Int(centre - support + 0.5)), high = min(source, Int(centre + support + 0.5))
            let shares = (low..<high).map { max(0, 1 - abs((Double($0) - centre + 0.5) * (1 / support))) }
            let sum = shares.reduce(0, +)
            starts.append(low)
            weights.append(shares.map { Int64(0.5 + (sum != 0 ? $0 / sum : $0) * Double(1 << 22)) })
        }
    }
}

extension Picture {
    /// The picture at `width` x `height` px, as Pillow's `resize((width, height), Image.BILINEAR)` gives it.
    public func resizedByPillowBilinear(width: Int, height: Int) -> Picture {
        precondition(width > 0 && height > 0 && self.width > 0 && self.height > 0, "no picture of \(width)x\(height) px")
        let across = width == self.width ? self : Picture(width: width, height: self.height, pixels: filtered(to: width))
        return height == self.height ? across : across.filteredDown(to: height)
    }

    private static func level(_ sum: Int64) -> UInt8 { UInt8(max(0, min(255, (sum + (1 << 21)) >> 22))) }

    private func filtered(to width: Int) -> [UInt8] {
        let taps = PillowTaps(from: self.width, to: width)
        var result = [UInt8](repeating: 0, count: 3 * width * height)
        pixels.withUnsafeBufferPointer { pixels in
            for y in 0..<height {
                for x in 0..<width {
                    var sums = (Int64(0), Int64(0), Int64(0)), at = 3 * (y * self.width + taps.starts[x])
                    for weight in taps.weights[x] {
                        sums.0 += weight * Int64(pixels[at])
                        sums.1 += weight * Int64(pixels[at + 1])
                        sums.2 += weight * Int64(pixels[at + 2])
                        at += 3
                    }
                    let to = 3 * (y * width + x)
                    (result[to], result[to + 1], result[to + 2]) = (Self.level(sums.0), Self.level(sums.1), Self.level(sums.2))
                }
            }
        }
        return result
    }

    private func filteredDown(to height: Int) -> Picture {
        let taps = PillowTaps(from: self.height, to: height), line = 3 * width
        var result = [UInt8](repeating: 0, count: line * height)
        pixels.withUnsafeBufferPointer { pixels in
            var sums = [Int64](repeating: 0, count: line)
            for y in 0..<height {
                for i in 0..<line { sums[i] = 0 }
                for (k, weight) in taps.weights[y].enumerated() {
                    let from = (taps.starts[y] + k) * line
                    for i in 0..<line { sums[i] += weight * Int64(pixels[from + i]) }
                }
                for i in 0..<line { result[y * line + i] = Self.level(sums[i]) }
            }
        }
        return Picture(width: width, height: height, pixels: result)
    }
}
