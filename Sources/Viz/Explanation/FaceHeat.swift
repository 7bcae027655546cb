// A face with the attention on its patches laid over it: grey where nothing is looked at, glowing where much is.

public struct FaceHeat: Sendable {
    public let side: Int
    /// `[side, side, 3]`, 8-bit RGB.
    public let pixels: [UInt8]

    init(_ frame: ExplanationPlot.Frame, heat: [Double]) {
        self.init(side: frame.side, pixels: frame.pixels, rows: frame.rows, columns: frame.columns, heat: heat)
    }

    /// - Parameters:
    ///   - pixels: `[side, side, 3]`, 8-bit RGB.
    ///   - heat: `[rows, columns]`, 0...1 a patch. Between the middles of patches it is blended, so that the face stays to be seen.
    public init(side: Int, pixels own: [UInt8], rows: Int, columns: Int, heat: [Double]) {
        self.side = side
        guard rows > 0, columns > 0, heat.count == rows * columns, own.count == side * side * 3 else {
            pixels = own
            return
        }
        var pixels = own
        for y in 0..<side {
            for x in 0..<side {
                let at = (y * side + x) * 3
                let value = FaceHeat.blended(heat, rows, columns, y: (Double(y) + 0.5) / Double(side), x: (Double(x) + 0.5) / Double(side))
                // Rec. 601 luma, a little of the colour left.
                let grey = 0.299 * Double(pixels[at]) + 0.587 * Double(pixels[at + 1]) + 0.114 * Double(pixels[at + 2])
                let glow = ColourMap.magma[0.25 + 0.75 * value], share = 0.72 * value
                for (channel, colour) in [glow.red, glow.green, glow.blue].enumerated() {
                    let own = 0.65 * grey + 0.35 * Double(pixels[at + channel])
                    pixels[at + channel] = UInt8(clamping: Int((own * (1 - share) + Double(colour) * share).rounded()))
                }
            }
        }
        self.pixels = pixels
    }

    /// Bilinear between the middles of patches; `y` and `x` are shares of the side.
    private static func blended(_ heat: [Double], _ rows: Int, _ columns: Int, y: Double, x: Double) -> Double {
        func place(_ share: Double, _ count: Int) -> (Int, Int, Double) {
            let at = min(max(share * Double(count) - 0.5, 0), Double(count - 1)), low = Int(at)
            return (low, min(low + 1, count - 1), at - Double(low))
        }
        let (top, bottom, down) = place(y, rows), (left, right, across) = place(x, columns)
        func row(_ r: Int) -> Double { heat[r * columns + left] * (1 - across) + heat[r * columns + right] * across }
        return row(top) * (1 - down) + row(bottom) * down
    }
}
