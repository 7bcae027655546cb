/// Braille dots, 2 x 4 to a cell, in one ink. Drawn over a grid a whole cell at a time, so that colours of crossing curves do not mix.
public struct Canvas: Sendable {
    /// Cells.
    public let width, height: Int
    private var masks: [UInt8]

    public init(width: Int, height: Int) {
        self.width = max(0, width)
        self.height = max(0, height)
        masks = [UInt8](repeating: 0, count: self.width * self.height)
    }

    public var dotsAcross: Int { width * 2 }
    public var dotsDown: Int { height * 4 }

    /// Bit of each dot `[row][column]` in Unicode's braille patterns.
    private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

    public mutating func dot(_ x: Int, _ y: Int) {
        guard x >= 0, y >= 0, x < dotsAcross, y < dotsDown else { return }
        masks[(y / 4) * width + x / 2] |= Canvas.bits[y % 4][x % 2]
    }

    /// A line of dots, ends included (Bresenham 1965). Far outside ends are cut first, so no length is slow.
    public mutating func line(_ x0: Int, _ y0: Int, _ x1: Int, _ y1: Int) {
        let limit = 4 * (dotsAcross + dotsDown) + 64
        func clamped(_ value: Int) -> Int { min(max(value, -limit), limit) }
        var (x, y) = (clamped(x0), clamped(y0))
        let (endX, endY) = (clamped(x1), clamped(y1))
        let dx = abs(endX - x)
        let dy = -abs(endY - y)
        let stepX = x < endX ? 1 : -1
        let stepY = y < endY ? 1 : -1
        var error = dx + dy
        while true {
            dot(x, y)
            if x == endX, y == endY { return }
            let doubled = 2 * error
            if doubled >= dy {
                error += dy
                x += stepX
            }
            if doubled <= dx {
                error += dx
                y += stepY
            }
        }
    }

    /// True where a cell has any dot.
    public func hasDots(x: Int, y: Int) -> Bool {
        x >= 0 && y >= 0 && x < width && y < height && masks[y * width + x] != 0
    }

    /// Sets each cell that has dots.
    public func draw(into grid: inout CellGrid, x: Int, y: Int, _ ink: Ink) {
        for row in 0..<height {
            for column in 0..<width where masks[row * width + column] != 0 {
                let scalar = Unicode.Scalar(0x2800 + UInt32(masks[row * width + column])) ?? " "
                grid.put(Character(scalar), x: x + column, y: y + row, ink)
            }
        }
    }
}
