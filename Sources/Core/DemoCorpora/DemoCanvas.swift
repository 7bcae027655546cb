import CCairo
import Media

/// A cairo picture with the few strokes that a face needs. Owns its surface; one worker uses it at a time.
final class DemoCanvas {
    let width, height: Int
    let cairo: OpaquePointer
    private let surface: OpaquePointer

    init(width: Int, height: Int) throws(DemoError) {
        guard let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height)) else {
            throw .noPicture("no surface")
        }
        guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let cairo = cairo_create(surface) else {
            let reason = String(cString: cairo_status_to_string(cairo_surface_status(surface)))
            cairo_surface_destroy(surface)
            throw .noPicture(reason)
        }
        self.width = width
        self.height = height
        self.surface = surface
        self.cairo = cairo
    }

    deinit {
        cairo_destroy(cairo)
        cairo_surface_destroy(surface)
    }

    /// The pixels as drawn: rows of `stride` bytes, each pixel blue, green, red, unused (on little-endian machines).
    func withPixels<T>(_ body: (UnsafeMutablePointer<UInt8>, Int) throws -> T) rethrows -> T {
        cairo_surface_flush(surface)
        defer { cairo_surface_mark_dirty(surface) }
        return try body(cairo_image_surface_get_data(surface), Int(cairo_image_surface_get_stride(surface)))
    }

    /// Lays another canvas of the same size over this one.
    func paint(_ other: DemoCanvas) {
        cairo_surface_flush(other.surface)
        cairo_set_source_surface(cairo, other.surface, 0, 0)
        cairo_set_operator(cairo, CAIRO_OPERATOR_SOURCE)
        cairo_paint(cairo)
        cairo_set_operator(cairo, CAIRO_OPERATOR_OVER)
    }

    /// Draws `picture` with its left upper corner at (x, y).
    func draw(_ picture: Picture, x: Int, y: Int) {
        withPixels { pixels, stride in
            for row in 0..<min(picture.height, height - y) {
                for column in 0..<min(picture.width, width - x) {
                    let from = (row * picture.width + column) * 3
                    let to = (row + y) * stride + (column + x) * 4
                    pixels[to] = picture.pixels[from + 2]
                    pixels[to + 1] = picture.pixels[from + 1]
                    pixels[to + 2] = picture.pixels[from]
                }
            }
        }
    }

    func writePNG(to path: String) throws(DemoError) {
        let status = cairo_surface_write_to_png(surface, path)
        guard status == CAIRO_STATUS_SUCCESS else {
            throw .cannotWrite(path: path, reason: String(cString: cairo_status_to_string(status)))
        }
    }

    // MARK: Strokes

    func colour(_ colour: DemoColour, _ alpha: Double = 1) {
        cairo_set_source_rgba(cairo, colour.red, colour.green, colour.blue, alpha)
    }

    /// Fills the current path with light fading from `centre` outwards.
    func fillRadial(_ centre: (Double, Double), radius: Double, _ stops: [(Double, DemoColour, Double)], keepPath: Bool = false) {
        guard let pattern = cairo_pattern_create_radial(centre.0, centre.1, 0, centre.0, centre.1, radius) else { return }
        for (place, colour, alpha) in stops {
            cairo_pattern_add_color_stop_rgba(pattern, place, colour.red, colour.green, colour.blue, alpha)
        }
        cairo_set_source(cairo, pattern)
        if keepPath { cairo_fill_preserve(cairo) } else { cairo_fill(cairo) }
        cairo_pattern_destroy(pattern)
    }

    /// A soft spot: `colour` of strength `alpha` in the middle, fading to nothing at the rim of an ellipse.
    func spot(_ x: Double, _ y: Double, _ radiusX: Double, _ radiusY: Double, _ colour: DemoColour, _ alpha: Double) {
        guard alpha > 0.004 else { return }
        cairo_save(cairo)
        cairo_translate(cairo, x, y)
        cairo_scale(cairo, radiusX, radiusY)
        cairo_new_path(cairo)
        cairo_arc(cairo, 0, 0, 1, 0, 2 * .pi)
        fillRadial((0, 0), radius: 1, [(0, colour, alpha), (0.5, colour, alpha * 0.6), (1, colour, 0)])
        cairo_restore(cairo)
    }

    func ellipse(_ x: Double, _ y: Double, _ radiusX: Double, _ radiusY: Double) {
        cairo_save(cairo)
        cairo_translate(cairo, x, y)
        cairo_scale(cairo, max(1e-4, radiusX), max(1e-4, radiusY))
        cairo_new_sub_path(cairo)
        cairo_arc(cairo, 0, 0, 1, 0, 2 * .pi)
        cairo_restore(cairo)
    }

    /// Begins a path: a smooth curve (Catmull-Rom) through all points, closed or open.
    func curve(_ points: [(x: Double, y: Double)], closed: Bool) {
        cairo_new_path(cairo)
        let count = points.count
        func point(_ i: Int) -> (x: Double, y: Double) {
            closed ? points[(i + count) % count] : points[max(0, min(count - 1, i))]
        }
        cairo_move_to(cairo, points[0].x, points[0].y)
        for i in 0..<(closed ? count : count - 1) {
            let a = point(i - 1)
            let b = point(i)
            let c = point(i + 1)
            let d = point(i + 2)
            cairo_curve_to(
                cairo, b.x + (c.x - a.x) / 6, b.y + (c.y - a.y) / 6, c.x - (d.x - b.x) / 6, c.y - (d.y - b.y) / 6, c.x, c.y)
        }
        if closed { cairo_close_path(cairo) }
    }

    func stroke(_ width: Double) {
        cairo_set_line_width(cairo, width)
        cairo_stroke(cairo)
    }
}
