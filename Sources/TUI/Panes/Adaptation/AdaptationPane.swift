// Pane Adaptation: is the adaptation healthy: discriminator, domain loss, alpha, gap, recalls, measured distances, and what they mean in words.
import Corpora
import Foundation
import Records
import Viz

extension Command {
    static let nextEpoch = Command("epochs.next")
    static let previousEpoch = Command("epochs.previous")
    static let firstEpoch = Command("epochs.first")
    static let lastEpoch = Command("epochs.last")
    static let copyEvaluation = Command("adaptation.copyEvaluation")
}

public struct AdaptationPane: Pane {
    public let name = PaneName.adaptation

    enum Plot: CaseIterable { case discriminator, domainLoss, gap, alpha, recall, measures }

    /// The epoch that is looked at; nil is the newest, also when a newer comes.
    private(set) var epoch: Int?
    private(set) var zoomed: Plot?
    /// Whose epochs those are.
    private var run: Int64?

    public init() {}

    public let bindings: [KeyBinding] = [
        KeyBinding(
            [.character("h"), .left], .previousEpoch, "epoch", "The epoch before: figures and words as the run stood then",
            footerKeys: "h/l"),
        KeyBinding([.character("l"), .right], .nextEpoch, "", "The epoch after"),
        KeyBinding([.character("g"), .home], .firstEpoch, "", "The first epoch"),
        KeyBinding([.character("G"), .end], .lastEpoch, "", "The newest epoch, also when further ones come"),
        KeyBinding([.character("f"), .enter], .zoomPlot, "full", "The next plot alone in the whole pane, then all again"),
        KeyBinding([.escape], .leaveCursor, "back", "Back to the newest epoch, then to all plots"),
        KeyBinding([.character("c")], .copyEvaluation, "copy eval", "Copy the command that measures this run's domain distance"),
        KeyBinding([.character("]")], .nextRun, "", "Older run"),
        KeyBinding([.character("[")], .previousRun, "run", "Newer run", footerKeys: "[ ]"),
    ]

    public func isAvailable(_ command: Command, _ models: Models) -> Bool {
        let view = models[TrainView.self]
        switch command {
        case .leaveCursor: return epoch != nil || zoomed != nil
        case .copyEvaluation: return !view.epochs.isEmpty
        case .nextRun, .previousRun: return view.runs.count > 1
        case .nextEpoch, .lastEpoch: return epoch != nil
        default: return !view.epochs.isEmpty
        }
    }

    public mutating func handle(_ command: Command, _ models: Models) -> [Effect] {
        let view = models[TrainView.self]
        switch command {
        case .previousEpoch: step(-1, view)
        case .nextEpoch: step(1, view)
        case .firstEpoch: epoch = view.epochs.first?.epoch
        case .lastEpoch: epoch = nil
        case .zoomPlot:
            let there = plots(view)
            let next = zoomed.map { (there.firstIndex(of: $0) ?? there.count) + 1 } ?? 0
            zoomed = next < there.count ? there[next] : nil
        case .leaveCursor: if epoch != nil { epoch = nil } else { zoomed = nil }
        case .copyEvaluation:
            guard let run = view.run, isAvailable(command, models) else { return [] }
            return [.copy("emolab eval \(run.id)"), .say("copied: emolab eval \(run.id)")]
        case .nextRun: return view.choosing(1)
        case .previousRun: return view.choosing(-1)
        default: break
        }
        return []
    }

    private mutating func step(_ by: Int, _ view: TrainView) {
        guard let last = view.epochs.indices.last else { return }
        let at = epoch.flatMap { epoch in view.epochs.lastIndex { $0.epoch <= epoch } } ?? last
        let next = at + by
        epoch = next >= last ? nil : view.epochs[max(0, next)].epoch
    }

    public mutating func receive(_ models: Models) -> [Effect] {
        let shown = models[TrainView.self].run?.id
        if shown != run { (run, epoch) = (shown, nil) }
        return []
    }

    /// Those that this run has something for.
    func plots(_ view: TrainView) -> [Plot] {
        guard view.aligns else { return [.gap, .recall, .measures] }
        return Plot.allCases.filter { $0 != .discriminator || view.epochs.contains { $0.source(view.head)?.domainAccuracy != nil } }
    }

    func record(_ view: TrainView) -> EpochRecord? {
        epoch.flatMap { epoch in view.epochs.last { $0.epoch <= epoch } } ?? view.epochs.last
    }

    /// The evaluation of the run that is shown.
    func evaluation(_ models: Models) -> EvaluationView? {
        let evaluation = models[EvaluationView.self]
        return evaluation.run == models[TrainView.self].run?.id && evaluation.report != nil ? evaluation : nil
    }

    public func table(_ models: Models) -> PaneTable? {
        let view = models[TrainView.self]
        guard !view.epochs.isEmpty else { return nil }
        let labels = view.labels
        let header =
            ["epoch", "alpha", "source_named", "target_named", "source_accuracy", "target_accuracy", "gap"]
            + labels.flatMap { ["source_recall_\($0)", "target_recall_\($0)"] } + ["finding", "meaning"]
        return PaneTable(
            header: header,
            rows: view.epochs.map { epoch in
                let figures = AdaptationFigures(view, epoch: epoch.epoch, evaluation: evaluation(models)?.report)
                let diagnosis = AdaptationDiagnosis(figures)
                let numbers = [
                    figures.alpha, figures.sourceNamed, figures.targetNamed, figures.sourceAccuracy, figures.targetAccuracy, figures.gap,
                ]
                return [DataValue(epoch.epoch)] + numbers.map { DataValue($0) }
                    + ClassRecall.all(epoch, view.head, labels).flatMap { [DataValue($0.source), DataValue($0.target)] }
                    + [DataValue(diagnosis.finding.rawValue), DataValue(diagnosis.meaning)]
            })
    }

    // MARK: Drawing

    public func state(_ models: Models) -> PaneState {
        let view = models[TrainView.self]
        guard let run = view.run else { return .noRuns }
        guard view.epochs.isEmpty else { return .ready }
        let hint = view.plan == nil || view.aligns ? "Whether it adapts well is told after the first." : "This run does not adapt."
        let lines = [RunAdvice.words(run.state, run: run.id, models.keys) ?? hint]
        if run.state.isEnd { return .failed("✗ run \(run.id) ended before its first epoch", lines) }
        return .empty("run \(run.id) " + (run.state.isLive ? "has no epoch yet" : "ended before its first epoch"), role: .text, lines)
    }

    public mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool) {
        let view = models[TrainView.self]
        let evaluation = evaluation(models)
        let figures = AdaptationFigures(view, epoch: epoch, evaluation: evaluation?.report)
        let diagnosis = AdaptationDiagnosis(figures)
        let pen = AdaptationPen(pane: self, view: view, figures: figures, diagnosis: diagnosis, evaluation: evaluation, look: look)
        guard rect.width >= 60, rect.height >= 14 else { return pen.drawSmall(into: &grid, rect) }
        let words = pen.words(rect.width - 6)
        let (top, rest) = rect.splitTop(min(words.count, rect.height < 20 ? 3 : 5) + 2)
        pen.drawVerdict(into: &grid, top, words, isFocused: isFocused)
        if let zoomed, plots(view).contains(zoomed) { return pen.draw(zoomed, into: &grid, rest) }
        let there = plots(view)
        let columns = rect.width >= 110 ? 3 : 2
        // Where not all fit, the first are those that matter most.
        let wanted: [Plot] =
            there.count <= 3
            ? there
            : columns == 3
                ? [.discriminator, .domainLoss, .recall, .gap, .alpha, .measures].filter(there.contains)
                : [there.contains(.discriminator) ? .discriminator : .domainLoss, .recall, .gap, .measures]
        let perRow = wanted.count == 3 && columns == 3 ? 3 : wanted.count == 5 ? 3 : wanted.count <= 3 ? 2 : wanted.count / 2
        let rows = stride(from: 0, to: wanted.count, by: perRow).map { Array(wanted[$0..<min($0 + perRow, wanted.count)]) }
        var area = rest
        for (index, row) in rows.enumerated() {
            let height = index == rows.count - 1 ? area.height : (area.height + 1) / (rows.count - index)
            var (line, below) = area.splitTop(height)
            for (place, plot) in row.enumerated() {
                let (box, right) = line.splitLeft(place == row.count - 1 ? line.width : line.width / (row.count - place))
                pen.draw(plot, into: &grid, box)
                line = right
            }
            swap(&area, &below)
        }
    }
}
