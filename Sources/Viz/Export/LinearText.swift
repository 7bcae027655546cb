// A grid as lines to be read aloud: boxes one after the other, without frames, bars and curves.
import Foundation

extension CellGrid {
    /// The frames in the grid, in reading order: what is in one is read before the next.
    private func boxes() -> [Rect] {
        var found: [Rect] = []
        for y in 0..<height {
            for x in 0..<width where self[x, y].glyph == "╭" {
                guard let right = ((x + 1)..<max(x + 1, width)).first(where: { self[$0, y].glyph == "╮" }),
                    let bottom = ((y + 1)..<max(y + 1, height)).first(where: { self[x, $0].glyph == "╰" }), self[right, bottom].glyph == "╯"
                else { continue }
                found.append(Rect(x: x, y: y, width: right - x + 1, height: bottom - y + 1))
            }
        }
        return found
    }

    /// Lines of words and numbers: the title of each box, then what it holds. Rows drawn in the ink of a selection begin with `> `.
    public func linear(selection: Ink) -> [String] {
        let boxes = boxes()
        var lines: [String] = []
        var inBox = Set<Int>()
        for box in boxes {
            for y in box.y..<box.endY { for x in box.x..<box.endX { inBox.insert(y * width + x) } }
        }
        for y in 0..<height {
            for box in boxes where box.y == y {
                let title = words(box.x..<box.endX, y)
                if !title.isEmpty { lines.append("[\(title)]") }
                for row in (y + 1)..<max(y + 1, box.endY - 1) { add(row, (box.x + 1)..<(box.endX - 1), selection, to: &lines) }
            }
            // Outside of boxes: headline, footer, screens without a frame.
            var start: Int?
            for x in 0...width {
                let isOutside = x < width && !inBox.contains(y * width + x)
                if isOutside {
                    start = start ?? x
                } else if let from = start {
                    add(y, from..<x, selection, to: &lines)
                    start = nil
                }
            }
        }
        return lines
    }

    private func add(_ y: Int, _ columns: Range<Int>, _ selection: Ink, to lines: inout [String]) {
        let text = words(columns, y)
        guard text.contains(where: { $0.isLetter || $0.isNumber }) else { return }
        let isSelected = columns.contains { x in
            let cell = self[x, y]
            return (selection.background != nil && cell.background == selection.background)
                || (!selection.attributes.isEmpty && cell.attributes.isSuperset(of: selection.attributes))
        }
        lines.append((isSelected ? "> " : "") + text)
    }

    /// The words of a row; frames, blocks, braille and marks of curves become blanks, and many blanks become two.
    private func words(_ columns: Range<Int>, _ y: Int) -> String {
        var text = ""
        var blanks = 0
        for x in columns {
            guard let glyph = self[x, y].glyph else { continue }
            // The number before an axis is not worth reading without its curve.
            if glyph == "┤" { (text, blanks) = ("", 0) }
            guard glyph != " ", !glyph.isDrawing else {
                blanks += 1
                continue
            }
            if blanks > 0, !text.isEmpty { text += blanks == 1 ? " " : "  " }
            blanks = 0
            text.append(glyph)
        }
        // Marks that stand alone are points of a curve; those before a word are its legend.
        return text.components(separatedBy: "  ").filter { piece in piece.contains { !"●○▲△▼◆◇■□·◂▸".contains($0) } }.joined(
            separator: "  ")
    }
}

extension Character {
    /// Boxes, blocks, shades, braille.
    fileprivate var isDrawing: Bool {
        guard let value = unicodeScalars.first?.value else { return false }
        return (0x2500...0x259F).contains(value) || (0x2800...0x28FF).contains(value)
    }
}
