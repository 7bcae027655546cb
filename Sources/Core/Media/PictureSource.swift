/// Where the pictures of a clip lie.
public enum PictureSource: Sendable, Codable, Hashable {
    /// A film, a still picture, or a folder of still pictures, one a frame in the order of their names.
    /// - seconds: only what is shown in this span, where given; a folder has no time.
    case film(path: String, seconds: Range<Double>?)
    /// One square of grey levels, 0-255 as decimal text with blanks between, that begins at a byte of a table (FER2013).
    case greyLevels(table: String, offset: Int, side: Int)
}
