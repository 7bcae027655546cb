// A face with the attention on its patches laid over it: grey where nothing is looked at, glowing where much is.

struct FaceHeat {
    let side: Int
    /// `[side, side, 3]`, 8-bit RGB.
    let pixels: [UInt8]

    /// - Parameter heat: 0...1 a patch. Between the middles of patches it is blended, so that the face stays to be seen.
    init(_ frame: ExplanationPlot.Frame, heat: [Double]) {
        side = frame.side
        guard frame.rows > 0, frame.columns > 0, heat.count == frame.rows * frame.columns else {
            pixels = frame.pixels
            return
        }
        var pixels = frame.pixels
        for y in 0..<frame.side {
            for x in 0..<frame.side {
                let at = (y * frame.side + x) * 3
                let value = FaceHeat.blended(heat, frame.rows, frame.columns, y: (Double(y) + 0.5) / Double(frame.side), x: (Double(x) + 0.5) / Double(frame.side))
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
