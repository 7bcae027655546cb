/// A picture in cells: two pixels to a cell as half blocks, dithered where there are eight or sixteen colours, shades where there are none.
public struct PictureView: Sendable {
    public let width, height: Int
    /// `[height, width, 3]`, 8-bit RGB.
    private let pixels: ArraySlice<UInt8>

    /// A picture whose bytes do not fit its size is drawn as nothing.
    public init(width: Int, height: Int, pixels: ArraySlice<UInt8>) {
        let isWhole = width > 0 && height > 0 && pixels.count == width * height * 3
        self.width = isWhole ? width : 0
        self.height = isWhole ? height : 0
        self.pixels = isWhole ? pixels : []
    }

    /// Draws the picture as large as it fits, centred, its shape kept (a cell is about twice as high as wide).
    public func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look) {
        guard width > 0, !rect.isEmpty else { return }
        let scale = min(Double(rect.width) / Double(width), Double(rect.height * 2) / Double(height))
        let columns = min(max(1, Int((Double(width) * scale).rounded())), rect.width)
        let rows = min(max(1, Int((Double(height) * scale / 2).rounded())), rect.height)
        let left = rect.x + (rect.width - columns) / 2
        let top = rect.y + (rect.height - rows) / 2
        let points = resampled(columns: columns, rows: rows * 2)
        for y in 0..<rows {
            for x in 0..<columns {
                let upper = points[2 * y * columns + x]
                let lower = points[(2 * y + 1) * columns + x]
                grid.put(cell(upper, lower, x, y, look), x: left + x, y: top + y)
            }
        }
    }

    private func cell(_ upper: Colour, _ lower: Colour, _ x: Int, _ y: Int, _ look: Look) -> Cell {
        switch look.colours {
        case .direct, .indexed: return Cell("▀", foreground: upper, background: lower)
        case .eight, .sixteen:
            return Cell("▀", foreground: dithered(upper, x, 2 * y, look.colours), background: dithered(lower, x, 2 * y + 1, look.colours))
        case .none:
            let shades = look.shades
            let light = (upper.lightness + lower.lightness) / 2
            return Cell(shades[min(Int(light * Double(shades.count)), shades.count - 1)])
        }
    }

    /// Ordered dithering with a 4x4 matrix (Bayer 1973), then the nearest of few.
    private func dithered(_ colour: Colour, _ x: Int, _ y: Int, _ depth: ColourDepth) -> Colour? {
        let matrix = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5]
        let offset = (matrix[(y & 3) * 4 + (x & 3)] - 7) * 7
        func shifted(_ value: UInt8) -> UInt8 { UInt8(clamping: Int(value) + offset) }
        return Colour(shifted(colour.red), shifted(colour.green), shifted(colour.blue)).reduced(to: depth)
    }

    /// Means over equal areas.
    private func resampled(columns: Int, rows: Int) -> [Colour] {
        var result: [Colour] = []
        result.reserveCapacity(columns * rows)
        let base = pixels.startIndex
        for y in 0..<rows {
            let top = y * height / rows
            let bottom = max(top + 1, (y + 1) * height / rows)
            for x in 0..<columns {
                let left = x * width / columns
                let right = max(left + 1, (x + 1) * width / columns)
                var (red, green, blue) = (0, 0, 0)
                for row in top..<bottom {
                    for column in left..<right {
                        let at = base + (row * width + column) * 3
                        red += Int(pixels[at])
                        green += Int(pixels[at + 1])
                        blue += Int(pixels[at + 2])
                    }
                }
                let count = (bottom - top) * (right - left)
                result.append(Colour(UInt8(red / count), UInt8(green / count), UInt8(blue / count)))
            }
        }
        return result
    }
}
