// Pane Confusion: confusion matrices of both domains, epoch by epoch, against another run or epoch; from a cell to its clips.
import Corpora
import Records
import Viz

extension Command {
    static let cellUp = Command("confusion.up")
    static let cellDown = Command("confusion.down")
    static let cellLeft = Command("confusion.left")
    static let cellRight = Command("confusion.right")
    static let openCell = Command("confusion.open")
    static let toggleShares = Command("confusion.shares")
    static let otherDomain = Command("confusion.domain")
    static let epochBefore = Command("confusion.epochBefore")
    static let epochAfter = Command("confusion.epochAfter")
    static let standingEpoch = Command("confusion.standing")
    static let difference = Command("confusion.difference")
    static let measure = Command("confusion.measure")
}

public struct ConfusionPane: Pane {
    public let name = PaneName.confusion

    /// What is subtracted.
    enum Baseline: Equatable { case run(Int64), epoch(Int) }

    enum Measure: CaseIterable {
        case recall, precision, f1
        var title: String { self == .f1 ? "F1" : self == .recall ? "recall" : "precision" }
    }

    /// The matrix with the cursor; nil until chosen: the target's where there is one.
    var chosenDomain: Domain?
    var row = 0
    var column = 0
    var showsShares = true
    /// nil follows the run: its newest epoch, or the best where it is over.
    var chosenEpoch: Int?
    var baseline: Baseline?
    var measure = Measure.recall
    private var run: Int64?

    public init() {}

    public let bindings: [KeyBinding] = [
        KeyBinding([.up, .character("k")], .cellUp, "cell", "Cell above", footerKeys: "↑↓←→"),
        KeyBinding([.down, .character("j")], .cellDown, "", "Cell below"),
        KeyBinding([.left, .character("h")], .cellLeft, "", "Cell to the left"),
        KeyBinding([.right, .character("l")], .cellRight, "", "Cell to the right"),
        KeyBinding([.enter], .openCell, "clips", "Open the clips of the cell in Errors"),
        KeyBinding([.character("r"), .character("%")], .toggleShares, "counts/row %", "Counts, or shares of a row"),
        KeyBinding([.character("d")], .difference, "difference", "Subtract a marked run, the parent or another epoch; the next one; none"),
        KeyBinding([.character("[")], .epochBefore, "epoch", "Epoch before", footerKeys: "[ ]"),
        KeyBinding([.character("]")], .epochAfter, "", "Epoch after"),
        KeyBinding([.character("b")], .standingEpoch, "best", "Back to the best epoch, or to the newest of a run under way"),
        KeyBinding([.character("x")], .otherDomain, "source/target", "Cursor into the other domain's matrix"),
        KeyBinding([.character("f")], .measure, "measure", "Recall, precision or F1 of each class"),
    ]

    // MARK: What is shown

    func domain(_ run: RunMatrices) -> Domain { chosenDomain ?? (run.hasTarget ? .target : .source) }

    func epoch(_ run: RunMatrices) -> RunMatrices.Epoch? { chosenEpoch.flatMap(run.epoch) ?? run.standing }

    /// Where most clips of the cursor's matrix are mistaken: a good place to begin.
    private func commonestError(_ run: RunMatrices) -> (row: Int, column: Int) {
        var (most, place) = (0, (row: 0, column: 0))
        for (row, counts) in (epoch(run)?[domain(run)] ?? []).enumerated() {
            for (column, count) in counts.enumerated() where column != row && count > most { (most, place) = (count, (row, column)) }
        }
        return place
    }

    /// What is subtracted, where it is there and has the same classes.
    func subtracted(_ view: MatricesView) -> (epoch: RunMatrices.Epoch, words: String)? {
        guard let run = view.shown else { return nil }
        switch baseline {
        case nil: return nil
        case .epoch(let number): return run.epoch(number).map { ($0, "epoch \(number)") }
        case .run(let id):
            guard let other = view.other, other.run == id, other.labels == run.labels, let epoch = other.standing else { return nil }
            return (epoch, "run \(id) epoch \(epoch.epoch)")
        }
    }

    /// Why there is no difference although one is asked for.
    func problem(_ view: MatricesView) -> String? {
        guard case .run(let id) = baseline, subtracted(view) == nil, let run = view.shown else { return nil }
        guard let other = view.other, other.run == id else { return view.wanted == id ? "run \(id) was deleted" : "reading run \(id)…" }
        return other.labels == run.labels ? "run \(id) has no epoch yet" : "run \(id) has other classes"
    }

    /// What can be subtracted, in the order of `d`.
    func baselines(_ models: Models) -> [Baseline] {
        guard let run = models[MatricesView.self].shown, let shown = epoch(run) else { return [] }
        let marked = models[MarkedRuns.self].runs.filter { $0 != run.run }
        let others = marked.isEmpty ? [run.parent].compactMap(\.self) : marked
        let epochs = [run.best, run.epochs.first?.epoch].compactMap(\.self).filter { $0 != shown.epoch }
        return others.map(Baseline.run) + (epochs.count == 2 && epochs[0] == epochs[1] ? [epochs[0]] : epochs).map(Baseline.epoch)
    }

    /// Clips of the cell under the cursor, the most confident first; nil where those of this epoch are not kept.
    func clips(_ models: Models) -> [AnswersView.Row]? {
        let view = models[MatricesView.self], answers = models[AnswersView.self]
        guard let run = view.shown, let shown = epoch(run), answers.run == run.run, let kept = answers.epoch(shown.epoch) else {
            return nil
        }
        let domain = domain(run)
        return kept.rows.filter { $0.domain == domain && $0.truth == row && $0.predicted == column }.sorted {
            $0.confidence != $1.confidence ? $0.confidence > $1.confidence : $0.name < $1.name
        }
    }

    // MARK: Commands

    public func isAvailable(_ command: Command, _ models: Models) -> Bool {
        guard let run = models[MatricesView.self].shown, let shown = epoch(run) else { return false }
        switch command {
        case .openCell: return clips(models)?.isEmpty == false
        case .epochBefore: return run.epochs.first.map { $0.epoch < shown.epoch } ?? false
        case .epochAfter: return run.epochs.last.map { $0.epoch > shown.epoch } ?? false
        case .standingEpoch: return run.standing?.epoch != shown.epoch
        case .otherDomain: return run.hasTarget
        case .difference: return baseline != nil || !baselines(models).isEmpty
        default: return true
        }
    }

    public mutating func handle(_ command: Command, _ models: Models) -> [Effect] {
        guard let run = models[MatricesView.self].shown, let shown = epoch(run), isAvailable(command, models) else { return [] }
        let last = max(0, run.labels.count - 1)
        switch command {
        case .cellUp: row = max(0, row - 1)
        case .cellDown: row = min(last, row + 1)
        case .cellLeft:
            // Over the edge into the other matrix, as they stand side by side.
            if column == 0, domain(run) == .target { (chosenDomain, column) = (.source, last) } else { column = max(0, column - 1) }
        case .cellRight:
            if column == last, domain(run) == .source, run.hasTarget {
                (chosenDomain, column) = (.target, 0)
            } else {
                column = min(last, column + 1)
            }
        case .openCell: return [.open(pane: .errors, ClipsTopic(run: run.run, domain: domain(run), truth: row, predicted: column))]
        case .toggleShares: showsShares.toggle()
        case .otherDomain: chosenDomain = domain(run) == .source ? .target : .source
        case .epochBefore: chosenEpoch = run.epochs.last { $0.epoch < shown.epoch }?.epoch
        case .epochAfter: chosenEpoch = run.epochs.first { $0.epoch > shown.epoch }?.epoch
        case .standingEpoch: chosenEpoch = nil
        case .measure: measure = Measure.allCases[(Measure.allCases.firstIndex(of: measure)! + 1) % Measure.allCases.count]
        case .difference: return nextBaseline(models)
        default: break
        }
        return []
    }

    private mutating func nextBaseline(_ models: Models) -> [Effect] {
        let all = baselines(models)
        let next = baseline.flatMap { all.firstIndex(of: $0) }.map { $0 + 1 } ?? (baseline == nil ? 0 : all.count)
        baseline = all.indices.contains(next) ? all[next] : nil
        guard case .run(let id) = baseline else { return [.ask(ComparisonRequest(run: nil))] }
        return [.ask(ComparisonRequest(run: id))]
    }

    /// Counts of both domains, a line a cell.
    public func table(_ models: Models) -> PaneTable? {
        guard let run = models[MatricesView.self].shown, let shown = epoch(run) else { return nil }
        var rows: [[DataValue]] = []
        for domain in Domain.allCases {
            guard let counts = shown[domain] else { continue }
            for (truth, row) in counts.enumerated() {
                let all = row.reduce(0, +)
                for (predicted, count) in row.enumerated() {
                    let share = all > 0 ? Double(count) / Double(all) : nil
                    rows.append([
                        DataValue(run.run), DataValue(shown.epoch), DataValue(domain.rawValue), DataValue(run.labels[truth]),
                        DataValue(run.labels[predicted]), DataValue(count), DataValue(share),
                    ])
                }
            }
        }
        return rows.isEmpty
            ? nil : PaneTable(header: ["run", "epoch", "domain", "truth", "predicted", "clips", "share_of_truth"], rows: rows)
    }

    public var memory: PaneMemory { ["values": showsShares ? "shares" : "counts", "measure": measure.title] }

    public mutating func restore(_ memory: PaneMemory) {
        if let values = memory["values"], ["shares", "counts"].contains(values) { showsShares = values == "shares" }
        if let known = Measure.allCases.first(where: { $0.title == memory["measure"] }) { measure = known }
    }

    public mutating func receive(_ models: Models) -> [Effect] {
        let view = models[MatricesView.self]
        guard let shown = view.shown else { return [] }
        if shown.run != run {
            // Another run: what was chosen of the one before means nothing here.
            let hadOther = baseline != nil
            (run, chosenEpoch, baseline) = (shown.run, nil, nil)
            (row, column) = commonestError(shown)
            if hadOther { return [.ask(ComparisonRequest(run: nil))] }
        }
        let last = max(0, shown.labels.count - 1)
        (row, column) = (min(row, last), min(column, last))
        if chosenDomain == .target, !shown.hasTarget { chosenDomain = nil }
        return []
    }
}
