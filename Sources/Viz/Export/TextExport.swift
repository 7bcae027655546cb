// A grid as plain text and as text with colours (ECMA-48 "select graphic rendition").

extension CellGrid {
    /// Rows of text, each ended by a line feed. Pictures, which live by colour alone, become shades.
    public var text: String {
        var grid = self
        let shades = Look(colours: .none).shades
        grid.mapCells { cell in
            guard cell.glyph == "▀", let upper = cell.foreground, let lower = cell.background else { return cell }
            let light = (upper.lightness + lower.lightness) / 2
            return Cell(shades[min(Int(light * Double(shades.count)), shades.count - 1)])
        }
        return grid.lines.map { $0 + "\n" }.joined()
    }

    /// Text with colours in a terminal's own codes, at what `depth` can show. Every row ends with the colours reset.
    public func ansi(_ depth: ColourDepth = .direct) -> String {
        var result = ""
        for y in 0..<height {
            var current: Ink?
            for x in 0..<width {
                let cell = self[x, y]
                guard let glyph = cell.glyph else { continue }
                let ink = Ink(cell.foreground, background: cell.background, attributes: cell.attributes)
                if ink != current {
                    result += CellGrid.code(ink, depth)
                    current = ink
                }
                result.append(glyph)
            }
            result += "\u{1B}[0m\n"
        }
        return result
    }

    private static func code(_ ink: Ink, _ depth: ColourDepth) -> String {
        var parts = ["0"]
        if ink.attributes.contains(.bold) { parts.append("1") }
        if ink.attributes.contains(.dim) { parts.append("2") }
        if ink.attributes.contains(.underline) { parts.append("4") }
        if ink.attributes.contains(.reverse) { parts.append("7") }
        if let colour = ink.foreground { parts += code(colour, depth, base: 38, low: 30, high: 90) }
        if let colour = ink.background { parts += code(colour, depth, base: 48, low: 40, high: 100) }
        return "\u{1B}[" + parts.joined(separator: ";") + "m"
    }

    private static func code(_ colour: Colour, _ depth: ColourDepth, base: Int, low: Int, high: Int) -> [String] {
        switch depth {
        case .none: []
        case .eight: [String(low + colour.ansiIndex(of: 8))]
        case .sixteen: [String(colour.ansiIndex < 8 ? low + colour.ansiIndex : high + colour.ansiIndex - 8)]
        case .indexed: ["\(base)", "5", "\(colour.xtermIndex)"]
        case .direct: ["\(base)", "2", "\(colour.red)", "\(colour.green)", "\(colour.blue)"]
        }
    }
}
