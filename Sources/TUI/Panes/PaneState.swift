// What a pane has to show: what it is for, or a notice in its place, which the workbench's frame draws.
import Viz

public enum PaneState: Sendable, Equatable {
    /// A line that says what is being read.
    case loading(String)
    /// There is nothing yet: a heading, and lines that say what to do.
    case empty(String, role: Role = .title, [String])
    /// What went wrong, and why.
    case failed(String, [String])
    /// The pane draws itself.
    case ready

    static let readingStore = PaneState.loading("reading the store…")
    static let noRuns = PaneState.empty(
        "No runs yet", ["emolab train EXPERIMENT.toml starts one,", "emolab demo makes corpora and trains on them."])

    static let noRun = PaneState.empty(
        "No run yet", ["emolab demo trains one on two small corpora,", "emolab train EXPERIMENT.toml your own."])

    fileprivate var notice: (heading: String, role: Role, lines: [String])? {
        switch self {
        case .loading(let heading): (heading, .muted, [])
        case .empty(let heading, let role, let lines): (heading, role, lines)
        case .failed(let heading, let lines): (heading, .bad, lines)
        case .ready: nil
        }
    }
}

extension Workbench {
    /// The pane's state. Where the store cannot be read that goes before all that the pane knows.
    func state(of pane: any Pane) -> PaneState {
        if let failure = models[StoreFailure.self].text, pane.needsStore(models) { return .failed("The store cannot be read", [failure]) }
        return pane.state(models)
    }

    /// The one place where panes are drawn: a pane that is ready draws itself, else its notice stands in a box with its name.
    mutating func drawPane(_ index: Int, into grid: inout CellGrid, _ rect: Rect, isFocused: Bool) {
        guard let notice = state(of: panes[index]).notice else {
            return grid.clipped(to: rect) { panes[index].draw(into: &$0, rect, models, look, isFocused: isFocused) }
        }
        grid.clipped(to: rect) { grid in
            let isBoxed = rect.height >= 6 && rect.width >= 24
            let box = Box(panes[index].name.title, key: panes[index].key, isFocused: isFocused)
            let inner = isBoxed ? box.draw(into: &grid, rect, look) : rect
            grid.notice(Span(notice.heading, look[notice.role]), notice.lines, in: inner, look)
        }
    }
}
