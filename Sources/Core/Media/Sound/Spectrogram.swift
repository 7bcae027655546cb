/// A time-frequency matrix: `values` is `[bands, frames]`, row-major; bands are mel bands, bins or coefficients.
public struct Spectrogram: Sendable, Equatable {
    public var values: [Float]
    public let bands: Int
    public let frames: Int

    public init(values: [Float], bands: Int, frames: Int) {
        precondition(values.count == bands * frames, "a spectrogram of \(bands)x\(frames) has \(bands * frames) values")
        self.values = values
        self.bands = bands
        self.frames = frames
    }

    public subscript(band: Int, frame: Int) -> Float { values[band * frames + frame] }

    /// The columns `range`, `[bands, range.count]`.
    public func frames(_ range: Range<Int>) -> Spectrogram {
        precondition(range.lowerBound >= 0 && range.upperBound <= frames, "frames \(range) of \(frames)")
        var cut: [Float] = []
        cut.reserveCapacity(bands * range.count)
        for band in 0..<bands { cut.append(contentsOf: values[(band * frames + range.lowerBound)..<(band * frames + range.upperBound)]) }
        return Spectrogram(values: cut, bands: bands, frames: range.count)
    }
}
