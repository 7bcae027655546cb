// Curves in cells: several series in distinct colours and marks over round axes, raw values as a ghost, reference lines, a moment.
import Foundation

public struct CurvePlot: Sendable {
    /// One curve. `x` ascends; `y` has a gap where it is not a number.
    public struct Series: Sendable {
        public var name: String
        public var mark: Character
        public var role: Role
        public var x, y: [Double]
        /// The values before smoothing, drawn faintly.
        public var ghost: [Double]?
        /// What the legend says; the value at the cursor, or the last, unless told.
        public var value: String?
        public var isInLegend: Bool
        /// What the legend reads in place of `y`, where `y` is scaled.
        public var read: [Double]?
        /// In place of the role's colour, for curves that no role stands for.
        public var ink: Ink?

        public init(
            _ name: String, mark: Character, role: Role, x: [Double], y: [Double], ghost: [Double]? = nil, value: String? = nil,
            isInLegend: Bool = true, read: [Double]? = nil, ink: Ink? = nil
        ) {
            self.name = name
            self.mark = mark
            self.role = role
            self.x = x
            self.y = y
            self.ghost = ghost
            self.value = value
            self.isInLegend = isInLegend
            self.read = read
            self.ink = ink
        }

        var lastValue: Double? { (read ?? y).last { $0.isFinite } }

        func ink(_ look: Look) -> Ink { ink ?? look[role] }

        /// The value at the point nearest to `place`; nil outside the curve and in its gaps.
        public func value(at place: Double) -> Double? {
            let y = read ?? y
            guard let first = x.first, let last = x.last, place.isFinite, x.count == y.count else { return nil }
            // Half the mean distance of points beyond either end still belongs to it.
            let slack = x.count > 1 ? (last - first) / Double(x.count - 1) / 2 : 0
            guard place >= first - slack, place <= last + slack else { return nil }
            var (low, high) = (0, x.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if x[middle] < place { low = middle + 1 } else { high = middle }
            }
            let nearest = low > 0 && place - x[low - 1] < x[low] - place ? low - 1 : low
            return y[nearest].isFinite ? y[nearest] : nil
        }
    }

    /// Something that happened: its mark in the top row over a faint line.
    public struct Flag: Sendable {
        public var x: Double
        public var mark: Character
        public var role: Role

        public init(x: Double, mark: Character, role: Role) {
            self.x = x
            self.mark = mark
            self.role = role
        }
    }

    /// A horizontal line to compare with: chance, ln 2.
    public struct Reference: Sendable {
        public var name: String
        public var value: Double

        public init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// A vertical line: where the run stands.
    public struct Moment: Sendable {
        public var x: Double
        public var label: String

        public init(x: Double, label: String = "") {
            self.x = x
            self.label = label
        }
    }

    public enum Range: Sendable, Equatable {
        /// What the curves need, down to zero where `fromZero`.
        case automatic(fromZero: Bool)
        case fixed(ClosedRange<Double>)
    }

    public var series: [Series]
    public var references: [Reference]
    public var now: Moment?
    public var xRange: ClosedRange<Double>?
    public var yRange: Range
    public var isLogarithmic: Bool
    /// Unit of the horizontal axis, e.g. `step`; empty hides the axis.
    public var xName: String
    public var hasLegend: Bool
    public var flags: [Flag] = []
    /// A place to read values at: a vertical line, and the legend's values are those there.
    public var cursor: Double?
    /// False where the curves have scales of their own: no numbers at the left.
    public var hasYAxis = true

    public init(
        _ series: [Series], references: [Reference] = [], now: Moment? = nil, xRange: ClosedRange<Double>? = nil,
        yRange: Range = .automatic(fromZero: true), isLogarithmic: Bool = false, xName: String = "", hasLegend: Bool = true
    ) {
        self.series = series
        self.references = references
        self.now = now
        self.xRange = xRange
        self.yRange = yRange
        self.isLogarithmic = isLogarithmic
        self.xName = xName
        self.hasLegend = hasLegend
    }

    /// Draws axes, curves and legend inside `rect`.
    public func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look) {
        guard rect.width >= 8, rect.height >= 2 else { return }
        let hasXAxis = !xName.isEmpty && rect.height >= 6
        let rows = rect.height - (hasXAxis ? 1 : 0)
        let vertical = Axis(
            covering: verticalRange(), intervals: max(1, (rows - 1) * 2 / 5), isLogarithmic: isLogarithmic,
            isTight: yRange != .automatic(fromZero: true) && yRange != .automatic(fromZero: false))
        let labelWidth = hasYAxis ? min(max(3, vertical.labels.map(CellText.width).max() ?? 0) + 1, rect.width / 3) : -2
        let area = Rect(x: rect.x + labelWidth + 3, y: rect.y, width: rect.width - labelWidth - 3, height: rows)
        guard area.width >= 4 else { return }

        for (tick, label) in zip(vertical.ticks, vertical.labels) where hasYAxis {
            let row = dotRow(vertical.position(tick), area) / 4
            guard row >= 0, row < rows else { continue }
            grid.textRight(label, endX: rect.x + labelWidth, y: rect.y + row, look[.muted], limit: labelWidth)
            grid.put("┤", x: rect.x + labelWidth + 1, y: rect.y + row, look[.border])
        }
        let horizontal = horizontalRange()
        if hasXAxis { drawXAxis(into: &grid, area, horizontal, look) }

        grid.clipped(to: area) { grid in
            for reference in references { drawReference(reference, into: &grid, area, vertical, look) }
            for curve in series where curve.ghost != nil && look.colours > .none {
                let ghost = dots(curve.x, curve.ghost ?? [], area, horizontal, vertical)
                ghost.draw(into: &grid, x: area.x, y: area.y, faint(curve.ink(look), look))
            }
            for flag in flags { drawFlagLine(flag, into: &grid, area, horizontal, look) }
            let moment = now.flatMap { dotColumn($0.x, area, horizontal) }.map { $0 / 2 }
            if let moment {
                for y in area.y..<area.endY { grid.put("┊", x: area.x + moment, y: y, look[.muted]) }
            }
            var occupied: [Canvas] = []
            for curve in series {
                let dots = canvas(curve.x, curve.y, area, horizontal, vertical, isThin: curve.ghost != nil)
                dots.draw(into: &grid, x: area.x, y: area.y, curve.ink(look))
                occupied.append(dots)
            }
            if let column = cursor.flatMap({ dotColumn($0, area, horizontal) }) {
                for y in area.y..<area.endY { grid.put("│", x: area.x + column / 2, y: y, look[.text]) }
            }
            for flag in flags {
                guard let column = dotColumn(flag.x, area, horizontal) else { continue }
                grid.put(flag.mark, x: area.x + column / 2, y: area.y, look[flag.role])
            }
            for (index, curve) in series.enumerated() {
                drawMarks(of: curve, index, into: &grid, area, horizontal, vertical, look)
            }
            if let moment, let now { drawLabel(now.label, moment, into: &grid, area, occupied, look) }
            if hasLegend { drawLegend(into: &grid, area, occupied, look) }
        }
    }

    // MARK: Ranges

    private func horizontalRange() -> ClosedRange<Double> {
        if let xRange { return xRange }
        let all = series.flatMap { [$0.x.first, $0.x.last] }.compactMap { $0 }.filter(\.isFinite) + (now.map { [$0.x] } ?? [])
        guard let low = all.min(), let high = all.max() else { return 0...1 }
        return low...max(high, low + 1e-9)
    }

    private func verticalRange() -> ClosedRange<Double> {
        if case .fixed(let range) = yRange { return range }
        var low = Double.infinity
        var high = -Double.infinity
        func take(_ value: Double) {
            guard value.isFinite, !isLogarithmic || value > 0 else { return }
            low = min(low, value)
            high = max(high, value)
        }
        for curve in series {
            curve.y.forEach(take)
            if let ghost = curve.ghost { CurvePlot.middle(of: ghost).forEach(take) }
        }
        references.map(\.value).forEach(take)
        guard low <= high else { return isLogarithmic ? 0.1...1 : 0...1 }
        // A curve that is zero throughout has no scale of its own, and nothing below zero.
        if low == 0, high == 0 { return 0...1 }
        if !isLogarithmic, yRange == .automatic(fromZero: true), low > 0 { low = 0 }
        return low...high
    }

    /// The 2nd and 98th percentile: single outliers of the raw values may leave the plot, the smoothed curve may not.
    private static func middle(of values: [Double]) -> [Double] {
        let every = max(1, values.count / 512)
        let sample = stride(from: 0, to: values.count, by: every).map { values[$0] }.filter(\.isFinite).sorted()
        guard let last = sample.indices.last else { return [] }
        return [sample[last * 2 / 100], sample[last * 98 / 100]]
    }

    // MARK: Places

    private func dotRow(_ position: Double, _ area: Rect) -> Int {
        let dots = Double(area.height * 4 - 1)
        guard position.isFinite else { return -1 }
        return Int(min(max((1 - position) * dots, -1e5), 1e5).rounded())
    }

    private func dotColumn(_ x: Double, _ area: Rect, _ range: ClosedRange<Double>) -> Int? {
        let extent = range.upperBound - range.lowerBound
        guard x.isFinite, extent > 0, x >= range.lowerBound, x <= range.upperBound else { return nil }
        return Int(((x - range.lowerBound) / extent * Double(area.width * 2 - 1)).rounded())
    }

    /// - Parameter isThin: through the middle of each column instead of over its extremes; the ghost behind shows those.
    private func canvas(
        _ x: [Double], _ y: [Double], _ area: Rect, _ range: ClosedRange<Double>, _ vertical: Axis, isThin: Bool = false
    ) -> Canvas {
        var canvas = Canvas(width: area.width, height: area.height)
        let values = vertical.isLogarithmic ? y.map { $0 > 0 ? $0 : .nan } : y
        var before: Thinning.Stroke?
        for stroke in Thinning.strokes(x: x, y: values, range: range, columns: area.width * 2) {
            func row(_ value: Double) -> Int { dotRow(vertical.position(value), area) }
            var stroke = stroke
            if isThin {
                let middle = stroke.low / 2 + stroke.high / 2
                (stroke.first, stroke.low, stroke.high, stroke.last) = (middle, middle, middle, middle)
            }
            canvas.line(stroke.column, row(stroke.low), stroke.column, row(stroke.high))
            if let before, !stroke.isAfterGap { canvas.line(before.column, row(before.last), stroke.column, row(stroke.first)) }
            before = stroke
        }
        return canvas
    }

    /// Every value as a dot of its own: raw values are a cloud behind their curve, not a curve.
    private func dots(_ x: [Double], _ y: [Double], _ area: Rect, _ range: ClosedRange<Double>, _ vertical: Axis) -> Canvas {
        var canvas = Canvas(width: area.width, height: area.height)
        for (px, py) in zip(x, y) where py.isFinite {
            if let column = dotColumn(px, area, range) { canvas.dot(column, dotRow(vertical.position(py), area)) }
        }
        return canvas
    }

    // MARK: Pieces

    private func faint(_ ink: Ink, _ look: Look) -> Ink {
        guard look.colours >= .indexed, let colour = ink.foreground else { return look[.border] }
        return Ink(colour.mixed(with: look.theme.background ?? look.theme.paper, 0.68))
    }

    private func drawReference(_ reference: Reference, into grid: inout CellGrid, _ area: Rect, _ vertical: Axis, _ look: Look) {
        let row = dotRow(vertical.position(reference.value), area)
        guard row >= 0, row < area.height * 4 else { return }
        var canvas = Canvas(width: area.width, height: area.height)
        for column in stride(from: 0, to: area.width * 2, by: 2) { canvas.dot(column, row) }
        canvas.draw(into: &grid, x: area.x, y: area.y, look[.muted])
    }

    /// The moment's label beside its line, in the first row where no curve runs; left out where there is none.
    private func drawLabel(_ label: String, _ column: Int, into grid: inout CellGrid, _ area: Rect, _ curves: [Canvas], _ look: Look) {
        let width = CellText.width(label)
        guard width > 0 else { return }
        for row in 0..<area.height {
            for start in [column + 2, column - 1 - width] where start >= 0 && start + width <= area.width {
                let isFree = (start..<(start + width)).allSatisfy { x in !curves.contains { $0.hasDots(x: x, y: row) } }
                if isFree {
                    grid.text(label, x: area.x + start, y: area.y + row, look[.muted])
                    return
                }
            }
        }
    }

    /// The mark at the last value; at every value where these are few; along the curve where colours cannot tell curves apart.
    private func drawMarks(
        of curve: Series, _ index: Int, into grid: inout CellGrid, _ area: Rect, _ range: ClosedRange<Double>, _ vertical: Axis,
        _ look: Look
    ) {
        let points = zip(curve.x, curve.y).filter { $0.1.isFinite && (!vertical.isLogarithmic || $0.1 > 0) }
        guard let last = points.last else { return }
        var marked = [last]
        if points.count * 4 <= area.width {
            marked = points
        } else if look.colours == .none {
            let spacing = 12
            var next = area.x + 3 + index * spacing / max(1, series.count)
            for point in points {
                guard let column = dotColumn(point.0, area, range), area.x + column / 2 >= next else { continue }
                marked.append(point)
                next = area.x + column / 2 + spacing
            }
        }
        for (x, y) in marked {
            guard let column = dotColumn(x, area, range) else { continue }
            let row = dotRow(vertical.position(y), area)
            guard row >= 0, row < area.height * 4 else { continue }
            grid.put(curve.mark, x: area.x + column / 2, y: area.y + row / 4, curve.ink(look))
        }
    }

    private func drawFlagLine(_ flag: Flag, into grid: inout CellGrid, _ area: Rect, _ range: ClosedRange<Double>, _ look: Look) {
        guard let column = dotColumn(flag.x, area, range) else { return }
        for y in area.y..<area.endY { grid.put("┊", x: area.x + column / 2, y: y, look[.border]) }
    }

    private func drawXAxis(into grid: inout CellGrid, _ area: Rect, _ range: ClosedRange<Double>, _ look: Look) {
        let axis = Axis(covering: range, intervals: max(1, area.width / 11), isTight: true)
        let nameStart = area.endX - CellText.width(xName)
        var free = area.x
        for (tick, label) in zip(axis.ticks, axis.labels) {
            guard let column = dotColumn(tick, area, range) else { continue }
            let width = CellText.width(label)
            let start = min(max(area.x + column / 2 - width / 2, area.x), area.endX - width)
            guard start >= free, start + width + 2 <= nameStart else { continue }
            grid.text(label, x: start, y: area.endY, look[.muted])
            free = start + width + 2
        }
        if nameStart >= free { grid.text(xName, x: nameStart, y: area.endY, look[.muted]) }
    }

    /// A number written as another was: a share, a signed share, or three digits.
    private static func text(_ value: Double, like other: String) -> String {
        switch other.first {
        case ".": Numbers.share(value)
        case "+", "−": Numbers.signedShare(value)
        default: other == "1.00" ? Numbers.share(value) : Numbers.three(value)
        }
    }

    private func drawLegend(into grid: inout CellGrid, _ area: Rect, _ curves: [Canvas], _ look: Look) {
        var entries: [(mark: Character, name: String, value: String, ink: Ink)] = []
        for curve in series where curve.isInLegend {
            let value = cursor.map { curve.value(at: $0) } ?? curve.lastValue
            let text = cursor == nil ? curve.value : value.map { CurvePlot.text($0, like: curve.value ?? "") }
            entries.append((curve.mark, curve.name, text ?? value.map(Numbers.three) ?? "–", curve.ink(look)))
        }
        for reference in references { entries.append(("┄", reference.name, Numbers.three(reference.value), look[.muted])) }
        let nameWidth = entries.map { CellText.width($0.name) }.max() ?? 0
        let valueWidth = entries.map { CellText.width($0.value) }.max() ?? 0
        let width = 2 + nameWidth + 1 + valueWidth
        guard !entries.isEmpty, width + 2 <= area.width, entries.count < area.height else { return }

        let top = now == nil || now?.label.isEmpty == true ? 0 : 1
        let place = Legend(width: width, height: entries.count).place(in: area, below: top, curves)
        for (row, entry) in entries.enumerated() {
            let x = area.x + place.x
            let y = area.y + place.y + row
            grid.fill(Rect(x: x - 1, y: y, width: width + 1, height: 1), Cell(" ", background: look.theme.background))
            grid.put(entry.mark, x: x, y: y, entry.ink)
            grid.text(entry.name, x: x + 2, y: y, look[.muted])
            grid.textRight(entry.value, endX: x + width, y: y, look[.text])
        }
    }
}
