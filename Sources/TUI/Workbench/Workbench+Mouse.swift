// The mouse: a click focuses a place and selects in it, or presses a key of the footer; the wheel moves what lies under it.

extension Workbench {
    /// Rows that one notch of the wheel moves.
    static let wheelRows = 3

    public mutating func handle(_ input: Input) -> [Effect] {
        switch input {
        case .key(let key): return handle(key)
        case .click(let x, let y): return hasMouse ? click(x, y) : []
        case .wheel(let x, let y, let rows): return hasMouse ? wheel(x, y, rows) : []
        }
    }

    private mutating func click(_ x: Int, _ y: Int) -> [Effect] {
        guard overlay == nil else { return [] }
        if y == screen.height - 1 {
            guard let command = footerCells.first(where: { $0.cells.contains(x) })?.command else { return [] }
            clearMessage()
            return perform(command)
        }
        guard let index = paneIndex(at: x, y) else { return [] }
        clearMessage()
        if panes[index].name != layout.focused { layout.show(panes[index].name) }
        return settled(panes[index].click(x: x, y: y, models))
    }

    private mutating func wheel(_ x: Int, _ y: Int, _ rows: Int) -> [Effect] {
        guard overlay == nil else {
            if case .question = overlay { return [] }
            return handle(rows > 0 ? Key.down : .up)
        }
        guard let index = paneIndex(at: x, y) else { return [] }
        return settled(panes[index].scroll(rows, models))
    }

    private func paneIndex(at x: Int, _ y: Int) -> Int? {
        let place = layout.places(in: body).first { $0.rect.contains(x, y) }
        return place.flatMap { place in panes.firstIndex { $0.name == place.pane } }
    }
}
