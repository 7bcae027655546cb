// Pane 2: one run, live: losses, accuracies, alpha and learning rate as planned and applied, events, progress.
import Foundation
import Training
import Viz

extension Command {
    static let smoother = Command("curves.smoother")
    static let rougher = Command("curves.rougher")
    static let logarithmic = Command("curves.logarithmic")
    static let horizontal = Command("curves.horizontal")
    static let nextRun = Command("runs.next")
    static let previousRun = Command("runs.previous")
}

public struct TrainPane: Pane {
    public let number = 2
    public let name = "Train"

    static let smoothings: [Double] = [0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99]
    private(set) var smoothing = 4
    private(set) var isLogarithmic = false
    private(set) var isByEpoch = false

    public init() {}

    public let bindings: [KeyBinding] = [
        KeyBinding([.character("+"), .character("=")], .smoother, "smooth", "Smooth the curves more", footerKeys: "+/-"),
        KeyBinding([.character("-")], .rougher, "", "Smooth the curves less; the raw values stay as a ghost"),
        KeyBinding([.character("l")], .logarithmic, "log", "Logarithmic losses, and back"),
        KeyBinding([.character("x")], .horizontal, "axis", "Curves by step or by epoch"),
        KeyBinding([.character("]")], .nextRun, "", "Older run"),
        KeyBinding([.character("[")], .previousRun, "run", "Newer run", footerKeys: "[ ]"),
    ]

    public func isAvailable(_ command: Command, _ models: Models) -> Bool {
        let view = models[TrainView.self]
        switch command {
        case .nextRun, .previousRun: return view.runs.count > 1
        default: return !view.steps.isEmpty
        }
    }

    public mutating func handle(_ command: Command, _ models: Models) -> [Effect] {
        let view = models[TrainView.self]
        switch command {
        case .smoother: smoothing = min(smoothing + 1, TrainPane.smoothings.count - 1)
        case .rougher: smoothing = max(smoothing - 1, 0)
        case .logarithmic: isLogarithmic.toggle()
        case .horizontal: isByEpoch.toggle()
        case .nextRun: return choose(1, view)
        case .previousRun: return choose(-1, view)
        default: break
        }
        return []
    }

    private func choose(_ by: Int, _ view: TrainView) -> [Effect] {
        guard let current = view.runs.firstIndex(where: { $0.id == view.run?.id }) else { return [] }
        let wanted = current + by
        guard view.runs.indices.contains(wanted) else { return [.say(by > 0 ? "no older run" : "no newer run")] }
        return [.ask(RunRequest(run: view.runs[wanted].id))]
    }

    // MARK: Drawing

    public mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool) {
        let view = models[TrainView.self]
        if let notice = notice(view, look) {
            let inner =
                rect.height >= 6 && rect.width >= 24 ? Box(name, number: number, isFocused: isFocused).draw(into: &grid, rect, look) : rect
            grid.notice(notice.heading, notice.lines, in: inner, look)
        } else if rect.width < 60 || rect.height < 14 {
            drawNumbers(into: &grid, rect, view, look)
        } else {
            drawCurves(into: &grid, rect, view, look, isFocused)
        }
    }

    /// What stands in place of curves while there are none.
    private func notice(_ view: TrainView, _ look: Look) -> (heading: Span, lines: [String])? {
        if let failure = view.failure { return (Span("The store cannot be read", look[.bad]), [failure]) }
        guard let run = view.run else {
            return (
                Span("No runs yet", look[.title]),
                ["emolab train EXPERIMENT.toml starts one,", "emolab demo makes corpora and trains on them."]
            )
        }
        guard view.steps.isEmpty, view.epochs.isEmpty else { return nil }
        switch run.state {
        case .failed(let reason): return (Span("✗ run \(run.id) failed before its first step", look[.bad]), [reason])
        case .stopped, .lost: return (Span("run \(run.id) ended before its first step", look[.muted]), [])
        default:
            let clips = view.plan.map { ["\(Numbers.count($0.sourceTraining)) + \(Numbers.count($0.targetTraining)) clips to train on"] }
            return (Span("run \(run.id) is waiting for its first step…", look[.text]), clips ?? [])
        }
    }

    private func drawCurves(into grid: inout CellGrid, _ rect: Rect, _ view: TrainView, _ look: Look, _ isFocused: Bool) {
        let (curves, progress) = rect.splitTop(rect.height - 1)
        drawProgress(into: &grid, progress.inset(vertically: 0), view, look)
        let hasEvents = curves.height >= 26
        let failure = hasEvents ? nil : view.failureReason
        let eventHeight = hasEvents ? min(max(5, curves.height / 5), view.events.count + 2, 10) : (failure == nil ? 0 : 4)
        let (plots, events) = curves.splitTop(curves.height - max(eventHeight, hasEvents ? 3 : 0))
        let (upper, lower) = plots.splitTop((plots.height * 6 + 5) / 11)
        let leftWidth = rect.width * 64 / 100
        let (loss, accuracy) = upper.splitLeft(leftWidth)
        let (alpha, rate) = lower.splitLeft(leftWidth)
        drawLoss(into: &grid, loss, view, look, isFocused)
        drawAccuracy(into: &grid, accuracy, view, look)
        drawAlpha(into: &grid, alpha, view, look)
        drawLearningRate(into: &grid, rate, view, look)
        if hasEvents {
            drawEvents(into: &grid, events, view, look)
        } else if let failure {
            let inner = Box("failed").draw(into: &grid, events, look).inset(vertically: 0)
            for (row, line) in CellText.wrapped(failure, inner.width).prefix(inner.height).enumerated() {
                grid.text(line, x: inner.x, y: inner.y + row, look[.bad])
            }
        }
    }

    private var smoothingWeight: Double { TrainPane.smoothings[smoothing] }

    private func drawLoss(into grid: inout CellGrid, _ rect: Rect, _ view: TrainView, _ look: Look, _ isFocused: Bool) {
        var modes = [smoothing == 0 ? "raw" : "smooth \(smoothingWeight)"]
        if isLogarithmic { modes.append("log") }
        let box = Box("\(name) · loss", number: number, right: modes.joined(separator: "   "), isFocused: isFocused)
        let inner = box.draw(into: &grid, rect, look)
        let x = view.steps.map { horizontal($0.step, view) }
        func series(_ name: String, _ mark: Character, _ role: Role, _ value: (StepRecord) -> Double?) -> CurvePlot.Series? {
            // Steps without this loss are left out, so that an alternating loss is one curve and not all gaps.
            var (places, values): ([Double], [Double]) = ([], [])
            for (index, step) in view.steps.enumerated() {
                guard let loss = value(step) else { continue }
                places.append(x[index])
                values.append(loss)
            }
            guard !values.isEmpty else { return nil }
            let smooth = Smoothing.exponential(values, weight: smoothingWeight)
            return CurvePlot.Series(name, mark: mark, role: role, x: places, y: smooth, ghost: smoothing > 0 ? values : nil)
        }
        let curves = [
            series("class loss", "●", .source) { $0.domain == .source ? $0.classLoss : nil },
            series("domain loss", "▲", .adversary) { $0.domainLoss },
        ].compactMap { $0 }
        let hasDomain = curves.contains { $0.role == .adversary }
        CurvePlot(
            curves, references: hasDomain ? [CurvePlot.Reference("ln 2", log(2))] : [], xRange: range(view), isLogarithmic: isLogarithmic,
            xName: isByEpoch ? "epoch" : "step"
        ).draw(into: &grid, inner, look)
    }

    private func drawAccuracy(into grid: inout CellGrid, _ rect: Rect, _ view: TrainView, _ look: Look) {
        let best = view.epochs.last { $0.isBest }
        let inner = Box("accuracy", right: best.map { [Span("best ◆ e\($0.epoch)")] } ?? []).draw(into: &grid, rect, look)
        guard !view.epochs.isEmpty else {
            return grid.notice(Span("after the first epoch", look[.muted]), [], in: inner, look)
        }
        let x = view.epochs.map { isByEpoch ? Double($0.epoch) : Double($0.step) }
        var curves: [CurvePlot.Series] = []
        let source = view.epochs.map(\.source.accuracy)
        curves.append(
            CurvePlot.Series("source", mark: "●", role: .source, x: x, y: source, value: source.last.map(Numbers.share)))
        let target = view.epochs.map { $0.target?.accuracy ?? .nan }
        if let last = target.last(where: { $0.isFinite }) {
            curves.append(CurvePlot.Series("target", mark: "○", role: .target, x: x, y: target, value: Numbers.share(last)))
        }
        if let best {
            let place = isByEpoch ? Double(best.epoch) : Double(best.step)
            curves.append(
                CurvePlot.Series("best", mark: "◆", role: .good, x: [place], y: [best.source.accuracy], isInLegend: false))
        }
        let chance = view.plan.map { $0.labels.isEmpty ? [] : [CurvePlot.Reference("chance", 1 / Double($0.labels.count))] } ?? []
        CurvePlot(
            curves, references: chance, xRange: range(view), yRange: .fixed(0...1), xName: isByEpoch ? "epoch" : "step"
        ).draw(into: &grid, inner, look)
    }

    private func drawAlpha(into grid: inout CellGrid, _ rect: Rect, _ view: TrainView, _ look: Look) {
        let planned = view.plan?.plannedAlpha ?? []
        var right = view.steps.last.map { "applied \(Numbers.three($0.alpha))" } ?? ""
        if let most = planned.max(), rect.width > 56 { right += "   max \(Numbers.three(most))" }
        let title = view.alphaSchedule.isEmpty || rect.width < 60 ? "alpha" : "alpha schedule · \(view.alphaSchedule)"
        let inner = Box(title, right: right).draw(into: &grid, rect, look)
        drawSchedule(into: &grid, inner, view, look, planned: planned, role: .adversary, applied: { $0.alpha }, hasLabel: rect.width > 40)
    }

    private func drawLearningRate(into grid: inout CellGrid, _ rect: Rect, _ view: TrainView, _ look: Look) {
        let planned = view.plan?.plannedLearningRate ?? []
        let right = view.steps.last.map { Numbers.three($0.learningRate) } ?? ""
        let title = view.learningRateSchedule.isEmpty || rect.width < 50 ? "learning rate" : "learning rate · \(view.learningRateSchedule)"
        let inner = Box(title, right: right).draw(into: &grid, rect, look)
        drawSchedule(into: &grid, inner, view, look, planned: planned, role: .text, applied: { $0.learningRate }, hasLabel: false)
    }

    /// The whole planned curve faintly, what was applied so far over it, and the point where the run stands.
    private func drawSchedule(
        into grid: inout CellGrid, _ rect: Rect, _ view: TrainView, _ look: Look, planned: [Double], role: Role,
        applied: (StepRecord) -> Double, hasLabel: Bool
    ) {
        guard !planned.isEmpty || !view.steps.isEmpty else { return }
        let end = horizontal(view.plan?.steps ?? view.step, view)
        let divisions = Double(max(1, planned.count - 1))
        let plan = CurvePlot.Series(
            "planned", mark: "·", role: .muted, x: planned.indices.map { Double($0) / divisions * end }, y: planned)
        let real = CurvePlot.Series(
            "applied", mark: "●", role: role, x: view.steps.map { horizontal($0.step, view) }, y: view.steps.map(applied))
        let now = view.steps.isEmpty ? nil : CurvePlot.Moment(x: horizontal(view.step, view), label: hasLabel ? "now: step \(Numbers.count(view.step))" : "")
        CurvePlot([plan, real].filter { !$0.x.isEmpty }, now: now, xRange: range(view), hasLegend: false).draw(into: &grid, rect, look)
    }

    private func horizontal(_ step: Int, _ view: TrainView) -> Double {
        isByEpoch ? Double(step) / Double(max(1, view.plan?.stepsPerEpoch ?? 1)) : Double(step)
    }

    /// From the run's start to its planned end, so that curves grow to the right and do not shift.
    private func range(_ view: TrainView) -> ClosedRange<Double>? {
        guard let plan = view.plan, plan.steps > 0 else { return nil }
        return 0...horizontal(max(plan.steps, view.step), view)
    }
}
