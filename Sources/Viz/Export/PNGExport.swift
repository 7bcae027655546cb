// A grid as PNG through cairo. Boxes, blocks and dots are shapes; text is in the system's monospaced font.
import CCairo

extension CellGrid {
    /// Writes a picture of the grid, `cellWidth` x `2 cellWidth` pixels a cell.
    /// - Throws: `PictureExportError` where the file cannot be written.
    public func writePNG(to path: String, theme: Theme, cellWidth: Int = 10) throws(PictureExportError) {
        let w = Double(max(2, cellWidth))
        let h = w * 2
        let margin = w
        let surface = cairo_image_surface_create(
            CAIRO_FORMAT_RGB24, Int32(Double(width) * w + 2 * margin), Int32(Double(height) * h + 2 * margin))
        defer { cairo_surface_destroy(surface) }
        let context = cairo_create(surface)
        defer { cairo_destroy(context) }
        func use(_ colour: Colour, _ opacity: Double = 1) {
            cairo_set_source_rgba(
                context, Double(colour.red) / 255, Double(colour.green) / 255, Double(colour.blue) / 255, opacity)
        }
        use(theme.background ?? theme.paper)
        cairo_paint(context)
        cairo_set_line_width(context, w * 0.12)
        cairo_set_font_size(context, w / 0.602)

        for y in 0..<height {
            for x in 0..<width {
                let cell = self[x, y]
                let painted = PaintedCell(cell, theme)
                let (left, top) = (margin + Double(x) * w, margin + Double(y) * h)
                if painted.hasBackground {
                    use(painted.background)
                    cairo_rectangle(context, left, top, w, h)
                    cairo_fill(context)
                }
                guard let glyph = cell.glyph, glyph != " " else { continue }
                use(painted.foreground)
                switch GlyphShape(glyph) {
                case .boxes(let boxes):
                    for box in boxes {
                        use(painted.foreground, box.opacity)
                        cairo_rectangle(context, left + box.x * w, top + box.y * h, box.width * w, box.height * h)
                        cairo_fill(context)
                    }
                case .dots(let dots):
                    for dot in dots {
                        cairo_new_sub_path(context)
                        cairo_arc(context, left + dot.x * w, top + dot.y * h, w * 0.15, 0, 2 * .pi)
                    }
                    cairo_fill(context)
                case .strokes(let strokes):
                    for stroke in strokes {
                        let (x0, y0) = (left + stroke.fromX * w, top + stroke.fromY * h)
                        let (x1, y1) = (left + stroke.toX * w, top + stroke.toY * h)
                        let (midX, midY) = (left + w / 2, top + h / 2)
                        if stroke.dashes > 0 {
                            let dash = [(stroke.fromX == stroke.toX ? h : w) / Double(2 * stroke.dashes)]
                            cairo_set_dash(context, dash, 1, dash[0] / 2)
                        }
                        cairo_move_to(context, x0, y0)
                        if stroke.isCurved {
                            cairo_curve_to(context, midX, midY, midX, midY, x1, y1)
                        } else {
                            cairo_line_to(context, x1, y1)
                        }
                        cairo_stroke(context)
                        cairo_set_dash(context, nil, 0, 0)
                    }
                case nil:
                    let weight = cell.attributes.contains(.bold) ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL
                    cairo_select_font_face(context, "DejaVu Sans Mono", CAIRO_FONT_SLANT_NORMAL, weight)
                    cairo_move_to(context, left, top + h * 0.74)
                    cairo_show_text(context, String(glyph))
                    if cell.attributes.contains(.underline) {
                        cairo_rectangle(context, left, top + h * 0.82, w, w * 0.1)
                        cairo_fill(context)
                    }
                }
            }
        }
        try PictureFile(path).writePNG(of: surface)
    }
}
