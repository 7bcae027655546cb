// The list of themes: the whole screen shows each as the cursor comes to it, Enter keeps it, Esc brings back what was.
import Viz

struct ThemeChooser: Sendable {
    let themes: [Theme]
    /// What Esc brings back.
    let before: Theme
    var selected: Int

    init(themes: [Theme], current: Theme) {
        self.themes = themes
        before = current
        selected = themes.firstIndex { $0.name == current.name } ?? 0
    }

    func draw(into grid: inout CellGrid, _ body: Rect, _ look: Look) {
        let width = min(body.width, 46)
        let height = min(body.height, themes.count + 2)
        // At the right, so that most of the screen shows the theme.
        let rect = Rect(x: body.endX - width, y: body.y + (body.height - height) / 2, width: width, height: height)
        grid.fill(rect, Cell(" ", background: look.theme.background))
        let inner = Box("themes", right: "Enter keeps", isFocused: true).draw(into: &grid, rect, look).inset(vertically: 0)
        let first = TableView.window(offset: 0, selected: selected, count: themes.count, height: inner.height)
        for (row, theme) in themes.dropFirst(first).prefix(inner.height).enumerated() {
            let y = inner.y + row
            let isSelected = first + row == selected
            if isSelected { grid.tint(Rect(x: inner.x - 1, y: y, width: inner.width + 2, height: 1), look[.selection]) }
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
            overlay = nil
            chosenTheme = theme.name
            say("theme \(theme.name)")
            return []
        case .up, .character("k"): chooser.selected = max(0, chooser.selected - 1)
        case .down, .character("j"): chooser.selected = min(chooser.selected + 1, chooser.themes.count - 1)
        case .home, .character("g"): chooser.selected = 0
        case .end, .character("G"): chooser.selected = chooser.themes.count - 1
        default: return []
        }
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
