// A grid as SVG. Text keeps its characters (it can be selected and searched); boxes, blocks and dots are shapes.

extension CellGrid {
    /// A picture of the grid, `cellWidth` x `2 cellWidth` user units a cell.
    public func svg(theme: Theme, cellWidth: Double = 10) -> String {
        let w = cellWidth
        let h = cellWidth * 2
        func number(_ value: Double) -> String {
            let hundredths = Int((value * 100).rounded())
            if hundredths % 100 == 0 { return String(hundredths / 100) }
            let fraction = hundredths.magnitude % 100
            return "\(hundredths < 0 ? "-" : "")\(hundredths.magnitude / 100).\(fraction < 10 ? "0" : "")\(fraction)"
        }
        let margin = w
        let (totalWidth, totalHeight) = (Double(width) * w + 2 * margin, Double(height) * h + 2 * margin)
        var backgrounds = ""
        var shapes = ""
        var texts = ""
        for y in 0..<height {
            let top = margin + Double(y) * h
            var x = 0
            while x < width {  // Backgrounds in runs.
                let painted = PaintedCell(self[x, y], theme)
                var end = x + 1
                while end < width, PaintedCell(self[end, y], theme).background == painted.background { end += 1 }
                if painted.hasBackground {
                    backgrounds +=
                        "<rect x=\"\(number(margin + Double(x) * w))\" y=\"\(number(top))\" width=\"\(number(Double(end - x) * w))\" "
                        + "height=\"\(number(h))\" fill=\"\(painted.background.hex)\"/>\n"
                }
                x = end
            }
            x = 0
            while x < width {
                let cell = self[x, y]
                guard let glyph = cell.glyph, glyph != " " else {
                    x += 1
                    continue
                }
                let fill = PaintedCell(cell, theme).foreground.hex
                let left = margin + Double(x) * w
                if let shape = GlyphShape(glyph) {
                    switch shape {
                    case .boxes(let boxes):
                        for box in boxes {
                            shapes +=
                                "<rect x=\"\(number(left + box.x * w))\" y=\"\(number(top + box.y * h))\" width=\"\(number(box.width * w))\" "
                                + "height=\"\(number(box.height * h))\" fill=\"\(fill)\""
                                + (box.opacity < 1 ? " fill-opacity=\"\(number(box.opacity))\"" : "") + "/>\n"
                        }
                    case .dots(let dots):
                        let path = dots.map {
                            "M\(number(left + $0.x * w)) \(number(top + $0.y * h))h0"
                        }.joined()
                        shapes += "<path class=\"d\" d=\"\(path)\" stroke=\"\(fill)\"/>\n"
                    case .strokes(let strokes):
                        for stroke in strokes {
                            let (x0, y0) = (left + stroke.fromX * w, top + stroke.fromY * h)
                            let (x1, y1) = (left + stroke.toX * w, top + stroke.toY * h)
                            let bend =
                                stroke.isCurved
                                ? "Q\(number(left + w / 2)) \(number(top + h / 2)) \(number(x1)) \(number(y1))"
                                : "L\(number(x1)) \(number(y1))"
                            let length = stroke.fromX == stroke.toX ? h : w
                            let dash = stroke.dashes > 0 ? " stroke-dasharray=\"\(number(length / Double(2 * stroke.dashes)))\"" : ""
                            shapes += "<path class=\"l\" d=\"M\(number(x0)) \(number(y0))\(bend)\" stroke=\"\(fill)\"\(dash)/>\n"
                        }
                    }
                    x += 1
                    continue
                }
                // A run of text in one ink, each glyph at its own place so that no font's width matters.
                var run = ""
                var places: [String] = []
                while x < width, let next = self[x, y].glyph, next == " " ? !run.isEmpty : GlyphShape(next) == nil,
                    self[x, y].foreground == cell.foreground, self[x, y].attributes == cell.attributes
                {
                    run.append(next)
                    // A place for each scalar's first; combining marks follow their base.
                    places.append(number(margin + Double(x) * w))
                    for _ in next.unicodeScalars.dropFirst() { places.append(number(margin + Double(x) * w)) }
                    x += CellText.width(of: next)
                }
                while run.last == " " {
                    run.removeLast()
                    places.removeLast()
                }
                let weight = cell.attributes.contains(.bold) ? " font-weight=\"bold\"" : ""
                let line = cell.attributes.contains(.underline) ? " text-decoration=\"underline\"" : ""
                texts +=
                    "<text x=\"\(places.joined(separator: " "))\" y=\"\(number(top + h * 0.74))\" fill=\"\(fill)\"\(weight)\(line)>"
                    + CellGrid.escaped(run) + "</text>\n"
            }
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(totalWidth)) \(number(totalHeight))" \
            font-family="'DejaVu Sans Mono','JetBrains Mono',Menlo,Consolas,monospace" font-size="\(number(w / 0.602))" xml:space="preserve">
            <style>.d{stroke-width:\(number(w * 0.3));stroke-linecap:round;fill:none}.l{stroke-width:\(number(w * 0.12));fill:none}</style>
            <rect width="100%" height="100%" rx="\(number(w * 0.8))" fill="\((theme.background ?? theme.paper).hex)"/>
            <g shape-rendering="crispEdges">
            \(backgrounds)</g>
            \(shapes)\(texts)</svg>

            """
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(character)
            }
        }
        return result
    }
}
