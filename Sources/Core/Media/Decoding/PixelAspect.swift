// How much wider than high a film's pixels are, and the size in square pixels at which a player shows it.
import CFFmpeg

struct PixelAspect {
    /// Width by height of a pixel; 1 where it is square, not told, or told as what no camera has.
    let ratio: Double
    /// Beyond this a header is damaged; the narrowest pixels in use, of discs, are 1 to 2.
    private static let most = 16.0

    /// - Parameter frame: a decoded frame, whose own ratio may be newer than the container's.
    init(_ input: InputFile, _ stream: UnsafeMutablePointer<AVStream>, _ frame: UnsafeMutablePointer<AVFrame>?) {
        // The ratio in a still is that of a printer's dots.
        let told = input.isStill ? 1 : av_guess_sample_aspect_ratio(input.context, stream, frame).value
        ratio = told > 1 / Self.most && told < Self.most ? told : 1
    }

    /// The side along which pixels are longer grows, as mpv and VLC do it, so that no line or column is lost.
    func shownSize(width: Int, height: Int) -> (width: Int, height: Int) {
        guard ratio != 1 else { return (width, height) }
        let shown =
            ratio > 1
            ? (width: Int((Double(width) * ratio).rounded()), height: height)
            : (width: width, height: Int((Double(height) / ratio).rounded()))
        return Int64(shown.width) * Int64(shown.height) <= Decoder.maximumPixels ? shown : (width, height)
    }
}
