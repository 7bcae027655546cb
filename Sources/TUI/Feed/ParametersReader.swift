// From the shown run's row, its parent's and its orders to the Parameters pane's model.
import Records
import Store

struct ParametersReader: StoreReader {
    let experiments: any ExperimentReader
    private var isTold = false
    private var view = ParametersView()
    private var text: String?
    /// The parent's experiment in the view, as text: a parent under way takes live changes.
    private var parentText: String?

    init(experiments: any ExperimentReader) { self.experiments = experiments }

    mutating func read(_ turn: StoreTurn) throws -> [any PaneModel] {
        guard turn.runsChanged || turn.isListDue || turn.shown != view.run?.id || !view.isLoaded else { return [] }
        var fresh = view
        fresh.isLoaded = true
        guard let shown = turn.shown, let stored = try turn.store.run(shown) else {
            (text, parentText) = (nil, nil)
            fresh = ParametersView()
            fresh.isLoaded = true
            return changed(fresh)
        }
        fresh.run = ParametersView.Run(
            id: stored.id, name: stored.summary.name, state: TrainView.State(stored.summary), parent: stored.summary.parent)
        if stored.experiment != text || fresh.run?.id != view.run?.id {
            text = stored.experiment
            do {
                fresh.experiment = try experiments.read(stored.experiment)
                fresh.problem = nil
            } catch {
                fresh.experiment = nil
                fresh.problem = "\(error)"
            }
        }
        let parent = try stored.summary.parent.flatMap { try turn.store.run($0) }?.experiment
        if parent != parentText {
            parentText = parent
            fresh.parentExperiment = parent.flatMap { try? experiments.read($0) }
        }
        fresh.changes = try turn.store.orders(run: shown).suffix(50).reversed().compactMap(ParametersReader.change)
        return changed(fresh)
    }

    private mutating func changed(_ fresh: ParametersView) -> [any PaneModel] {
        guard fresh != view else { return [] }
        view = fresh
        defer { isTold = true }
        return isTold ? [fresh] : [ExperimentEditing(experiments), fresh]
    }

    private static func change(_ order: StoredOrder) -> ParametersView.Change? {
        guard case .set(let key, let value) = order.order else { return nil }
        let text = order.text ?? ""
        let state: ParametersView.Change.State =
            switch order.state {
            case .pending, .taken: .waiting
            case .lapsed: .lapsed
            case .applied: .applied
            case .refused: .refused
            }
        return ParametersView.Change(id: order.id, key: key, value: value, state: state, step: order.step, text: text)
    }
}
