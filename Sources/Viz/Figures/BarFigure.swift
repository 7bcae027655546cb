// Grouped bars with error bars, single values as dots and marks for published figures: a report's table as a picture, PNG or SVG.
import Foundation

/// Scores in [0, 1], a group a row of a table and a bar a column.
public struct BarFigure: Sendable, Equatable {
    public struct Bar: Sendable, Equatable {
        /// nil leaves the place empty.
        public var mean, deviation: Double?
        /// What the mean is of, drawn as dots.
        public var values: [Double]
        /// A figure from elsewhere, drawn as a line across the bar.
        public var mark: Double?

        public init(mean: Double?, deviation: Double?, values: [Double] = [], mark: Double? = nil) {
            (self.mean, self.deviation, self.values, self.mark) = (mean, deviation, values, mark)
        }
    }

    public struct Group: Sendable, Equatable {
        public var name: String
        /// One a series, in their order.
        public var bars: [Bar]

        public init(name: String, bars: [Bar]) { (self.name, self.bars) = (name, bars) }
    }

    public var title, subtitle, note: String
    public var groups: [Group]
    public var series: [String]
    /// What the marks are; nil where there are none.
    public var markName: String?

    public init(title: String, subtitle: String = "", note: String = "", groups: [Group], series: [String], markName: String? = nil) {
        (self.title, self.subtitle, self.note) = (title, subtitle, note)
        (self.groups, self.series, self.markName) = (groups, series, markName)
    }

    private static let grey = Colour(120, 126, 138), faint = Colour(224, 227, 232), dark = Colour(40, 44, 52)
    private static let textSize = 11.0, smallSize = 9.5

    /// Writes the figure; the name's ending, .png or .svg, says as what.
    /// - Throws: `PictureExportError`.
    public func write(to path: String) throws(PictureExportError) {
        let bar = 26.0, gap = 28.0
        let groupWidth = Double(max(series.count, 1)) * (bar + 4) + gap
        let left = 54.0, right = 24.0, plotHeight = 250.0
        // Words decide how wide the figure must be, and whether names stand below each other.
        let width = max(560, left + Double(groups.count) * groupWidth + right)
        let step = (width - left - right) / Double(max(groups.count, 1))
        let legendLines = markName == nil ? 1.0 : 2.0
        let below = lines(note, in: width - 40), above = lines(subtitle, in: width - 40)
        let top = 44 + 14 * Double(above.count)
        let height = top + plotHeight + 44 + legendLines * 18 + 20 + 14 * Double(below.count)
        let pen = try FigurePen(path, width: width, height: height)
        pen.text(fitted(title, pen, size: 14, isBold: true, in: width - 40), x: 20, y: 26, size: 14, isBold: true)
        for (index, line) in above.enumerated() { pen.text(line, x: 20, y: 44 + 14 * Double(index), size: Self.smallSize, Self.grey) }

        func y(_ value: Double) -> Double { top + plotHeight * (1 - min(max(value, 0), 1)) }
        for tick in stride(from: 0.0, through: 1.0, by: 0.2) {
            pen.stroke([(left, y(tick)), (width - right, y(tick))], tick == 0 ? Self.grey : Self.faint, width: tick == 0 ? 1 : 0.8)
            pen.text(String(format: "%.1f", tick), x: left - 8, y: y(tick) + 4, size: Self.textSize, Self.grey, across: 1)
        }
        for (index, group) in groups.enumerated() {
            let centre = left + (Double(index) + 0.5) * step
            for (place, bar) in group.bars.enumerated() {
                let x = centre + (Double(place) - Double(group.bars.count - 1) / 2) * 30
                draw(bar, at: x, width: 26, LineFigure.palette[place % LineFigure.palette.count], pen, y)
            }
            let words = fitted(group.name, pen, size: Self.textSize, in: step * (groups.count > 1 ? 1.9 : 1))
            // Neighbours whose names would touch stand on two lines.
            let isLow = index % 2 == 1 && groups.contains { pen.width(of: $0.name, size: Self.textSize) > step - 8 }
            pen.text(words, x: centre, y: top + plotHeight + (isLow ? 32 : 18), size: Self.textSize, Self.dark, across: 0.5)
        }
        legend(pen, left: left, y: top + plotHeight + 56)
        for (index, line) in below.enumerated() {
            pen.text(line, x: 20, y: height - 12 - 14 * Double(below.count - 1 - index), size: Self.smallSize, Self.grey)
        }
        try pen.finish()
    }

    private func draw(_ bar: Bar, at x: Double, width: Double, _ colour: Colour, _ pen: FigurePen, _ y: (Double) -> Double) {
        guard let mean = bar.mean, mean.isFinite else { return }
        pen.box(x: x - width / 2, y: y(mean), width: width, height: y(0) - y(mean), colour, opacity: 0.8)
        if let deviation = bar.deviation, deviation.isFinite {
            let (low, high) = (y(mean - deviation), y(mean + deviation))
            pen.stroke([(x, low), (x, high)], Self.dark, width: 1.2)
            for end in [low, high] { pen.stroke([(x - 4, end), (x + 4, end)], Self.dark, width: 1.2) }
        }
        for (index, value) in bar.values.enumerated() where value.isFinite {
            let place = x + (Double(index) - Double(bar.values.count - 1) / 2) * 5
            pen.box(x: place - 1.4, y: y(value) - 1.4, width: 2.8, height: 2.8, Self.dark, opacity: 0.85)
        }
        if let mark = bar.mark, mark.isFinite {
            pen.stroke([(x - width / 2 - 3, y(mark)), (x + width / 2 + 3, y(mark))], Colour(180, 40, 40), width: 2, .dashed)
        }
        pen.text(String(format: "%.2f", mean), x: x, y: y(0) - 6, size: Self.smallSize, Colour(255, 255, 255), across: 0.5, isBold: true)
    }

    private func legend(_ pen: FigurePen, left: Double, y: Double) {
        var x = left
        for (index, name) in series.enumerated() {
            pen.box(x: x, y: y - 9, width: 12, height: 10, LineFigure.palette[index % LineFigure.palette.count], opacity: 0.8)
            pen.text(name, x: x + 18, y: y, size: Self.textSize)
            x += 18 + pen.width(of: name, size: Self.textSize) + 22
        }
        guard let markName else { return }
        pen.stroke([(left, y + 14), (left + 14, y + 14)], Colour(180, 40, 40), width: 2, .dashed)
        pen.text(markName, x: left + 18, y: y + 18, size: Self.textSize)
    }

    /// Broken between words; at most four lines. Letters of small words are taken as 5.4 points wide.
    private func lines(_ text: String, in room: Double) -> [String] {
        let lines = CellText.wrapped(text, max(1, Int(room / 5.4)), breaksWords: false)
        return lines.count <= 4 ? lines : Array(lines.prefix(3)) + [lines[3] + "…"]
    }

    /// Cut with an ellipsis where it is wider than the room.
    private func fitted(_ text: String, _ pen: FigurePen, size: Double, isBold: Bool = false, in room: Double) -> String {
        guard pen.width(of: text, size: size, isBold: isBold) > room else { return text }
        var text = text
        while !text.isEmpty, pen.width(of: text + "…", size: size, isBold: isBold) > room { text.removeLast() }
        return text + "…"
    }
}
