/// Values `[rows, columns]` as colour: two rows of values to a cell, or shade characters where there are few colours.
public struct HeatMap: Sendable {
    public let rows, columns: Int
    /// Row-major; row 0 is drawn at the bottom, as in a spectrogram, unless `isTopDown`.
    public let values: [Float]
    public let range: ClosedRange<Float>
    public var isTopDown: Bool

    /// - Parameter range: values that become the ends of the colour map; the extremes unless told.
    public init(rows: Int, columns: Int, values: [Float], range: ClosedRange<Float>? = nil, isTopDown: Bool = false) {
        let isWhole = rows > 0 && columns > 0 && values.count == rows * columns
        self.rows = isWhole ? rows : 0
        self.columns = isWhole ? columns : 0
        self.values = isWhole ? values : []
        let finite = self.values.filter(\.isFinite)
        self.range = range ?? ((finite.min() ?? 0)...(finite.max() ?? 1))
        self.isTopDown = isTopDown
    }

    public func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look) {
        guard rows > 0, !rect.isEmpty else { return }
        if look.hasFineColours {
            let means = resampled(rows: rect.height * 2, columns: rect.width)
            for y in 0..<rect.height {
                for x in 0..<rect.width {
                    let upper = look.theme.heat[means[2 * y * rect.width + x]]
                    let lower = look.theme.heat[means[(2 * y + 1) * rect.width + x]]
                    grid.put(Cell("▀", foreground: upper, background: lower), x: rect.x + x, y: rect.y + y)
                }
            }
        } else {
            let means = resampled(rows: rect.height, columns: rect.width)
            let shades = look.shades
            for y in 0..<rect.height {
                for x in 0..<rect.width {
                    let value = min(max(means[y * rect.width + x], 0), 1)
                    let shade = shades[min(Int(value * Double(shades.count)), shades.count - 1)]
                    grid.put(shade, x: rect.x + x, y: rect.y + y, look[.text])
                }
            }
        }
    }

    /// Means over equal areas, scaled so that `range` is 0...1, from the top down.
    func resampled(rows outRows: Int, columns outColumns: Int) -> [Double] {
        let extent = Double(range.upperBound - range.lowerBound)
        var result = [Double](repeating: 0, count: outRows * outColumns)
        for y in 0..<outRows {
            let fromTop = isTopDown ? y : outRows - 1 - y
            let rowStart = fromTop * rows / outRows
            let rowEnd = max(rowStart + 1, (fromTop + 1) * rows / outRows)
            for x in 0..<outColumns {
                let start = x * columns / outColumns
                let end = max(start + 1, (x + 1) * columns / outColumns)
                var sum = 0.0
                var count = 0
                for row in rowStart..<rowEnd {
                    for column in start..<end {
                        let value = values[row * columns + column]
                        if value.isFinite {
                            sum += Double(value)
                            count += 1
                        }
                    }
                }
                let mean = count > 0 ? sum / Double(count) : Double(range.lowerBound)
                result[y * outColumns + x] = extent > 0 ? (mean - Double(range.lowerBound)) / extent : 0
            }
        }
        return result
    }
}
