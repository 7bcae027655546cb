// Lines, marks and words on a cairo surface, for figures: dark on white, in points, the same for PNG and SVG.
import CCairo

final class FigurePen {
    private let file: PictureFile
    private let isSVG: Bool
    private let surface: OpaquePointer?
    private let context: OpaquePointer?

    /// Pixels a point in a PNG.
    private static let density = 2.0
    /// What cairo takes in a picture's side.
    private static let largest = 32767.0

    /// - Throws: `PictureExportError` where the file cannot be made, or the figure is larger than pictures may be.
    init(_ path: String, width: Double, height: Double) throws(PictureExportError) {
        file = PictureFile(path)
        isSVG = FigureFormat(path: path) == .svg
        guard max(width, height) * Self.density <= Self.largest else {
            throw PictureExportError(path: path, reason: "\(Int(width)) x \(Int(height)) points are too large for a picture")
        }
        surface =
            isSVG
            ? cairo_svg_surface_create_for_stream(PictureFile.append, file.closure, width, height)
            : cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width * Self.density), Int32(height * Self.density))
        context = cairo_create(surface)
        try file.check(cairo_surface_status(surface))
        if !isSVG { cairo_scale(context, Self.density, Self.density) }
        cairo_set_source_rgb(context, 1, 1, 1)
        cairo_paint(context)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    }

    deinit {
        cairo_destroy(context)
        cairo_surface_destroy(surface)
    }

    func finish() throws(PictureExportError) {
        try file.check(cairo_status(context))
        guard isSVG else { return try file.writePNG(of: surface) }
        cairo_surface_finish(surface)
        try file.check(cairo_surface_status(surface))
        try file.put()
    }

    private func use(_ colour: Colour) {
        cairo_set_source_rgb(context, Double(colour.red) / 255, Double(colour.green) / 255, Double(colour.blue) / 255)
    }

    func stroke(_ points: [(Double, Double)], _ colour: Colour, width: Double, _ stroke: LineFigure.Stroke = .solid) {
        use(colour)
        cairo_set_line_width(context, width)
        let dashes: [Double] =
            switch stroke {
            case .solid: []
            case .dashed: [6, 3.5]
            case .dotted: [1.5, 3]
            }
        cairo_set_dash(context, dashes, Int32(dashes.count), 0)
        for (index, point) in points.enumerated() {
            if index == 0 { cairo_move_to(context, point.0, point.1) } else { cairo_line_to(context, point.0, point.1) }
        }
        cairo_stroke(context)
    }

    func marker(_ marker: LineFigure.Marker, x: Double, y: Double, _ colour: Colour) {
        use(colour)
        let r = 3.2
        switch marker {
        case .none: return
        case .disc:
            cairo_new_sub_path(context)
            cairo_arc(context, x, y, r, 0, 2 * .pi)
        case .square: cairo_rectangle(context, x - r, y - r, 2 * r, 2 * r)
        case .triangle:
            cairo_move_to(context, x, y - 1.3 * r)
            cairo_line_to(context, x + 1.2 * r, y + r)
            cairo_line_to(context, x - 1.2 * r, y + r)
            cairo_close_path(context)
        }
        cairo_fill(context)
    }

    /// A filled rectangle.
    func box(x: Double, y: Double, width: Double, height: Double, _ colour: Colour, opacity: Double = 1) {
        cairo_set_source_rgba(context, Double(colour.red) / 255, Double(colour.green) / 255, Double(colour.blue) / 255, opacity)
        cairo_rectangle(context, x, y, width, height)
        cairo_fill(context)
    }

    /// Draws words with their base line at `y`; `across` of their width lies left of `x`. Upright text runs from below to above.
    func text(
        _ text: String, x: Double, y: Double, size: Double, _ colour: Colour = Colour(40, 44, 52), across: Double = 0, isBold: Bool = false,
        isUpright: Bool = false
    ) {
        let width = width(of: text, size: size, isBold: isBold)
        use(colour)
        cairo_save(context)
        cairo_translate(context, x, y)
        if isUpright { cairo_rotate(context, -.pi / 2) }
        cairo_move_to(context, -across * width, 0)
        cairo_show_text(context, text)
        cairo_restore(context)
        // A point that stays behind the words would begin the next path.
        cairo_new_path(context)
    }

    /// Points that words take.
    func width(of text: String, size: Double, isBold: Bool = false) -> Double {
        cairo_select_font_face(context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
        cairo_set_font_size(context, size)
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, text, &extents)
        return extents.x_advance
    }

    /// A picture `[height, width, 3]`, 8-bit RGB, brought to the size of the box. `isSmooth` blends between pixels, else each is a sharp square.
    func picture(
        _ pixels: [UInt8], width columns: Int, height rows: Int, in box: (x: Double, y: Double, width: Double, height: Double),
        isSmooth: Bool
    ) {
        guard columns > 0, rows > 0, pixels.count == columns * rows * 3,
            let image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(columns), Int32(rows)),
            let bytes = cairo_image_surface_get_data(image)
        else { return }
        defer { cairo_surface_destroy(image) }
        cairo_surface_flush(image)
        let stride = Int(cairo_image_surface_get_stride(image))
        for row in 0..<rows {
            bytes.advanced(by: row * stride).withMemoryRebound(to: UInt32.self, capacity: columns) { line in
                for column in 0..<columns {
                    let at = (row * columns + column) * 3
                    line[column] = UInt32(pixels[at]) << 16 | UInt32(pixels[at + 1]) << 8 | UInt32(pixels[at + 2])
                }
            }
        }
        cairo_surface_mark_dirty(image)
        cairo_save(context)
        cairo_rectangle(context, box.x, box.y, box.width, box.height)
        cairo_clip(context)
        cairo_translate(context, box.x, box.y)
        cairo_scale(context, box.width / Double(columns), box.height / Double(rows))
        cairo_set_source_surface(context, image, 0, 0)
        let pattern = cairo_get_source(context)
        cairo_pattern_set_filter(pattern, isSmooth ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST)
        // Beyond its edge a smooth picture goes on as it is there, so that the edge does not fade.
        cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD)
        cairo_paint(context)
        cairo_restore(context)
    }

    /// A filled shape.
    func fill(_ points: [(Double, Double)], _ colour: Colour, opacity: Double = 1) {
        cairo_set_source_rgba(context, Double(colour.red) / 255, Double(colour.green) / 255, Double(colour.blue) / 255, opacity)
        for (index, point) in points.enumerated() {
            if index == 0 { cairo_move_to(context, point.0, point.1) } else { cairo_line_to(context, point.0, point.1) }
        }
        cairo_close_path(context)
        cairo_fill(context)
    }

    func clipped(to box: (x: Double, y: Double, width: Double, height: Double), _ body: () -> Void) {
        cairo_save(context)
        cairo_rectangle(context, box.x, box.y, box.width, box.height)
        cairo_clip(context)
        body()
        cairo_restore(context)
    }
}
