// Pane Runs: every run as a table that filters and sorts, seeds grouped, marked runs side by side.
import Corpora
import Records
import Store
import Viz

extension Command {
    static let showRun = Command("runs.show")
    static let markRun = Command("runs.mark")
    static let unmarkRuns = Command("runs.unmark")
    static let groupSeeds = Command("runs.groupSeeds")
    static let showParameters = Command("runs.parameters")
    static let deleteRun = Command("runs.delete")
}

/// The run that was chosen in the list; its curves are shown by the Train pane.
public struct RunTopic: Topic, Equatable {
    public var run: Int64
    public init(run: Int64) { self.run = run }
}

public struct RunsPane: Pane {
    public let name = PaneName.runs

    var runs = TableState<RunRow>()
    var groups = TableState<RunGroup>()
    private(set) var isGrouped = false
    /// Of the marked runs, where there is room for one of the two.
    private var showsDifferences = false
    /// Both had room when the pane was drawn last.
    private(set) var showsBothFigures = false
    /// The rows of the grouped table.
    private(set) var groupRows: [RunGroup] = []
    private var version = -1
    private var seedGroups = SeedGroups()
    private var compared: [Int64] = []
    /// The shown run as it was last, and whether the cursor stood on it after the last key.
    private var shown: Int64?
    private var isOnShown = true

    public init() {}

    public let bindings: [KeyBinding] =
        TableState<RunRow>.bindings(rows: "the runs") + [
            KeyBinding([.enter], .showRun, "show", "Show the run in all panes, and its curves"),
            KeyBinding([.character(" ")], .markRun, "mark", "Mark the run, or all runs of the group, for comparing; again takes it back"),
            KeyBinding([.character("c")], .unmarkRuns, "clear", "Take all marks away"),
            KeyBinding([.character("b")], .groupSeeds, "seeds", "Runs that differ in their seed alone as one row, mean ± sd, and back"),
            KeyBinding(
                [.character("a")], .nextFigure, "figure",
                "Metrics of the marked runs, or parameters that differ, where there is room for one"),
            KeyBinding([.character("v")], .showParameters, "parameters", "The run's experiment as a form"),
            KeyBinding([.character("D"), .delete], .deleteRun, "delete", "Delete the run (asks)"),
        ]

    public var entry: TextEntry? { isGrouped ? groups.entry : runs.entry }

    /// The run under the cursor; of a group its newest.
    func selectedRun(_ models: Models) -> RunRow? {
        let view = models[RunsView.self]
        guard isGrouped else { return runs.selectedRow(view.rows) }
        return groups.selectedRow(groupRows)?.runs.first.flatMap { id in view.rows.first { $0.id == id } }
    }

    public func isAvailable(_ command: Command, _ models: Models) -> Bool {
        let view = models[RunsView.self]
        switch command {
        case .showRun, .markRun, .showParameters: return selectedRun(models) != nil
        case .deleteRun: return !isGrouped && selectedRun(models).map { !$0.state.isLive } ?? false
        case .unmarkRuns: return !models[MarkedRuns.self].runs.isEmpty
        case .groupSeeds: return !view.rows.isEmpty
        case .nextFigure: return models[ComparedRuns.self].runs.count > 1
        default: return (isGrouped ? groups.isAvailable(command, groupRows) : runs.isAvailable(command, view.rows)) ?? true
        }
    }

    public mutating func handle(_ command: Command, _ models: Models) -> [Effect] {
        let view = models[RunsView.self]
        switch command {
        case .showRun:
            guard let run = selectedRun(models) else { return [] }
            return [.ask(RunRequest(run: run.id)), .open(pane: .train, RunTopic(run: run.id))]
        case .showParameters:
            guard let run = selectedRun(models) else { return [] }
            return [.ask(RunRequest(run: run.id)), .open(pane: .parameters, ParametersTopic(run: run.id))]
        case .markRun: return mark(models)
        case .unmarkRuns: return models[MarkedRuns.self].runs.isEmpty ? [] : [.share(MarkedRuns())]
        case .nextFigure: showsDifferences.toggle()
        case .groupSeeds:
            guard isGrouped || !view.rows.isEmpty else { return [] }
            let run = selectedRun(models)?.id, group = isGrouped ? groups.selectedRow(groupRows)?.runs ?? [] : []
            isGrouped.toggle()
            refresh(models)
            // The cursor stays with its run; out of a group it goes back to the run that it came from.
            if isGrouped {
                select(run, models)
            } else if !group.contains(runs.selectedRow(view.rows)?.id ?? 0) {
                select(group.first, models)
            }
        case .deleteRun: return isAvailable(command, models) ? selectedRun(models).map { [.confirm(Self.deletion(of: $0))] } ?? [] : []
        default:
            if isGrouped { _ = groups.handle(command, groupRows) } else { _ = runs.handle(command, view.rows) }
        }
        isOnShown = isSelected(shown, models)
        return []
    }

    /// Whether the cursor stands on the run, or on its group.
    private func isSelected(_ run: Int64?, _ models: Models) -> Bool {
        guard let run else { return true }
        return isGrouped
            ? groups.selectedRow(groupRows)?.runs.contains(run) ?? false : runs.selectedRow(models[RunsView.self].rows)?.id == run
    }

    private mutating func select(_ run: Int64?, _ models: Models) {
        guard let run else { return }
        if isGrouped {
            if let group = groupRows.first(where: { $0.runs.contains(run) }) { groups.select(id: group.id, groupRows) }
        } else {
            runs.select(id: run, models[RunsView.self].rows)
        }
    }

    private func mark(_ models: Models) -> [Effect] {
        var marked = models[MarkedRuns.self]
        let wanted: [Int64] = isGrouped ? groups.selectedRow(groupRows)?.runs ?? [] : selectedRun(models).map { [$0.id] } ?? []
        guard !wanted.isEmpty else { return [] }
        if wanted.allSatisfy(marked.runs.contains) {
            marked.runs.removeAll(where: wanted.contains)
        } else {
            marked.runs += wanted.filter { !marked.runs.contains($0) }
        }
        let tooMany = marked.runs.count > ComparedRuns.most
        return [.share(marked)] + (tooMany ? [.say("\(marked.runs.count) runs marked; the first \(ComparedRuns.most) are compared")] : [])
    }

    private static func deletion(of run: RunRow) -> Question {
        Question(
            "Delete run \(run.id)?", "“\(CellText.fitted(run.title, 40))”: its scores, curves and predictions are gone for good.",
            [
                Question.Choice(.character("d"), "delete, keep its folder", [.ask(DeleteRun(run: run.id, withFolder: false))]),
                Question.Choice(.character("f"), "delete with folder and weights", [.ask(DeleteRun(run: run.id, withFolder: true))]),
            ])
    }

    public mutating func type(_ key: Key, _ models: Models) -> [Effect] {
        if isGrouped { groups.type(key, groupRows) } else { runs.type(key, models[RunsView.self].rows) }
        isOnShown = isSelected(shown, models)
        return []
    }

    public func copyText(_ models: Models) -> String? {
        guard !isGrouped, let row = selectedRun(models) else { return nil }
        return row.exportValues.tabSeparated
    }

    public func table(_ models: Models) -> PaneTable? { isGrouped ? groups.table(groupRows) : runs.table(models[RunsView.self].rows) }

    public mutating func click(x: Int, y: Int, _ models: Models) -> [Effect] {
        if isGrouped { groups.click(x: x, y: y, groupRows) } else { runs.click(x: x, y: y, models[RunsView.self].rows) }
        isOnShown = isSelected(shown, models)
        return []
    }

    // MARK: Rows

    public mutating func receive(_ models: Models) -> [Effect] {
        let view = models[RunsView.self], groups = models[SeedGroups.self]
        if view.version != version || groups != seedGroups {
            version = view.version
            seedGroups = groups
            refresh(models)
            // Nobody can compare with a run that is gone.
            let marked = models[MarkedRuns.self].runs, left = marked.filter { id in !view.isComplete || view.rows.contains { $0.id == id } }
            if left != marked { return [.share(MarkedRuns(runs: left))] }
        }
        follow(models)
        let marked = Array(models[MarkedRuns.self].runs.prefix(ComparedRuns.most))
        guard marked != compared else { return [] }
        compared = marked
        return [.ask(CompareRequest(runs: marked))]
    }

    /// Another run is shown: the cursor goes along where the user turned to that run, and where it stood on the shown one.
    private mutating func follow(_ models: Models) {
        let train = models[TrainView.self]
        guard let run = train.run?.id, run != shown, models[RunsView.self].rows.contains(where: { $0.id == run }) else { return }
        shown = run
        if train.isChosen || isOnShown { select(run, models) }
        isOnShown = isSelected(run, models)
    }

    public func shows(_ models: Models) -> [any StandingRequest] { isGrouped ? [SeedGroupsRequest()] : [] }

    private mutating func refresh(_ models: Models) {
        let view = models[RunsView.self]
        runs.refresh(view.rows)
        guard isGrouped else { return }
        groupRows = RunGroup.all(view.rows, seedGroups)
        groups.refresh(groupRows)
    }

    // MARK: Drawing

    public mutating func draw(into grid: inout CellGrid, _ rect: Rect, _ models: Models, _ look: Look, isFocused: Bool) {
        let marked = models[ComparedRuns.self].runs
        showsBothFigures = rect.width >= 100 && rect.height >= 16
        if rect.width < 60 || rect.height < 16 {
            drawTable(into: &grid, rect, models, look, isFocused)
        } else if rect.width >= 160, rect.height >= 24 {
            let (left, right) = rect.splitLeft(rect.width * 58 / 100)
            drawTable(into: &grid, left, models, look, isFocused)
            if marked.count > 1 {
                let (upper, lower) = right.splitTop(min(right.height / 2, marked.count * 2 + 8))
                drawMetrics(into: &grid, upper, marked, look)
                drawDifferences(into: &grid, lower, marked, look)
            } else {
                let (upper, lower) = right.splitTop(min(right.height, 18))
                drawDetails(into: &grid, upper, models, look)
                if lower.height > 4 { drawHint(into: &grid, lower, look, models.keys) }
            }
        } else {
            let below = marked.count > 1 ? max(9, rect.height * 2 / 5) : rect.height < 26 ? 8 : 10
            let (upper, lower) = rect.splitTop(rect.height - below)
            drawTable(into: &grid, upper, models, look, isFocused)
            if marked.count < 2 {
                drawDetails(into: &grid, lower, models, look)
            } else if rect.width < 100 {
                if showsDifferences {
                    drawDifferences(into: &grid, lower, marked, look)
                } else {
                    drawMetrics(into: &grid, lower, marked, look)
                }
            } else {
                let (left, right) = lower.splitLeft(lower.width / 2)
                drawMetrics(into: &grid, left, marked, look)
                drawDifferences(into: &grid, right, marked, look)
            }
        }
    }
}

/// Deletes a run that no process holds.
struct DeleteRun: StoreAction {
    var run: Int64
    var withFolder: Bool

    func perform(_ store: RunStore) throws -> String? {
        try store.deleteRun(run, withFolder: withFolder)
        return "run \(run) deleted" + (withFolder ? " with its folder" : "; its folder stays")
    }
}
