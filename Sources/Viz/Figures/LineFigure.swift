// Line plots for reports and papers: panels in a grid, with error bars, reference lines and one legend; PNG or SVG through cairo.
import Foundation

public struct LineFigure: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        public var x, y: Double
        /// Ends of its error bar.
        public var low, high: Double?

        public init(_ x: Double, _ y: Double, low: Double? = nil, high: Double? = nil) {
            (self.x, self.y, self.low, self.high) = (x, y, low, high)
        }
    }

    public enum Stroke: Sendable { case solid, dashed, dotted }
    public enum Marker: Sendable { case disc, square, triangle, none }

    public struct Line: Sendable, Equatable {
        /// Lines of one name in several panels share a place in the legend; without a name they have none.
        public var name: String
        /// In order of x; the line is broken where a point is not finite.
        public var points: [Point]
        public var colour: Colour
        public var stroke: Stroke
        public var marker: Marker

        public init(_ name: String, _ points: [Point], _ colour: Colour, stroke: Stroke = .solid, marker: Marker = .disc) {
            (self.name, self.points, self.colour, self.stroke, self.marker) = (name, points, colour, stroke, marker)
        }
    }

    public struct Tick: Sendable, Equatable {
        public var place: Double
        public var label: String

        public init(_ place: Double, _ label: String) { (self.place, self.label) = (place, label) }
    }

    public struct Panel: Sendable, Equatable {
        public var title, xTitle, yTitle: String
        public var lines: [Line]
        /// Of the x axis; round numbers where nil. Levels and names are given as ticks at 0, 1, 2, ….
        public var ticks: [Tick]?
        /// What the y axis covers at least; given ranges stay as they are, else they are widened to round numbers.
        public var yRange: ClosedRange<Double>?
        /// Thin horizontal lines, e.g. chance, with their words.
        public var references: [Tick]

        public init(
            _ title: String = "", xTitle: String = "", yTitle: String = "", lines: [Line], ticks: [Tick]? = nil,
            yRange: ClosedRange<Double>? = nil, references: [Tick] = []
        ) {
            (self.title, self.xTitle, self.yTitle) = (title, xTitle, yTitle)
            (self.lines, self.ticks, self.yRange, self.references) = (lines, ticks, yRange, references)
        }
    }

    /// Hues after Okabe and Ito that stay apart in print and for every kind of colour vision: for lines without a role.
    public static let palette = [
        Colour(0, 114, 178), Colour(213, 94, 0), Colour(0, 158, 115), Colour(204, 121, 167), Colour(86, 180, 233), Colour(153, 112, 0),
    ]
    /// The two domains in every figure.
    public static let source = Colour(0, 114, 178), target = Colour(213, 94, 0)

    public var title: String
    public var panels: [Panel]
    /// Panels side by side.
    public var columns: Int
    /// Of a panel with its axes, in points; a PNG has twice as many pixels.
    public var panelWidth, panelHeight: Double

    public init(_ title: String = "", panels: [Panel], columns: Int = 1, panelWidth: Double = 360, panelHeight: Double = 260) {
        self.title = title
        self.panels = panels
        self.columns = min(max(1, columns), max(1, panels.count))
        (self.panelWidth, self.panelHeight) = (max(120, panelWidth), max(100, panelHeight))
    }

    /// Writes `path`: SVG where it ends so, else PNG.
    /// - Throws: `PictureExportError` where the file cannot be written.
    public func write(to path: String) throws(PictureExportError) {
        let size = size
        let pen = try FigurePen(path, width: size.width, height: size.height)
        draw(with: pen)
        try pen.finish()
    }

    // MARK: Layout

    private static let margin = 12.0, titleHeight = 26.0, legendLine = 18.0

    private var rows: Int { (panels.count + columns - 1) / columns }
    private var width: Double { Double(columns) * panelWidth + 2 * Self.margin }

    /// Names in order of first use, each with the line that stands for it.
    private var legend: [Line] {
        var seen: Set<String> = []
        return panels.flatMap(\.lines).filter { !$0.name.isEmpty && seen.insert($0.name).inserted }
    }

    /// Entries by row, from widths that every font keeps.
    private var legendRows: [[Line]] {
        var rows: [[Line]] = [], used = 0.0
        for line in legend {
            let room = Self.legendWidth(line)
            if rows.isEmpty || used + room > width - 2 * Self.margin {
                rows.append([])
                used = 0
            }
            rows[rows.count - 1].append(line)
            used += room
        }
        return rows
    }

    private static func legendWidth(_ line: Line) -> Double { 44 + 7 * Double(line.name.count) }

    private var size: (width: Double, height: Double) {
        let head = title.isEmpty ? 0 : Self.titleHeight
        return (width, Double(rows) * panelHeight + head + Double(legendRows.count) * Self.legendLine + 2 * Self.margin)
    }

    private func draw(with pen: FigurePen) {
        var top = Self.margin
        if !title.isEmpty {
            // A long title is set smaller; a figure is as wide as its panels.
            let size = min(14, 14 * (width - 2 * Self.margin) / max(pen.width(of: title, size: 14, isBold: true), 1))
            pen.text(title, x: width / 2, y: top + 15, size: size, across: 0.5, isBold: true)
            top += Self.titleHeight
        }
        for (index, panel) in panels.enumerated() {
            let (row, column) = (index / columns, index % columns)
            PanelDrawing(
                panel: panel, left: Self.margin + Double(column) * panelWidth, top: top + Double(row) * panelHeight, width: panelWidth,
                height: panelHeight
            ).draw(with: pen)
        }
        var y = top + Double(rows) * panelHeight + 12
        for entries in legendRows {
            var x = (width - entries.reduce(0) { $0 + Self.legendWidth($1) }) / 2
            for line in entries {
                pen.stroke([(x, y), (x + 26, y)], line.colour, width: 1.8, line.stroke)
                pen.marker(line.marker, x: x + 13, y: y, line.colour)
                pen.text(line.name, x: x + 32, y: y + 4, size: 11)
                x += Self.legendWidth(line)
            }
            y += Self.legendLine
        }
    }
}

/// One panel: frame, grid, ticks, references, lines.
private struct PanelDrawing {
    let panel: LineFigure.Panel
    let left, top, width, height: Double

    private static let ink = Colour(40, 44, 52), muted = Colour(110, 116, 126), grid = Colour(226, 229, 233)

    func draw(with pen: FigurePen) {
        let points = panel.lines.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        let yAxis = axis(panel.yRange, points.flatMap { [$0.y, $0.low ?? $0.y, $0.high ?? $0.y] } + panel.references.map(\.place))
        let xAxis = axis(nil, points.map(\.x) + (panel.ticks ?? []).map(\.place), isTight: true)
        let ticks = panel.ticks ?? zip(xAxis.ticks, xAxis.labels).map { LineFigure.Tick($0, $1) }

        let labelWidth = yAxis.labels.map { pen.width(of: $0, size: 10) }.max() ?? 0
        let x0 = left + labelWidth + (panel.yTitle.isEmpty ? 14 : 30), x1 = left + width - 14
        let y0 = top + (panel.title.isEmpty ? 8 : 24), y1 = top + height - (panel.xTitle.isEmpty ? 24 : 40)
        // Points at the edges keep clear of the frame.
        let inset = 10.0
        func place(_ x: Double, _ y: Double) -> (Double, Double) {
            (x0 + inset + xAxis.position(x) * (x1 - x0 - 2 * inset), y1 - yAxis.position(y) * (y1 - y0))
        }

        for (value, label) in zip(yAxis.ticks, yAxis.labels) {
            let y = place(xAxis.range.lowerBound, value).1
            pen.stroke([(x0, y), (x1, y)], Self.grid, width: 0.8)
            pen.text(label, x: x0 - 6, y: y + 3.5, size: 10, Self.ink, across: 1)
        }
        for tick in ticks {
            let x = place(tick.place, yAxis.range.lowerBound).0
            pen.stroke([(x, y1), (x, y1 + 4)], Self.muted, width: 0.8)
            pen.text(tick.label, x: x, y: y1 + 15, size: 10, Self.ink, across: 0.5)
        }
        pen.stroke([(x0, y0), (x0, y1), (x1, y1)], Self.muted, width: 1)
        if !panel.title.isEmpty { pen.text(panel.title, x: (x0 + x1) / 2, y: top + 15, size: 12, Self.ink, across: 0.5, isBold: true) }
        if !panel.xTitle.isEmpty { pen.text(panel.xTitle, x: (x0 + x1) / 2, y: y1 + 31, size: 11, Self.ink, across: 0.5) }
        if !panel.yTitle.isEmpty {
            pen.text(panel.yTitle, x: left + 11, y: (y0 + y1) / 2, size: 11, Self.ink, across: 0.5, isUpright: true)
        }
        for reference in panel.references {
            let y = place(xAxis.range.lowerBound, reference.place).1
            pen.stroke([(x0, y), (x1, y)], Self.muted, width: 1, .dotted)
            pen.text(reference.label, x: x1 - 3, y: y - 3, size: 9, Self.muted, across: 1)
        }
        guard !points.isEmpty else {
            pen.text("nothing to show", x: (x0 + x1) / 2, y: (y0 + y1) / 2, size: 11, Self.muted, across: 0.5)
            return
        }
        pen.clipped(to: (x0, y0 - 4, x1 - x0 + 4, y1 - y0 + 8)) {
            for line in panel.lines { draw(line, with: pen, place) }
        }
    }

    private func draw(_ line: LineFigure.Line, with pen: FigurePen, _ place: (Double, Double) -> (Double, Double)) {
        var stretch: [(Double, Double)] = []
        func end() {
            if stretch.count > 1 { pen.stroke(stretch, line.colour, width: 1.8, line.stroke) }
            stretch = []
        }
        for point in line.points {
            guard point.x.isFinite, point.y.isFinite else {
                end()
                continue
            }
            let (x, y) = place(point.x, point.y)
            stretch.append((x, y))
            if let low = point.low, let high = point.high, low.isFinite, high.isFinite {
                let (bottom, top) = (place(point.x, low).1, place(point.x, high).1)
                pen.stroke([(x, bottom), (x, top)], line.colour, width: 1)
                for end in [bottom, top] { pen.stroke([(x - 3, end), (x + 3, end)], line.colour, width: 1) }
            }
        }
        end()
        for point in line.points where point.x.isFinite && point.y.isFinite {
            let (x, y) = place(point.x, point.y)
            pen.marker(line.marker, x: x, y: y, line.colour)
        }
    }

    private func axis(_ given: ClosedRange<Double>?, _ values: [Double], isTight: Bool = false) -> Axis {
        if let given { return Axis(covering: given, intervals: 5, isTight: true) }
        let finite = values.filter(\.isFinite)
        return Axis(covering: (finite.min() ?? 0)...(finite.max() ?? 1), intervals: 5, isTight: isTight)
    }
}
