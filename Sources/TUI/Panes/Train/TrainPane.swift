// Pane Train: one run, live: losses, scores, alpha and learning rate as planned and applied, events, progress; marked runs laid over it.
import Records
import Viz

extension Command {
    static let smoother = Command("curves.smoother")
    static let rougher = Command("curves.rougher")
    static let logarithmic = Command("curves.logarithmic")
    static let horizontal = Command("curves.horizontal")
    static let zoomPlot = Command("curves.zoom")
    static let nextFigure = Command("curves.figure")
    static let cursorRight = Command("curves.cursorRight")
    static let cursorLeft = Command("curves.cursorLeft")
    static let cursorFarRight = Command("curves.cursorFarRight")
    static let cursorFarLeft = Command("curves.cursorFarLeft")
    static let leaveCursor = Command("curves.leaveCursor")
    static let nextRun = Command("runs.next")
    static let previousRun = Command("runs.previous")
}

public struct TrainPane: Pane {
    public let name = PaneName.train

    /// A box of one unit: the terms of the loss, one metric, the label-free scores, one schedule.
    enum Plot: Equatable {
        case loss
        case metric(Metric)
        case labelFree
        case alpha
        /// Id of its series.
        case schedule(String)
    }

    static let smoothings: [Double] = [0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99]
    private(set) var smoothing = 4
    private(set) var isLogarithmic = false
    private(set) var axis = CurveAxis.step
    /// The plot that fills the pane; nil shows them all.
    private(set) var zoomed: Plot?
    /// Which of the plots of scores is shown first where there is no room for all.
    private(set) var figure = 0
    /// Where values are read, as a step, so that it stays where it is on every axis.
    private(set) var cursor: Double?

    /// All plots of scores had room when the pane was drawn last.
    private(set) var showsEveryFigure = false

    /// Presses that take the cursor from one end to the other.
    private static let fine = 120.0, coarse = 12.0

    public init() {}

    public let bindings: [KeyBinding] = [
        KeyBinding([.character("+"), .character("=")], .smoother, "smooth", "Smooth the curves more", footerKeys: "+/-"),
        KeyBinding([.character("-")], .rougher, "", "Smooth the curves less; the raw values stay as a ghost"),
        KeyBinding([.character("v")], .logarithmic, "log", "Vertical axis of losses: logarithmic, and back"),
        KeyBinding([.character("x")], .horizontal, "axis", "Horizontal axis: step, epoch, time"),
        KeyBinding(
            [.character("h"), .left], .cursorLeft, "cursor", "Read values: a cursor through all curves, to the left", footerKeys: "h/l"),
        KeyBinding([.character("l"), .right], .cursorRight, "", "The cursor to the right"),
        KeyBinding([.character("H")], .cursorFarLeft, "", "The cursor far to the left"),
        KeyBinding([.character("L")], .cursorFarRight, "", "The cursor far to the right"),
        KeyBinding([.character("f"), .enter], .zoomPlot, "full", "The next plot alone in the whole pane, then all again"),
        KeyBinding([.character("a")], .nextFigure, "figure", "The next metric, or the label-free scores, where there is no room for all"),
        KeyBinding([.escape], .leaveCursor, "back", "Take the cursor away, then the zoom"),
        KeyBinding([.character("]")], .nextRun, "", "Older run"),
        KeyBinding([.character("[")], .previousRun, "run", "Newer run", footerKeys: "[ ]"),
    ]

    public func isAvailable(_ command: Command, _ models: Models) -> Bool {
        let view = models[TrainView.self]
        switch command {
        case .nextRun, .previousRun: return view.runs.count > 1
        case .leaveCursor: return cursor != nil || zoomed != nil
        case .nextFigure: return zoomed == nil && !view.epochs.isEmpty
        default: return !view.curves.isEmpty || !view.epochs.isEmpty
        }
    }

    public mutating func handle(_ command: Command, _ models: Models) -> [Effect] {
        let view = models[TrainView.self]
        switch command {
        case .smoother: smoothing = min(smoothing + 1, TrainPane.smoothings.count - 1)
        case .rougher: smoothing = max(smoothing - 1, 0)
        case .logarithmic: isLogarithmic.toggle()
        case .horizontal: axis = axis.next
        case .zoomPlot: zoomed = nextPlot(view)
        case .nextFigure: figure = (figure + 1) % max(1, figures(view).count)
        case .cursorLeft: moveCursor(-1 / Self.fine, models)
        case .cursorRight: moveCursor(1 / Self.fine, models)
        case .cursorFarLeft: moveCursor(-1 / Self.coarse, models)
        case .cursorFarRight: moveCursor(1 / Self.coarse, models)
        case .leaveCursor: if cursor != nil { cursor = nil } else { zoomed = nil }
        case .nextRun: return view.choosing(1)
        case .previousRun: return view.choosing(-1)
        default: break
        }
        return []
    }

    /// A new cursor stands where the run stands.
    private mutating func moveCursor(_ share: Double, _ models: Models) {
        let view = models[TrainView.self]
        let curves = TrainCurves(view, axis: axis, smoothing: 0)
        let end = Double(curves.lastStep)
        guard isAvailable(.cursorLeft, models), end > 0 else { return }
        guard let cursor else {
            self.cursor = Double(max(view.step, view.epochs.last?.step ?? 0))
            return
        }
        self.cursor = min(max(cursor + share * end, 0), end)
    }

    func hasTargetScores(_ view: TrainView) -> Bool { view.epochs.contains { $0.hasTargetScores(view.head) } }

    /// Plots of scores: metrics in the plan's order, the label-free scores, losses last.
    func figures(_ view: TrainView) -> [Plot] {
        let (losses, others) = (view.metrics.filter { $0.name == MetricName.loss }, view.metrics.filter { $0.name != MetricName.loss })
        return others.map(Plot.metric) + (hasTargetScores(view) ? [.labelFree] : []) + losses.map(Plot.metric)
    }

    /// Schedules: alpha, which says where there is none, then the others.
    private func schedules(_ view: TrainView) -> [Plot] {
        let others = view.plan?.schedules.map(\.series).filter { $0 != SeriesName.alpha.id } ?? [SeriesName.learningRate.id]
        return [.alpha] + others.map(Plot.schedule)
    }

    private func nextPlot(_ view: TrainView) -> Plot? {
        let there = [.loss] + figures(view) + schedules(view)
        guard let zoomed else { return there.first }
        return there.firstIndex(of: zoomed).flatMap { $0 + 1 < there.count ? there[$0 + 1] : nil }
    }

    /// What the plots are drawn from.
    func curves(_ models: Models) -> TrainCurves {
        TrainCurves(
            models[TrainView.self], axis: axis, smoothing: TrainPane.smoothings[smoothing], compared: models[ComparedRuns.self].runs)
    }

    /// Every curve that can be shown, unsmoothed.
    public func table(_ models: Models) -> PaneTable? {
        let view = models[TrainView.self]
        guard !view.curves.isEmpty || !view.epochs.isEmpty else { return nil }
        return PaneTable(header: TrainCurves.header, rows: curves(models).rows())
    }

    public var memory: PaneMemory {
        ["smoothing": "\(TrainPane.smoothings[smoothing])", "axis": axis.rawValue, "logarithmic": isLogarithmic ? "yes" : "no"]
    }

    public mutating func restore(_ memory: PaneMemory) {
        if let weight = memory["smoothing"].flatMap(Double.init), let place = TrainPane.smoothings.firstIndex(of: weight) {
            smoothing = place
        }
        if let kept = memory["axis"].flatMap(CurveAxis.init) { axis = kept }
        if let kept = memory["logarithmic"] { isLogarithmic = kept == "yes" }
    }

    // MARK: Drawing

    public func state(_ models: Models) -> PaneState {
        let view = models[TrainView.self]
        guard let run = view.run else { return .noRuns }
        guard view.curves.isEmpty, view.epochs.isEmpty else { return .ready }
        switch run.state {
        case .failed(let reason): return .failed("✗ run \(run.id) failed before its first step", [reason])
        case .stopped, .interrupted:
            let advice = RunAdvice.words(run.state, run: run.id, models.keys) ?? ""
            return .empty("run \(run.id) ended before its first step", role: .muted, [advice])
        default:
            let clips = view.plan.map { plan in
                func count(_ part: Part) -> String { Numbers.count(plan.samples[part] ?? 0) }
                return ["\(count(.sourceTraining)) + \(count(.targetTraining)) clips to train on"]
            }
            return .empty("run \(run.id) is waiting for its first step…", role: .text, clips ?? [])
        }
    }

    public mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool) {
        let view = models[TrainView.self]
        if rect.width < 60 || rect.height < 14 {
            drawNumbers(into: &grid, rect, view, look, models.keys)
        } else {
            drawPlots(into: &grid, rect, models, look, isFocused)
        }
    }

    private mutating func drawPlots(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, _ isFocused: Bool) {
        let view = models[TrainView.self]
        let curves = curves(models)
        let (body, progress) = rect.splitTop(rect.height - 1)
        drawProgress(into: &grid, progress.inset(vertically: 0), view, look)
        let ending = view.run.flatMap { RunAdvice.words($0.state, run: $0.id, models.keys) }
        let hasEvents = body.height >= 26 && zoomed == nil
        let lines = ending.map { CellText.wrapped($0, rect.width - 4).count } ?? 0
        let wanted = hasEvents ? min(max(5, body.height / 5), view.events.count + lines + 2, 10) : ending == nil ? 0 : min(lines, 2) + 2
        let (plots, events) = body.splitTop(body.height - max(wanted, hasEvents ? 3 : 0))
        let pen = PlotPen(pane: self, view: view, curves: curves, look: look, isFocused: isFocused)
        let isWide = plots.width >= 150, figures = figures(view), schedules = schedules(view)
        // Above stand two, below one of the label-free scores or whatever comes next.
        let room = isWide ? figures.contains(.labelFree) ? 3 : 2 : 1
        showsEveryFigure = figures.count <= room
        if let zoomed {
            pen.draw(zoomed, into: &grid, plots, isFirst: true)
        } else {
            let (upper, lower) = plots.splitTop((plots.height * 6 + 5) / 11)
            let left = plots.width * (isWide ? 44 : 64) / 100, right = plots.width * 28 / 100
            let (loss, rest) = upper.splitLeft(left)
            let (alpha, beside) = lower.splitLeft(left)
            var last = beside
            pen.draw(.loss, into: &grid, loss, isFirst: true)
            let shown = (0..<min(room, figures.count)).map { figures[(figure + $0) % figures.count] }
            if isWide {
                let (first, second) = rest.splitLeft(right)
                for (plot, box) in zip(shown, [first, second]) { pen.draw(plot, into: &grid, box) }
                if shown.count < 2 { pen.drawMissing(into: &grid, shown.isEmpty ? rest : second) }
                if shown.count > 2 {
                    let (rate, scores) = last.splitLeft(right)
                    pen.draw(shown[2], into: &grid, scores)
                    last = rate
                }
            } else if let plot = shown.first {
                pen.draw(plot, into: &grid, rest)
            } else {
                pen.drawMissing(into: &grid, rest)
            }
            pen.draw(.alpha, into: &grid, alpha)
            // Further schedules share the width.
            let further = schedules.dropFirst()
            for (index, plot) in further.enumerated() {
                let (box, others) = last.splitLeft(last.width / (further.count - index))
                pen.draw(plot, into: &grid, box)
                last = others
            }
        }
        if hasEvents {
            drawEvents(into: &grid, events, view, look, models.keys)
        } else if let ending, let state = view.run?.state {
            let inner = Box(state.word).draw(into: &grid, events, look).inset(vertically: 0)
            for (row, line) in CellText.wrapped(ending, inner.width).cut(to: inner.height, inner.width).enumerated() {
                grid.text(line, x: inner.x, y: inner.y + row, look[state.isEnd ? .bad : .muted])
            }
        }
    }
}
