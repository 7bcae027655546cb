/// One clip's explanation in cells: classes as bars, attention over time and what its absence costs, frames, and both modalities against each other.
public struct ExplanationView: Sendable {
    public let plot: ExplanationPlot

    public init(_ plot: ExplanationPlot) { self.plot = plot }

    private static let labelWidth = 10

    /// Rows that it takes at a width in cells.
    public func height(width: Int) -> Int {
        1 + plot.classes.count + (plot.seconds == nil ? 0 : 1 + soundRows + 1) + (plot.frames.isEmpty ? 0 : 1 + frameRows)
            + (plot.crossModal?.rows.isEmpty == false ? 1 + crossRows : 0) + (plot.agreements.isEmpty ? 0 : 2)
            + plot.notes.reduce(0) { $0 + CellText.wrapped($1, width).count }
    }

    private var soundRows: Int { (plot.sound == nil ? 0 : 1) + (plot.soundDrops == nil ? 0 : 1) }
    private var frameRows: Int { 2 + (plot.frames.contains { $0.drop != nil } ? 1 : 0) }
    /// Two frames to a cell where colours show them, at most four cells.
    private var crossRows: Int { min(4, ((plot.crossModal?.rows.count ?? 0) + 1) / 2) }

    public func draw(into grid: inout CellGrid, _ rect: Rect, _ look: Look) {
        var y = rect.y
        grid.clipped(to: rect) { grid in
            grid.text(plot.title, x: rect.x, y: y, look[.title], limit: rect.width)
            y += 1
            drawClasses(&grid, rect, &y, look)
            drawSound(&grid, rect, &y, look)
            drawFrames(&grid, rect, &y, look)
            drawCrossModal(&grid, rect, &y, look)
            drawAgreements(&grid, rect, &y, look)
            for note in plot.notes.flatMap({ CellText.wrapped($0, rect.width) }) {
                grid.text(note, x: rect.x, y: y, look[.muted], limit: rect.width)
                y += 1
            }
        }
    }

    private func drawClasses(_ grid: inout CellGrid, _ rect: Rect, _ y: inout Int, _ look: Look) {
        let names = min(14, (plot.classes.map { CellText.width($0.name) }.max() ?? 0)), start = rect.x + 2 + names + 1
        let room = max(4, min(40, rect.endX - start - 16))
        for one in plot.classes {
            let role: Role = one.isPredicted ? (plot.classes.contains(where: \.isTruth) ? (one.isTruth ? .good : .bad) : .accent) : .muted
            if one.isPredicted { grid.put("▸", x: rect.x, y: y, look[role]) }
            grid.text(one.name, x: rect.x + 2, y: y, one.isPredicted ? look[.title] : look[.text], limit: names)
            let eighths = Int((min(max(one.probability, 0), 1) * Double(room * 8)).rounded())
            for cell in 0..<room {
                let filled = min(max(eighths - 8 * cell, 0), 8)
                if filled > 0 { grid.put(Self.partial[filled - 1], x: start + cell, y: y, look[role]) }
            }
            let end = grid.text(Numbers.fixed(one.probability, 3), x: start + room + 1, y: y, look[.text])
            if one.isTruth { grid.text("truth", x: start + room + 2 + end, y: y, look[.good]) }
            y += 1
        }
    }

    private static let partial: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]
    private static let levels: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// Cells that carry time.
    private func timeCells(_ rect: Rect) -> (x: Int, width: Int) { (rect.x + Self.labelWidth, max(8, rect.width - Self.labelWidth - 8)) }

    private func drawSound(_ grid: inout CellGrid, _ rect: Rect, _ y: inout Int, _ look: Look) {
        guard let range = plot.seconds else { return }
        let (left, width) = timeCells(rect)
        grid.text("sound: \(plot.soundName), and what silence costs", x: rect.x, y: y, look[.muted], limit: rect.width)
        y += 1
        func strip(_ name: String, _ curve: ExplanationPlot.Curve, _ role: Role) {
            grid.text(name, x: rect.x, y: y, look[.text], limit: Self.labelWidth - 1)
            let most = curve.values.max() ?? 0
            for cell in 0..<width {
                let seconds = range.lowerBound + (Double(cell) + 0.5) / Double(width) * (range.upperBound - range.lowerBound)
                guard let value = curve.value(at: seconds), most > 0 else { continue }
                let level = min(8, Int((max(0, value / most) * 8).rounded()))
                let ink = look.colours >= .indexed ? Ink(look.theme.heat[0.25 + 0.75 * max(0, value / most)]) : look[role]
                grid.put(Self.levels[level], x: left + cell, y: y, ink)
            }
            grid.textRight(Numbers.three(most), endX: rect.endX, y: y, look[.muted])
            y += 1
        }
        if let curve = plot.sound { strip("attention", curve, .source) }
        if let curve = plot.soundDrops { strip("loss", curve, .target) }
        let axis = Axis(covering: range, intervals: max(2, width / 12), isTight: true)
        for (tick, label) in zip(axis.ticks, axis.labels) {
            let place = left + Int(axis.position(tick) * Double(width - 1))
            grid.text(label + " s", x: place, y: y, look[.muted], limit: max(0, left + width + 4 - place))
        }
        y += 1
    }

    private func drawFrames(_ grid: inout CellGrid, _ rect: Rect, _ y: inout Int, _ look: Look) {
        guard !plot.frames.isEmpty else { return }
        grid.text("frames: share of the picture, and what replacing one costs", x: rect.x, y: y, look[.muted], limit: rect.width)
        y += 1
        let room = max(6, min(9, (rect.width - Self.labelWidth) / plot.frames.count))
        let most = max(plot.frames.map(\.attention).max() ?? 0, 1e-12)
        func row(_ name: String, _ words: (ExplanationPlot.Frame) -> (String, Ink)) {
            grid.text(name, x: rect.x, y: y, look[.text], limit: Self.labelWidth - 1)
            for (index, frame) in plot.frames.enumerated() {
                let (text, ink) = words(frame)
                grid.text(text, x: rect.x + Self.labelWidth + index * room, y: y, ink, limit: room - 1)
            }
            y += 1
        }
        row("time") { (Numbers.fixed($0.seconds, 2) + ($0.hasFace ? "" : " ?"), look[$0.hasFace ? .text : .bad]) }
        row("attention") { frame in
            let share = frame.attention / most
            let ink = look.colours >= .indexed ? Ink(look.theme.heat[0.35 + 0.65 * share]) : look[.source]
            return (Numbers.share(frame.attention) + String(Self.levels[min(8, max(1, Int((share * 8).rounded())))]), ink)
        }
        if plot.frames.contains(where: { $0.drop != nil }) {
            row("loss") { (Numbers.fixed($0.drop ?? 0, 3), look[($0.drop ?? 0) > 0.005 ? .target : .muted]) }
        }
    }

    private func drawCrossModal(_ grid: inout CellGrid, _ rect: Rect, _ y: inout Int, _ look: Look) {
        guard let map = plot.crossModal, let first = map.rows.first else { return }
        grid.text(map.title, x: rect.x, y: y, look[.muted], limit: rect.width)
        y += 1
        let (left, width) = timeCells(rect), last = plot.frames.last?.seconds ?? 0
        let heat = HeatMap(rows: map.rows.count, columns: first.count, values: map.rows.joined().map { Float($0) }, isTopDown: true)
        heat.draw(into: &grid, Rect(x: left, y: y, width: width, height: crossRows), look)
        grid.text("first", x: rect.x, y: y, look[.text])
        if crossRows > 1 { grid.text(last > 0 ? "last" : "", x: rect.x, y: y + crossRows - 1, look[.text]) }
        y += crossRows
    }

    private func drawAgreements(_ grid: inout CellGrid, _ rect: Rect, _ y: inout Int, _ look: Look) {
        guard !plot.agreements.isEmpty else { return }
        grid.text(
            "rank correlation of attention with loss, 1 where attention tells the truth", x: rect.x, y: y, look[.muted], limit: rect.width)
        y += 1
        var spans: [Span] = []
        for (index, one) in plot.agreements.enumerated() {
            let value = one.correlation.map { ($0 >= 0 ? "+" : "") + Numbers.fixed($0, 2) } ?? "none"
            spans.append(Span((index > 0 ? ", " : "") + one.name + " ", look[.text]))
            spans.append(Span(value, look[(one.correlation ?? 0) > 0.3 ? .good : (one.correlation ?? 0) < 0 ? .bad : .text]))
        }
        grid.spans(spans, x: rect.x, y: y, limit: rect.width)
        y += 1
    }
}
