// The Adaptation pane's boxes.
import Foundation
import Metrics
import Records
import Viz

struct AdaptationPen {
    let pane: AdaptationPane
    let view: TrainView
    let figures: AdaptationFigures
    let diagnosis: AdaptationDiagnosis
    let evaluation: EvaluationView?
    let look: Look

    private var mark: Span {
        switch diagnosis.health {
        case .good: Span("✓", look[.good])
        case .watch: Span("!", look[.target])
        case .bad: Span("✗", look[.bad])
        case .unknown: Span("·", look[.muted])
        }
    }

    // MARK: In words

    /// The meaning, and below it what to try.
    func words(_ width: Int) -> [Span] {
        CellText.wrapped(diagnosis.meaning, width).map { Span($0, look[.text]) }
            + (diagnosis.advice.isEmpty ? [] : CellText.wrapped(diagnosis.advice, width).map { Span($0, look[.muted]) })
    }

    private var stand: String {
        let isNewest = pane.epoch == nil
        return "after epoch \(figures.epoch)" + (isNewest ? "" : " of \(view.epochs.last?.epoch ?? 0)")
    }

    func drawVerdict(into grid: inout CellGrid, _ rect: Rect, _ words: [Span], isFocused: Bool) {
        let method = view.method.map { " · \($0)" } ?? ""
        let inner = Box("\(pane.name.title)\(method)", key: pane.key, right: stand, isFocused: isFocused).draw(into: &grid, rect, look)
            .inset(vertically: 0)
        for (row, line) in words.cut(to: inner.height, inner.width - 2).enumerated() {
            if row == 0 { grid.spans([mark], x: inner.x, y: inner.y) }
            grid.text(line.text, x: inner.x + 2, y: inner.y + row, line.ink, limit: inner.width - 2)
        }
    }

    /// Without room for plots: what it means, then the figures.
    func drawSmall(into grid: inout CellGrid, _ rect: Rect) {
        var lines: [[Span]] = []
        for (row, line) in words(rect.width - 2).enumerated() { lines.append([row == 0 ? mark : Span(" "), Span(" "), line]) }
        if let balanced = figures.balanced {
            lines.append([Span("▲ ", look[.adversary]), Span("named \(Numbers.percent(balanced))", look[.text])])
        }
        if let gap = figures.gap { lines.append([Span("  gap \(Numbers.signedShare(gap))", look[.text])]) }
        for (row, line) in lines.prefix(rect.height).enumerated() { grid.spans(line, x: rect.x, y: rect.y + row, limit: rect.width) }
    }

    // MARK: Plots

    func draw(_ plot: AdaptationPane.Plot, into grid: inout CellGrid, _ rect: Rect) {
        guard !rect.isEmpty else { return }
        switch plot {
        case .discriminator: drawDiscriminator(into: &grid, rect)
        case .domainLoss: drawDomainLoss(into: &grid, rect)
        case .gap: drawGap(into: &grid, rect)
        case .alpha: drawAlpha(into: &grid, rect)
        case .recall: drawRecall(into: &grid, rect)
        case .measures: drawMeasures(into: &grid, rect)
        }
    }

    private var curves: TrainCurves { TrainCurves(view, axis: .epoch, smoothing: 0.9) }
    private var cursor: Double? { pane.epoch.map(Double.init) }
    private var range: ClosedRange<Double> { 0...Double(max(view.plan?.epochs ?? 0, view.epochs.last?.epoch ?? 0, 1)) }
    private var epochs: [Double] { view.epochs.map { Double($0.epoch) } }

    private func plot(
        _ series: [CurvePlot.Series], references: [CurvePlot.Reference] = [], yRange: CurvePlot.Range = .automatic(fromZero: true),
        into grid: inout CellGrid,
        _ rect: Rect
    ) {
        var plot = CurvePlot(series, references: references, xRange: range, yRange: yRange, xName: "epoch")
        plot.cursor = cursor
        plot.draw(into: &grid, rect, look)
    }

    private func drawDiscriminator(into grid: inout CellGrid, _ rect: Rect) {
        let inner = Box("discriminator", right: "clips named rightly").draw(into: &grid, rect, look)
        let source = view.epochs.map { $0.source(view.head)?.domainAccuracy ?? .nan }
        let target = view.epochs.map { $0.target(view.head)?.domainAccuracy ?? .nan }
        let both = zip(source, target).map { ($0 + $1) / 2 }
        func series(_ name: String, _ mark: Character, _ role: Role, _ y: [Double]) -> CurvePlot.Series {
            CurvePlot.Series(name, mark: mark, role: role, x: epochs, y: y, value: y.last(where: \.isFinite).map(Numbers.share))
        }
        plot(
            [series("source", "●", .source, source), series("target", "○", .target, target), series("mean", "▲", .adversary, both)],
            references: [CurvePlot.Reference("chance", 0.5)], yRange: .fixed(0...1), into: &grid, inner)
    }

    private func drawDomainLoss(into grid: inout CellGrid, _ rect: Rect) {
        let name = figures.hasDiscriminator ? "domain loss" : "\(view.method ?? "domain") term"
        let inner = Box(name, right: "smooth 0.9").draw(into: &grid, rect, look)
        guard let series = curves.series("loss", "▲", .adversary, SeriesName.domain) else {
            return grid.notice(Span("no step had one", look[.muted]), [], in: inner, look)
        }
        plot([series], references: figures.hasDiscriminator ? [CurvePlot.Reference("ln 2", log(2))] : [], into: &grid, inner)
    }

    private func drawGap(into grid: inout CellGrid, _ rect: Rect) {
        let inner = Box("source − target", right: figures.gap.map { [Span("gap \(Numbers.signedShare($0))", look[.text])] } ?? []).draw(
            into: &grid, rect, look)
        let gap = view.epochs.map { difference($0.source(view.head)?.accuracy, $0.target(view.head)?.accuracy) ?? .nan }
        guard gap.contains(where: \.isFinite) else {
            if let notice = view.plan?.valuesNotice { return grid.notice(Span("no gap", look[.muted]), [notice], in: inner, look) }
            let words = figures.hasTarget ? "not known: no target clip has a label" : "this run has no target"
            return grid.notice(Span(words, look[.muted]), [], in: inner, look)
        }
        let series = CurvePlot.Series(
            "gap", mark: "■", role: .text, x: epochs, y: gap, value: gap.last(where: \.isFinite).map(Numbers.signedShare))
        plot([series], into: &grid, inner)
    }

    private func drawAlpha(into grid: inout CellGrid, _ rect: Rect) {
        let inner = Box("alpha", right: "applied \(Numbers.three(figures.alpha))").draw(into: &grid, rect, look)
        let series = [curves.planned(view.alpha?.values ?? []), curves.applied("applied", "▲", .adversary, SeriesName.alpha)].compactMap {
            $0
        }
        let isLive = view.run?.state.isLive ?? false
        var plot = CurvePlot(
            series, now: isLive ? CurvePlot.Moment(x: curves.place(view.step), label: rect.width > 36 ? AlphaWords.now(view) : "") : nil,
            xRange: range,
            xName: "epoch", hasLegend: false)
        plot.cursor = cursor
        plot.draw(into: &grid, inner, look)
    }

    private func drawRecall(into grid: inout CellGrid, _ rect: Rect) {
        let legend = [Span("source "), Span("●", look[.source]), Span(" target "), Span("○", look[.target])]
        let inner = Box("recall", right: legend).draw(into: &grid, rect, look).inset(vertically: 0)
        guard let epoch = pane.record(view) else { return }
        let recalls = ClassRecall.all(epoch, view.head, view.labels)
        if let notice = view.plan?.valuesNotice { return grid.notice(Span("no recall", look[.muted]), [notice], in: inner, look) }
        guard recalls.contains(where: { $0.source != nil || $0.target != nil }) else {
            return grid.notice(Span("no confusion matrix was stored", look[.muted]), [], in: inner, look)
        }
        DumbbellPlot(recalls.map { DumbbellPlot.Row($0.label, filled: $0.source, open: $0.target) }).draw(into: &grid, inner, look)
    }

    // MARK: Measures

    private func drawMeasures(into grid: inout CellGrid, _ rect: Rect) {
        let inner = Box("measures").draw(into: &grid, rect, look).inset(vertically: 0)
        var lines: [(name: String, value: [Span])] = []
        if let balanced = figures.balanced, figures.hasDiscriminator {
            lines.append(
                (
                    "domain confusion",
                    [Span(Numbers.three(domainConfusion(balancedAccuracy: balanced)), look[.text]), Span("  1 is chance", look[.muted])]
                ))
        }
        if let loss = figures.domainLoss, figures.hasDiscriminator {
            lines.append(("domain loss", [Span(Numbers.three(loss), look[.text]), Span("  ln 2 .693", look[.muted])]))
        }
        if let distance = evaluation?.report?.proxyDistance {
            lines.append(("proxy A-distance", [Span(Numbers.fixed(distance.distance, 2), look[.text]), Span("  of 2", look[.muted])]))
        }
        if let health = evaluation?.report?.discriminator {
            lines.append(("  discriminator", [Span(Self.hint(health.hint), look[.text])]))
        }
        if let evaluation {
            let part = evaluation.subject.isEmpty ? "validation" : evaluation.subject
            lines.append(("  measured", [Span("\(evaluation.made), \(part)", look[.muted])]))
        } else if view.aligns, let run = view.run {
            lines.append(("proxy A-distance", [Span("emolab eval \(run.id)", look[.text])]))
        }
        if let scores = pane.record(view)?.target(view.head) {
            let values = TargetScore.allCases.compactMap { score in scores[score].map { (score, $0) } }
            for (score, value) in values {
                let arrow = score.direction == .higherIsBetter ? "↑" : "↓"
                let best = view.epochs.filter { $0.target(view.head)?[score] != nil }.reduce(nil as EpochRecord?) { best, epoch in
                    guard let old = best?.target(view.head)?[score], let new = epoch.target(view.head)?[score] else { return best ?? epoch }
                    return score.isBetter(new, than: old) ? epoch : best
                }
                lines.append(
                    (
                        "\(score.rawValue) \(arrow)",
                        [Span(Numbers.three(value), look[.text]), Span(best.map { "  best e\($0.epoch)" } ?? "", look[.muted])]
                    ))
            }
        }
        for (row, line) in lines.prefix(inner.height).enumerated() {
            grid.text(line.name, x: inner.x, y: inner.y + row, look[.muted], limit: 16)
            grid.spans(line.value, x: inner.x + 18, y: inner.y + row, limit: inner.width - 18)
        }
        if lines.isEmpty { grid.notice(Span("nothing measured", look[.muted]), [], in: inner, look) }
    }

    private static func hint(_ hint: DiscriminatorHealth.Hint) -> String {
        switch hint {
        case .separates: "tells the domains apart"
        case .confused: "guesses"
        case .collapsed: "says the same of all clips"
        case .between: "between guessing and telling"
        }
    }
}
