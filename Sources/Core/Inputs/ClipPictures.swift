import Corpora
import Media

extension Clip {
    /// Where its pictures come from, or nil where it has none.
    public var pictureSource: PictureSource? {
        guard let video else { return nil }
        if let pixelOffset { return .greyLevels(table: video, offset: pixelOffset, side: 48) }
        if let frames = ChosenFrames(columns) { return .stills(folder: video, prefix: frames.prefix, numbers: frames.numbers) }
        return .film(path: video, seconds: seconds)
    }
}
