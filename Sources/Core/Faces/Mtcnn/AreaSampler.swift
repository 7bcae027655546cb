// Area means of a part of an 8-bit picture, as PyTorch's interpolate(mode: "area"), and normalised as the networks want them.
import Kernels
import Media

/// Reads one row after another of a part of a picture at another size. Not shared between threads.
struct AreaSampler {
    private let pixels: UnsafePointer<UInt8>
    private let stride: Int
    private let sourceWidth: Int
    private let sourceHeight: Int
    private let starts: [Int32]
    private let ends: [Int32]
    let width: Int
    let height: Int
    private let sums: FloatBuffer

    /// What a network sees of a level is (level - 127.5) / 128.
    private static let scale: Float = 0.0078125
    private static let shift: Float = -127.5 * 0.0078125

    /// - Parameters:
    ///   - pixels: `[height, width, 3]` of the whole picture, valid as long as this value is used.
    ///   - part: columns and rows of it, not empty.
    ///   - sums: workspace of 3 floats a column of the part, and one more.
    init(
        _ pixels: UnsafePointer<UInt8>, pictureWidth: Int, columns: Range<Int>, rows: Range<Int>, toWidth width: Int, height: Int,
        sums: FloatBuffer
    ) {
        precondition(sums.count > 3 * columns.count, "workspace of \(sums.count) floats for \(columns.count) columns")
        self.pixels = pixels + 3 * (rows.lowerBound * pictureWidth + columns.lowerBound)
        stride = 3 * pictureWidth
        (sourceWidth, sourceHeight) = (columns.count, rows.count)
        (self.width, self.height) = (width, height)
        self.sums = sums
        starts = (0..<width).map { Int32($0 * columns.count / width) }
        ends = (0..<width).map { Int32((($0 + 1) * columns.count + width - 1) / width) }
    }

    /// Row `y` `[width, 3]` into `result`, which has one float more.
    func row(_ y: Int, into result: UnsafeMutablePointer<Float>) {
        let first = y * sourceHeight / height, end = ((y + 1) * sourceHeight + height - 1) / height
        emolab_area_row(
            pixels + first * stride, stride, end - first, sourceWidth, starts, ends, width, Self.scale, Self.shift, sums.base, result)
    }
}
