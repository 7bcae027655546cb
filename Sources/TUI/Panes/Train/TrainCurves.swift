// From a run's records to curves, by step, epoch or time: what the Train and Adaptation panes draw and what CSV export writes.
import Corpora
import Foundation
import Metrics
import Records
import Viz

/// The horizontal axis.
public enum CurveAxis: String, Sendable, CaseIterable {
    case step, epoch, time

    var next: CurveAxis { self == .step ? .epoch : self == .epoch ? .time : .step }
}

struct TrainCurves {
    /// One run's records and how its steps are placed.
    struct Subject {
        var curves: StepCurves
        var epochs: [EpochRecord]
        var stepsPerEpoch: Int
        /// The head whose scores are drawn.
        var head: String

        init(_ view: TrainView) {
            (curves, epochs, stepsPerEpoch, head) = (view.curves, view.epochs, max(1, view.plan?.stepsPerEpoch ?? 1), view.head)
        }

        init(_ run: ComparedRuns.Run) {
            (curves, epochs, stepsPerEpoch, head) = (run.curves, run.epochs, max(1, run.stepsPerEpoch), run.head)
        }
    }

    let view: TrainView
    let axis: CurveAxis
    /// 0..<1, of `Smoothing.exponential`.
    let smoothing: Double
    /// Marked runs other than the one shown, with their places among the marked.
    let others: [(place: Int, run: ComparedRuns.Run)]
    let subject: Subject

    init(_ view: TrainView, axis: CurveAxis, smoothing: Double, compared: [ComparedRuns.Run] = []) {
        self.view = view
        self.axis = axis
        self.smoothing = smoothing
        others = compared.enumerated().filter { $0.element.id != view.run?.id }.map { ($0.offset, $0.element) }
        subject = Subject(view)
    }

    // MARK: Places

    /// Seconds of a unit of the time axis, and its name.
    private var unit: (seconds: Double, name: String) {
        let longest = max(projectedSeconds, others.map { $0.run.curves.last?.seconds ?? 0 }.max() ?? 0)
        return longest < 120 ? (1, "s") : longest < 7200 ? (60, "min") : (3600, "h")
    }

    /// Seconds that the whole run takes at the pace it had.
    private var projectedSeconds: Double {
        guard let last = subject.curves.last, last.step > 0 else { return 0 }
        guard view.run?.state.isLive ?? false, let steps = view.plan?.steps, steps > last.step else { return last.seconds }
        return last.seconds * Double(steps) / Double(last.step)
    }

    var axisName: String { axis == .time ? unit.name : axis.rawValue }

    /// Where a step stands on the axis.
    func place(_ step: Double, of subject: Subject) -> Double {
        switch axis {
        case .step: return step
        case .epoch: return step / Double(subject.stepsPerEpoch)
        case .time:
            guard let last = subject.curves.last, Double(last.step) < step, last.step > 0 else {
                return subject.curves.seconds(at: Int(step)) / unit.seconds
            }
            return last.seconds * step / Double(last.step) / unit.seconds
        }
    }

    func place(_ step: Int) -> Double { place(Double(step), of: subject) }

    private func place(_ point: StepCurves.Point, of subject: Subject) -> Double {
        axis == .time ? point.seconds / unit.seconds : place(Double(point.step), of: subject)
    }

    private func places(_ epochs: [EpochRecord], of subject: Subject) -> [Double] {
        epochs.map { axis == .epoch ? Double($0.epoch) : place(Double($0.step), of: subject) }
    }

    /// The last step of the axis: the planned end, so that curves grow to the right and do not shift.
    var lastStep: Int {
        let planned = axis == .time && !(view.run?.state.isLive ?? false) ? 0 : view.plan?.steps ?? 0
        return max(planned, view.step, view.epochs.last?.step ?? 0, 1)
    }

    var range: ClosedRange<Double>? {
        var end = place(lastStep)
        for (_, run) in others {
            let subject = Subject(run)
            if let last = run.curves.last { end = max(end, place(last, of: subject)) }
            if let last = places(run.epochs.suffix(1), of: subject).last { end = max(end, last) }
        }
        return end > 0 ? 0...end : nil
    }

    // MARK: Curves

    /// One series of the steps; nil where no step has it.
    func series(
        _ name: String, _ mark: Character, _ role: Role, of subject: Subject? = nil, ink: Ink? = nil, isPlain: Bool = false,
        _ series: Records.Series
    ) -> CurvePlot.Series? {
        let subject = subject ?? self.subject, column = subject.curves.place(of: series)
        var (x, means, counts): ([Double], [Double], [Int]) = ([], [], [])
        var extents: [StepCurves.Extent] = []
        for point in subject.curves.points {
            let figure = point[column]
            // Steps without the figure are left out, so that an alternating loss is one curve and not all gaps.
            guard figure.count > 0 || figure.isBroken else { continue }
            x.append(place(point, of: subject))
            means.append(figure.mean)
            counts.append(max(1, figure.count))
            extents.append(figure)
        }
        guard counts.contains(where: { $0 > 0 }), means.contains(where: \.isFinite) else { return nil }
        let smooth = Smoothing.exponential(means, counts: counts, weight: smoothing)
        // Joined steps keep their extremes: two points at one place.
        var (places, values, raw): ([Double], [Double], [Double]) = ([], [], [])
        for (index, figure) in extents.enumerated() {
            let isPair = figure.count > 1 && figure.low < figure.high
            if figure.count > 0 {
                for value in isPair ? [figure.low, figure.high] : [figure.mean] {
                    places.append(x[index])
                    values.append(smoothing > 0 ? smooth[index] : value)
                    raw.append(value)
                }
            }
            if figure.isBroken {
                places.append(x[index])
                values.append(.nan)
                raw.append(.nan)
            }
        }
        let last = smoothing > 0 ? smooth.last { $0.isFinite } : means.last { $0.isFinite }
        return CurvePlot.Series(
            name, mark: mark, role: role, x: places, y: values, ghost: smoothing > 0 && !isPlain ? raw : nil,
            value: last.map(Numbers.three), ink: ink)
    }

    /// Every term of the loss, their sum where there are several, and the first term of the other runs.
    func losses(_ look: Look) -> [CurvePlot.Series] {
        let terms = view.terms.filter { term in
            let column = subject.curves.place(of: term)
            return subject.curves.points.contains { $0[column].count > 0 || $0[column].isBroken }
        }
        var curves = terms.enumerated().map { index, term in
            switch index {
            case _ where term == SeriesName.domain: series("\(term.name) loss", "▲", .adversary, term)
            case 0: series("\(term.name) loss", "●", .source, term)
            default: series("\(term.name) loss", SeriesPalette.mark(index), .text, ink: SeriesPalette.ink(index, look), term)
            }
        }
        if terms.count > 1 { curves.append(series("total", "■", .muted, isPlain: true, SeriesName.total)) }
        if let first = view.terms.first {
            curves += others.map { place, run in
                series(
                    "\(first.name), run \(run.id)", SeriesPalette.mark(place), .text, of: Subject(run), ink: SeriesPalette.ink(place, look),
                    isPlain: true, first)
            }
        }
        return curves.compactMap { $0 }
    }

    /// Source and target by epoch, the best epoch, and the target (the source where there is none) of the other runs.
    func scores(_ metric: Metric, _ look: Look) -> [CurvePlot.Series] {
        func value(_ epoch: EpochRecord, _ domain: Domain, _ head: String) -> Double? {
            epoch[Part(domain, .validation)].map { $0[metric.name, of: head] ?? .nan }
        }
        let epochs = view.epochs, x = places(epochs, of: subject)
        let source = epochs.map { value($0, .source, metric.head) ?? .nan }
        var curves: [CurvePlot.Series] = []
        if !epochs.isEmpty {
            curves.append(CurvePlot.Series("source", mark: "●", role: .source, x: x, y: source, value: source.last.map(metric.text)))
            let target = epochs.map { value($0, .target, metric.head) ?? .nan }
            if let last = target.last(where: \.isFinite) {
                curves.append(CurvePlot.Series("target", mark: "○", role: .target, x: x, y: target, value: metric.text(last)))
            }
        }
        for (place, run) in others where !run.epochs.isEmpty {
            // Another run's main head may have another name.
            let head = metric.head == view.head ? run.head : metric.head
            let y = run.epochs.map { value($0, .target, head) ?? value($0, .source, head) ?? .nan }
            let domain = run.epochs.contains { $0[.targetValidation] != nil } ? "target" : "source"
            curves.append(
                CurvePlot.Series(
                    "\(domain), run \(run.id)", mark: SeriesPalette.mark(place), role: .text, x: places(run.epochs, of: Subject(run)), y: y,
                    value: y.last.map(metric.text), ink: SeriesPalette.ink(place, look)))
        }
        if let best = epochs.lastIndex(where: \.isBest) {
            curves.append(CurvePlot.Series("best", mark: "◆", role: .good, x: [x[best]], y: [source[best]], isInLegend: false))
        }
        return curves
    }

    /// The label-free scores, each on a scale of its own from its least to its greatest value.
    func targetScores(_ look: Look) -> [CurvePlot.Series] {
        let x = places(view.epochs, of: subject)
        return TargetScore.allCases.enumerated().compactMap { index, score in
            let values = view.epochs.map { $0.target(subject.head)?[score] ?? .nan }
            let finite = values.filter(\.isFinite)
            guard let low = finite.min(), let high = finite.max() else { return nil }
            let scaled = values.map { high > low ? ($0 - low) / (high - low) : $0.isFinite ? 0.5 : .nan }
            let isRising = score.direction == .higherIsBetter
            let best = values.indices.filter { values[$0].isFinite }.reduce(nil as Int?) { best, at in
                best.map { score.isBetter(values[at], than: values[$0]) ? at : $0 } ?? at
            }
            let name = "\(score.rawValue) \(isRising ? "↑" : "↓")" + (best.map { " e\(view.epochs[$0].epoch)" } ?? "")
            return CurvePlot.Series(
                name, mark: SeriesPalette.mark(index), role: .text, x: x, y: scaled, value: finite.last.map(Numbers.three), read: values,
                ink: SeriesPalette.ink(index, look))
        }
    }

    /// A planned curve from the first step of the run to the last: what is applied at a step lies on it.
    func planned(_ values: [Double]) -> CurvePlot.Series? {
        guard !values.isEmpty, let steps = view.plan?.steps else { return nil }
        let stride = Double(max(0, steps - 1)) / Double(max(1, values.count - 1))
        return CurvePlot.Series(
            "planned", mark: "·", role: .muted, x: values.indices.map { place(1 + Double($0) * stride, of: subject) }, y: values)
    }

    /// What was applied, a value a point.
    func applied(_ name: String, _ mark: Character, _ role: Role, _ series: Records.Series) -> CurvePlot.Series? {
        let column = subject.curves.place(of: series), points = subject.curves.points.filter { $0[column].last != nil }
        guard !points.isEmpty else { return nil }
        return CurvePlot.Series(
            name, mark: mark, role: role, x: points.map { place($0, of: subject) }, y: points.map { $0[column].last ?? .nan })
    }

    /// Orders, numbers that went wrong, and restarts.
    var flags: [CurvePlot.Flag] {
        var flags: [CurvePlot.Flag] = []
        // A start is told without a step: the run goes on after the last one that was told before it.
        var (last, isFirst): (Int?, Bool) = (nil, true)
        for event in view.events.reversed() {
            last = event.step ?? last
            switch event.kind {
            case .order: if let step = event.step { flags.append(CurvePlot.Flag(x: place(step), mark: "▼", role: .text)) }
            case .anomaly: if let step = event.step { flags.append(CurvePlot.Flag(x: place(step), mark: "!", role: .bad)) }
            case .start:
                if !isFirst, let last { flags.append(CurvePlot.Flag(x: place(last), mark: "▸", role: .text)) }
                isFirst = false
            default: break
            }
        }
        return flags
    }

    // MARK: CSV

    static let header = ["run", "curve", "step", "epoch", "seconds", "mean", "least", "greatest"]

    /// All curves in long form, of the run that is shown and of those laid over it: a row a point, unsmoothed.
    func rows() -> [[DataValue]] {
        var rows: [[DataValue]] = []
        let all = [(view.run?.id ?? 0, subject)] + others.map { ($0.run.id, Subject($0.run)) }
        for (id, subject) in all {
            func add(_ curve: String, _ step: Int, _ seconds: Double, _ values: [Double?]) {
                let epoch = Double(step) / Double(subject.stepsPerEpoch)
                rows.append(
                    [DataValue(id), DataValue(curve), DataValue(step), DataValue(epoch), DataValue(seconds)] + values.map { DataValue($0) })
            }
            for series in view.plan?.series ?? [] {
                let column = subject.curves.place(of: series)
                for point in subject.curves.points {
                    let extent = point[column]
                    if series.kind == .schedule {
                        if let last = extent.last { add(series.column, point.step, point.seconds, [last, nil, nil]) }
                    } else if extent.count > 0 {
                        add(series.column, point.step, point.seconds, [extent.mean, extent.low, extent.high])
                    }
                }
            }
            for epoch in subject.epochs {
                let seconds = subject.curves.seconds(at: epoch.step)
                for domain in Domain.allCases {
                    for score in epoch[Part(domain, .validation)]?.values ?? [] {
                        guard let value = score.value, value.isFinite else { continue }
                        // The main head's go without its name, and what only the target has without the domain's.
                        let name = score.head.isEmpty || score.head == subject.head ? score.name : "\(score.head)_\(score.name)"
                        let isLabelFree = view.plan?.metrics.first { $0.name == score.name && $0.head == score.head }?.isLabelFree ?? false
                        add(isLabelFree ? name : "\(domain.rawValue)_\(name)", epoch.step, seconds, [value, nil, nil])
                    }
                }
            }
        }
        return rows
    }
}
