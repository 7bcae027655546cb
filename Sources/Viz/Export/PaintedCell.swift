/// A cell's colours with everything settled: attributes applied, the terminal's own colours replaced by the theme's paper and pen.
struct PaintedCell {
    var foreground, background: Colour
    /// False where the background is the paper and need not be drawn.
    var hasBackground: Bool

    init(_ cell: Cell, _ theme: Theme) {
        let paper = theme.background ?? theme.paper
        var foreground = cell.foreground ?? theme.pen
        var background = cell.background ?? paper
        if cell.attributes.contains(.reverse) { swap(&foreground, &background) }
        if cell.attributes.contains(.dim) { foreground = foreground.mixed(with: background, 0.45) }
        self.foreground = foreground
        self.background = background
        hasBackground = background != paper
    }
}
