/// Where the pictures of a clip lie.
public enum PictureSource: Sendable, Codable, Hashable {
    /// A film, a still picture, or a folder of still pictures, one a frame in the order of their names.
    /// - seconds: only what is shown in this span, where given; a folder has no time.
    case film(path: String, seconds: Range<Double>?)
    /// Of a folder of still pictures only those that are named by a prefix and a number in one of these ranges: `00007.png`, `S005_001_00000007.png`.
    case stills(folder: String, prefix: String, numbers: [ClosedRange<Int>])
    /// One square of grey levels, 0-255 as decimal text with blanks between, that begins at a byte of a table (FER2013).
    case greyLevels(table: String, offset: Int, side: Int)
}
