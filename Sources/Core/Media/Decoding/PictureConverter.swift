// A decoded frame of any pixel format to 8-bit RGB: the stream's own matrix and range, widened and turned as it is to be shown.
import CFFmpeg

final class PictureConverter {
    private let input: InputFile
    private var file: String { input.path }
    private var scaler: OpaquePointer?
    private var row: [UInt8] = []

    init(_ input: InputFile) { self.input = input }

    deinit { sws_freeContext(scaler) }

    func picture(_ frame: UnsafeMutablePointer<AVFrame>, stream: UnsafeMutablePointer<AVStream>) throws -> Picture {
        let width = Int(frame.pointee.width)
        let height = Int(frame.pointee.height)
        guard width > 0, height > 0 else { throw MediaError.damaged(file: file, what: "a picture of \(width)x\(height)") }
        let format = AVPixelFormat(frame.pointee.format)
        // As PyAV, OpenCV and the ffmpeg program convert, to the bit: swscale's accurate rounding and interpolated chroma would be nearer
        // to the film, but a detector that was compared with theirs would see other pixels, and find boxes px away.
        let flags = SWS_BILINEAR
        let shown = PixelAspect(input, stream, frame).shownSize(width: width, height: height)
        scaler = sws_getCachedContext(
            scaler, Int32(width), Int32(height), format, Int32(shown.width), Int32(shown.height), AV_PIX_FMT_RGB24, flags, nil, nil, nil)
        guard let scaler else {
            let name = av_get_pix_fmt_name(format).map { String(cString: $0) } ?? "unknown"
            throw MediaError.damaged(file: file, what: "pixels of format \(name) cannot be converted")
        }
        // Untagged streams count as BT.601, as in swscale itself and so in the reference pipelines.
        let full = frame.pointee.color_range == AVCOL_RANGE_JPEG || Self.isFullRange(format)
        _ = emolab_scale_colours(scaler, Int32(frame.pointee.colorspace.rawValue), full ? 1 : 0)
        let pixels = try convert(frame, scaler, width: shown.width, height: shown.height)
        let picture = Picture(width: shown.width, height: shown.height, pixels: pixels)
        return Orientation(displayMatrix: emolab_display_matrix(stream, frame)).applied(to: picture)
    }

    private func convert(_ frame: UnsafeMutablePointer<AVFrame>, _ scaler: OpaquePointer, width: Int, height: Int) throws -> [UInt8] {
        // swscale may write whole vectors beyond a row's end: rows lie apart, and are packed afterwards.
        let stride = (3 * width + 127) & ~63
        if row.count < stride * height + 64 { row = [UInt8](repeating: 0, count: stride * height + 64) }
        return try row.withUnsafeMutableBufferPointer { rows in
            let status = emolab_scale_frame(scaler, frame, rows.baseAddress!, Int32(stride))
            guard status == Int32(height) else {
                throw MediaError.damaged(
                    file: file, what: "a picture of \(width)x\(height) cannot be converted: \(LibavLog.explain(status))")
            }
            return [UInt8](unsafeUninitializedCapacity: 3 * width * height) { packed, count in
                for y in 0..<height {
                    (packed.baseAddress! + 3 * width * y).initialize(from: rows.baseAddress! + stride * y, count: 3 * width)
                }
                count = 3 * width * height
            }
        }
    }

    private static func isFullRange(_ format: AVPixelFormat) -> Bool {
        [AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUVJ411P].contains(format)
    }
}
