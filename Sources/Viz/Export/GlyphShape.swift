/// Glyphs that pictures of a screen draw as shapes, so that no font decides how boxes, blocks and dots meet.
/// Units: a cell is 0...1 across and 0...1 down.
enum GlyphShape {
    struct Box {
        var x, y, width, height: Double
        /// Share of the ink, less than one for shades.
        var opacity = 1.0
    }

    struct Dot { var x, y: Double }

    /// A line from edge or middle to edge or middle; `isCurved` is a quarter bend through the middle.
    struct Stroke {
        var fromX, fromY, toX, toY: Double
        var isCurved = false
        var dashes = 0
    }

    case boxes([Box])
    case dots([Dot])
    case strokes([Stroke])

    init?(_ glyph: Character) {
        guard let scalar = glyph.unicodeScalars.first, !glyph.isASCII else { return nil }
        if let dots = glyph.brailleDots {
            self = .dots(GlyphShape.braille(dots))
            return
        }
        switch scalar.value {
        case 0x2580: self = .boxes([Box(x: 0, y: 0, width: 1, height: 0.5)])
        case 0x2581...0x2588:
            let height = Double(scalar.value - 0x2580) / 8
            self = .boxes([Box(x: 0, y: 1 - height, width: 1, height: height)])
        case 0x2589...0x258F: self = .boxes([Box(x: 0, y: 0, width: Double(0x2590 - scalar.value) / 8, height: 1)])
        case 0x2590: self = .boxes([Box(x: 0.5, y: 0, width: 0.5, height: 1)])
        case 0x2591...0x2593:
            self = .boxes([Box(x: 0, y: 0, width: 1, height: 1, opacity: Double(scalar.value - 0x2590) * 0.25)])
        case 0x2595: self = .boxes([Box(x: 0.875, y: 0, width: 0.125, height: 1)])
        case 0x2596...0x259F:
            guard let index = Character.quadrantGlyphs.firstIndex(of: glyph) else { return nil }
            let quarters: [(bit: Int, x: Double, y: Double)] = [(1, 0, 0), (2, 0.5, 0), (4, 0, 0.5), (8, 0.5, 0.5)]
            self = .boxes(quarters.filter { index & $0.bit != 0 }.map { Box(x: $0.x, y: $0.y, width: 0.5, height: 0.5) })
        default:
            guard let strokes = GlyphShape.lines[glyph] else { return nil }
            self = .strokes(strokes)
        }
    }

    private static func braille(_ dots: UInt8) -> [Dot] {
        let places: [(Double, Double)] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
        return places.enumerated().filter { dots >> $0.offset & 1 == 1 }.map {
            Dot(x: 0.25 + $0.element.0 * 0.5, y: 0.125 + $0.element.1 * 0.25)
        }
    }

    private static let lines: [Character: [Stroke]] = {
        let up = Stroke(fromX: 0.5, fromY: 0, toX: 0.5, toY: 0.5)
        let down = Stroke(fromX: 0.5, fromY: 0.5, toX: 0.5, toY: 1)
        let left = Stroke(fromX: 0, fromY: 0.5, toX: 0.5, toY: 0.5)
        let right = Stroke(fromX: 0.5, fromY: 0.5, toX: 1, toY: 0.5)
        let vertical = Stroke(fromX: 0.5, fromY: 0, toX: 0.5, toY: 1)
        let horizontal = Stroke(fromX: 0, fromY: 0.5, toX: 1, toY: 0.5)
        func bend(_ x: Double, _ y: Double) -> [Stroke] {
            [Stroke(fromX: x, fromY: 0.5, toX: 0.5, toY: y, isCurved: true)]
        }
        return [
            "─": [horizontal], "│": [vertical], "╭": bend(1, 1), "╮": bend(0, 1), "╰": bend(1, 0), "╯": bend(0, 0),
            "├": [vertical, right], "┤": [vertical, left], "┬": [horizontal, down], "┴": [horizontal, up],
            "┼": [horizontal, vertical],
            "┄": [Stroke(fromX: 0, fromY: 0.5, toX: 1, toY: 0.5, dashes: 3)],
            "┊": [Stroke(fromX: 0.5, fromY: 0, toX: 0.5, toY: 1, dashes: 4)],
        ]
    }()
}
