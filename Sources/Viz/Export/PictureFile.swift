import Base
import CCairo
import Foundation

/// A picture that could not be written: where, and what cairo or the system says.
public struct PictureExportError: Error, CustomStringConvertible {
    public var path, reason: String
    public var description: String { "cannot write the picture \(path): \(reason)" }
}

/// The bytes of a picture as cairo makes them; the file is replaced when they are whole.
final class PictureFile {
    private let path: String
    private var bytes = Data()

    init(_ path: String) { self.path = path }

    /// For cairo's streams, with `closure`.
    static let append: cairo_write_func_t = { closure, bytes, count in
        guard let closure, let bytes else { return CAIRO_STATUS_WRITE_ERROR }
        Unmanaged<PictureFile>.fromOpaque(closure).takeUnretainedValue().bytes.append(bytes, count: Int(count))
        return CAIRO_STATUS_SUCCESS
    }

    /// Valid for as long as this is.
    var closure: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// Encodes `surface` as PNG and puts the file in its place.
    func writePNG(of surface: OpaquePointer?) throws(PictureExportError) {
        try check(cairo_surface_write_to_png_stream(surface, Self.append, closure))
        try put()
    }

    /// Puts what was streamed in its place.
    func put() throws(PictureExportError) {
        do { try UserFile.write(bytes, to: path) } catch {
            throw PictureExportError(path: path, reason: String(cString: strerror(error.code)))
        }
    }

    func check(_ status: cairo_status_t) throws(PictureExportError) {
        guard status == CAIRO_STATUS_SUCCESS else {
            throw PictureExportError(path: path, reason: String(cString: cairo_status_to_string(status)))
        }
    }
}
