// The Train pane's plots, each in a box of its own.
import Foundation
import Records
import Viz

struct PlotPen {
    let pane: TrainPane
    let view: TrainView
    let curves: TrainCurves
    let look: Look
    let isFocused: Bool

    /// - Parameter isFirst: the box that carries the pane's name and its focus.
    func draw(_ plot: TrainPane.Plot, into grid: inout CellGrid, _ rect: Rect, isFirst: Bool = false) {
        guard !rect.isEmpty else { return }
        switch plot {
        case .loss: drawLoss(into: &grid, rect, isFirst)
        case .metric(let metric): drawScores(metric, into: &grid, rect, isFirst)
        case .labelFree: drawTargetScores(into: &grid, rect, isFirst)
        case .alpha: drawAlpha(into: &grid, rect, isFirst)
        case .schedule(let series): drawSchedule(of: series, into: &grid, rect, isFirst)
        }
    }

    /// A box of scores of a run that tells none.
    func drawMissing(into grid: inout CellGrid, _ rect: Rect) {
        guard !rect.isEmpty else { return }
        let inner = box("scores", [], false).draw(into: &grid, rect, look)
        grid.notice(Span(view.plan == nil ? "after the first epoch" : "this run tells none", look[.muted]), [], in: inner, look)
    }

    private func box(_ title: String, _ right: [Span], _ isFirst: Bool) -> Box {
        isFirst ? Box("\(pane.name.title) · \(title)", key: pane.key, right: right, isFocused: isFocused) : Box(title, right: right)
    }

    private var cursor: Double? { pane.cursor.map { curves.place($0, of: curves.subject) } }

    private var cursorWords: String? {
        pane.cursor.map { step in
            let epoch = step / Double(curves.subject.stepsPerEpoch)
            return "at step \(Numbers.count(Int(step.rounded()))), epoch \(Numbers.fixed(epoch, 1))"
        }
    }

    private func drawLoss(into grid: inout CellGrid, _ rect: Rect, _ isFirst: Bool) {
        let weight = TrainPane.smoothings[pane.smoothing]
        var modes = [weight == 0 ? "raw" : "smooth \(weight)"]
        if pane.isLogarithmic { modes.append("log") }
        if let cursorWords, rect.width >= 50 { modes.insert(cursorWords, at: 0) }
        let inner = box("loss", [Span(modes.joined(separator: "   "))], isFirst).draw(into: &grid, rect, look)
        let series = curves.losses(look)
        guard !series.isEmpty else { return grid.notice(Span("after the first step", look[.muted]), [], in: inner, look) }
        let hasDiscriminator = series.contains { $0.role == .adversary } && view.adaptation?.hasDiscriminator ?? false
        var plot = CurvePlot(
            series, references: hasDiscriminator ? [CurvePlot.Reference("ln 2", log(2))] : [], xRange: curves.range,
            isLogarithmic: pane.isLogarithmic, xName: curves.axisName)
        plot.flags = curves.flags
        plot.cursor = cursor
        plot.draw(into: &grid, inner, look)
    }

    private func drawScores(_ metric: Metric, into grid: inout CellGrid, _ rect: Rect, _ isFirst: Bool) {
        let best = view.epochs.last { $0.isBest }
        let isUnknown = view.epochs.last?[.targetValidation].map { $0[metric.name, of: metric.head] == nil } ?? false
        let right = (isUnknown ? [Span("○ target not known   ", look[.muted])] : []) + (best.map { [Span("best ◆ e\($0.epoch)")] } ?? [])
        // The box of a side head names the head, that of a loss tells it from the terms of the steps.
        let owner = metric.head == view.head ? "" : "\(metric.head) · ", kind = metric.name == MetricName.loss ? "validation " : ""
        let title = owner + kind + metric.title + (metric.unit.map { ", \($0)" } ?? "")
        let inner = box(title, right, isFirst).draw(into: &grid, rect, look)
        let series = curves.scores(metric, look)
        guard !series.isEmpty else { return grid.notice(Span("after the first epoch", look[.muted]), [], in: inner, look) }
        var plot = CurvePlot(
            series, references: metric.baseline.map { [CurvePlot.Reference($0.name, $0.value)] } ?? [], xRange: curves.range,
            xName: curves.axisName)
        if let lower = metric.lower, let upper = metric.upper, lower < upper { plot.yRange = .fixed(lower...upper) }
        plot.cursor = cursor
        plot.draw(into: &grid, inner, look)
    }

    private func drawTargetScores(into grid: inout CellGrid, _ rect: Rect, _ isFirst: Bool) {
        let right = rect.width >= 44 ? [Span("each on its own scale")] : []
        let inner = box("label-free target scores", right, isFirst).draw(into: &grid, rect, look)
        let series = curves.targetScores(look)
        guard !series.isEmpty else { return grid.notice(Span("after the first epoch", look[.muted]), [], in: inner, look) }
        var plot = CurvePlot(series, xRange: curves.range, yRange: .fixed(0...1), xName: curves.axisName)
        plot.hasYAxis = false
        plot.cursor = cursor
        plot.draw(into: &grid, inner, look)
    }

    private func drawAlpha(into grid: inout CellGrid, _ rect: Rect, _ isFirst: Bool) {
        let planned = view.alpha?.values ?? [], most = view.alphaMaximum
        if most == 0 {
            let inner = box("alpha", [], isFirst).draw(into: &grid, rect, look)
            let words =
                view.adaptation?.learnsFromTargetLabels == true
                ? "This run learns from target labels; nothing is reversed."
                : view.plan != nil && view.adaptation == nil ? "This run learns from the source alone." : "The schedule is off."
            return grid.notice(Span("no alpha", look[.muted]), [words], in: inner, look)
        }
        var right = view.curves.last(SeriesName.alpha).map { "applied \(Numbers.three($0))" } ?? ""
        if rect.width > 56 { right += "   max \(Numbers.three(most))" }
        let schedule = view.alpha?.name ?? ""
        let title = schedule.isEmpty || rect.width < 60 ? "alpha" : "alpha schedule · \(schedule)"
        let inner = box(title, [Span(right)], isFirst).draw(into: &grid, rect, look)
        drawSchedule(
            into: &grid, inner, planned: planned, applied: curves.applied("applied", "●", .adversary, SeriesName.alpha),
            label: rect.width > 40 ? AlphaWords.now(view) : "")
    }

    private func drawSchedule(of id: String, into grid: inout CellGrid, _ rect: Rect, _ isFirst: Bool) {
        let series = view.plan?.series.first { $0.id == id } ?? SeriesName.learningRate, plan = view.plan?.schedule(series)
        let name = series.name.replacing("_", with: " "), schedule = plan?.name ?? ""
        let right = view.curves.last(series).map { Numbers.three($0) } ?? ""
        let title = schedule.isEmpty || rect.width < 50 ? name : "\(name) · \(schedule)"
        let inner = box(title, [Span(right)], isFirst).draw(into: &grid, rect, look)
        drawSchedule(into: &grid, inner, planned: plan?.values ?? [], applied: curves.applied("applied", "●", .text, series), label: "")
    }

    /// The whole planned curve faintly, what was applied so far over it, and the point where the run stands.
    private func drawSchedule(into grid: inout CellGrid, _ rect: Rect, planned: [Double], applied: CurvePlot.Series?, label: String) {
        let series = [curves.planned(planned), applied].compactMap { $0 }
        guard !series.isEmpty else { return }
        let isLive = view.run?.state.isLive ?? false
        let now = view.curves.isEmpty || !isLive ? nil : CurvePlot.Moment(x: curves.place(view.step), label: label)
        var plot = CurvePlot(series, now: now, xRange: curves.range, hasLegend: pane.cursor != nil)
        plot.cursor = cursor
        plot.draw(into: &grid, rect, look)
    }
}

/// Alpha in words.
enum AlphaWords {
    /// `now: step 6 624, ramp starts at 6 912`.
    static func now(_ view: TrainView) -> String {
        let now = "now: step \(Numbers.count(view.step))"
        guard let start = view.alpha?.rampStart, view.step < start else { return now }
        return now + ", ramp starts at \(Numbers.count(start))"
    }
}
