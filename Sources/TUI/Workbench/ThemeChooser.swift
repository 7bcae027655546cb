// The list of themes: the whole screen shows each as the cursor comes to it, Enter keeps it, Esc brings back what was.
import Viz

struct ThemeChooser: Sendable {
    let themes: [Theme]
    /// Stand below the themes; the cursor on one says why.
    let broken: [ThemeLibrary.Broken]
    /// What Esc brings back.
    let before: Theme
    var selected: Int

    private var count: Int { themes.count + broken.count }
    /// Why what is under the cursor is no theme; nil where it is one.
    var problem: ConfigProblem? { broken.indices.contains(selected - themes.count) ? broken[selected - themes.count].problem : nil }

    /// Moves the cursor, or as far as it goes.
    mutating func select(_ row: Int) { selected = max(0, min(row, count - 1)) }
    var last: Int { count - 1 }

    init(themes: [Theme], broken: [ThemeLibrary.Broken] = [], current: Theme) {
        (self.themes, self.broken) = (themes, broken)
        before = current
        selected = themes.firstIndex { $0.name == current.name } ?? 0
    }

    func draw(into grid: inout CellGrid, _ body: Rect, _ look: Look) {
        let width = min(body.width, 46)
        let height = min(body.height, count + 2)
        // At the right, so that most of the screen shows the theme.
        let rect = Rect(x: body.endX - width, y: body.y + (body.height - height) / 2, width: width, height: height)
        grid.fill(rect, Cell(" ", background: look.theme.background))
        let inner = Box("themes", right: "\(Key.enter.name) keeps", isFocused: true).draw(into: &grid, rect, look).inset(vertically: 0)
        let first = TableView.window(offset: 0, selected: selected, count: count, height: inner.height)
        for row in 0..<max(0, min(inner.height, count - first)) {
            let y = inner.y + row
            let isSelected = first + row == selected
            if isSelected { grid.tint(Rect(x: inner.x - 1, y: y, width: inner.width + 2, height: 1), look[.selection]) }
            guard themes.indices.contains(first + row) else {
                let one = broken[first + row - themes.count], under = isSelected ? look[.selection] : Ink.plain
                let used = grid.text("✗ \(one.name)  ", x: inner.x, y: y, look[.bad].on(under), limit: inner.width)
                grid.text(one.problem.reason, x: inner.x + used, y: y, look[.muted].on(under), limit: inner.width - used)
                continue
            }
            let theme = themes[first + row]
            grid.text(theme.name, x: inner.x, y: y, look[.text].on(isSelected ? look[.selection] : .plain), limit: min(inner.width, 20))
            guard inner.width >= 40 else { continue }
            // Each theme's own colours: its roles, then its gradient.
            let swatch = Look(theme: theme, colours: look.colours, glyphs: look.glyphs)
            let roles: [(Character, Role)] = [("●", .source), ("○", .target), ("▲", .adversary), ("✓", .good), ("✗", .bad)]
            for (index, (mark, role)) in roles.enumerated() { grid.put(mark, x: inner.x + 21 + 2 * index, y: y, swatch[role]) }
            guard look.colours >= .indexed else { continue }
            for step in 0..<10 {
                grid.put(Cell(" ", background: theme.heat[Double(step) / 9]), x: inner.x + 32 + step, y: y)
            }
        }
    }
}

extension Workbench {
    mutating func choose(_ key: Key, in chooser: ThemeChooser) -> [Effect] {
        var chooser = chooser
        switch key {
        case .escape, .character("q"):
            overlay = nil
            use(chooser.before)
            return []
        case .enter, .character("T"):
            if let problem = chooser.problem {
                hint("\(problem)")
                return []
            }
            overlay = nil
            chosenTheme = theme.name
            say("theme \(theme.name)")
            return []
        case .up, .character("k"): chooser.select(chooser.selected - 1)
        case .down, .character("j"): chooser.select(chooser.selected + 1)
        case .home, .character("g"): chooser.select(0)
        case .end, .character("G"): chooser.select(chooser.last)
        default: return []
        }
        if let problem = chooser.problem { hint("\(problem)") }
        if chooser.themes.indices.contains(chooser.selected) { use(chooser.themes[chooser.selected]) }
        overlay = .themes(chooser)
        return []
    }

    /// Draws with this theme from now on.
    mutating func use(_ theme: Theme) {
        self.theme = theme
        look = Look(theme: theme, colours: look.colours, glyphs: look.glyphs)
    }
}
