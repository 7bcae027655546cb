/// What glyphs a terminal can show. Views draw with braille and boxes; a finished grid is brought down in one place, here.
public enum GlyphLadder: String, Sendable, CaseIterable {
    /// Everything, braille dots for curves.
    case braille
    /// Blocks and quadrants for curves: fonts without braille, the Linux console.
    case blocks
    case ascii
}

extension CellGrid {
    /// The same grid with glyphs of this ladder only.
    public func converted(to ladder: GlyphLadder) -> CellGrid {
        guard ladder != .braille else { return self }
        var grid = self
        grid.mapCells { cell in
            guard let glyph = cell.glyph, !glyph.isASCII else {
                if cell.glyph == nil, ladder == .ascii {  // The wide glyph to the left became one cell.
                    return Cell(" ", foreground: cell.foreground, background: cell.background, attributes: cell.attributes)
                }
                return cell
            }
            var cell = cell
            if let dots = glyph.brailleDots {
                cell.glyph = ladder == .blocks ? Character.quadrants(ofBraille: dots) : Character.ascii(ofBraille: dots)
            } else if ladder == .ascii {
                if glyph == "▀", let upper = cell.foreground, let lower = cell.background {
                    return Cell(" ", background: upper.mixed(with: lower, 0.5), attributes: cell.attributes)
                }
                cell.glyph = asciiStandIns[glyph] ?? "?"
            }
            return cell
        }
        return grid
    }
}

extension String {
    /// Drawing characters and typographic signs replaced one for one by ASCII; letters of any script stay, because they are data.
    public var withoutGraphics: String {
        guard !utf8.allSatisfy({ $0 < 0x80 }) else { return self }
        return String(map { $0.isASCII ? $0 : $0.brailleDots.map(Character.ascii(ofBraille:)) ?? asciiStandIns[$0] ?? $0 })
    }
}

extension Character {
    /// The eight dots of a braille pattern, or `nil`.
    var brailleDots: UInt8? {
        guard let scalar = unicodeScalars.first, (0x2800...0x28FF).contains(scalar.value) else { return nil }
        return UInt8(scalar.value - 0x2800)
    }

    static let quadrantGlyphs: [Character] = Array(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")

    /// A quadrant is set where any of its two dots is. Bits: upper left 1, upper right 2, lower left 4, lower right 8.
    static func quadrants(ofBraille dots: UInt8) -> Character {
        let index =
            (dots & 0x03 != 0 ? 1 : 0) | (dots & 0x18 != 0 ? 2 : 0) | (dots & 0x44 != 0 ? 4 : 0) | (dots & 0xA0 != 0 ? 8 : 0)
        return quadrantGlyphs[index]
    }

    /// A character whose ink lies about where the dots are.
    static func ascii(ofBraille dots: UInt8) -> Character {
        guard dots != 0 else { return " " }
        if dots.nonzeroBitCount >= 6 { return "#" }
        let upper = dots & 0x09 != 0
        let middle = dots & 0x36 != 0
        let lower = dots & 0xC0 != 0
        let left = dots & 0x47 != 0
        let right = dots & 0xB8 != 0
        if upper && lower { return left && right ? (dots & 0x41 == 0x41 ? "\\" : dots & 0x88 == 0x88 ? "/" : "+") : "|" }
        if upper && !middle { return left && right ? "\"" : "'" }
        if lower && !middle { return left && right ? "_" : "." }
        if middle && !upper && !lower { return left && right ? "-" : "." }
        return upper ? "'" : "."
    }
}

private let asciiStandIns: [Character: Character] = [
    "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "├": "+", "┤": "|", "┬": "+", "┴": "+", "┼": "+",
    "┄": "-", "┊": ":", "┈": ".", "╌": "-",
    "█": "#", "▓": "%", "▒": "=", "░": "-", "▀": "\"", "▄": "_", "▌": "|", "▐": "|", "▉": "#", "▊": "#", "▋": "|",
    "▍": "|", "▎": "|", "▏": "|", "▕": "|", "▁": "_", "▂": "_", "▃": "_", "▅": "=", "▆": "=", "▇": "#",
    "▘": "'", "▝": "'", "▖": ".", "▗": ".", "▚": "\\", "▞": "/", "▛": "#", "▜": "#", "▙": "#", "▟": "#",
    "●": "*", "○": "o", "▲": "^", "△": "c", "▽": "d", "▼": "v", "◆": "#", "◇": "a", "■": "#", "□": "b", "▸": ">", "◂": "<", "▾": "v",
    "▴": "^", "→": ">", "←": "<", "↑": "^", "↓": "v", "⚑": "!", "✓": "+", "✗": "x", "×": "x", "·": ".", "…": ".",
    "–": "-", "—": "-", "−": "-", "“": "\"", "”": "\"", "‘": "'", "’": "'", "\u{2009}": " ", "\u{202F}": " ",
    "\u{00A0}": " ", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9", "⋮": ":",
    "≥": ">", "≤": "<", "±": "~", "‖": "=", "∞": "8", "°": "o",
]
