// Mean and deviation of every mel band over the sound of many clips: of a corpus or a speaker (Schuller et al., "Cross-corpus acoustic emotion
// recognition: variances and strategies", IEEE Trans. Affective Computing 1(2), 2010, compare normalising over either). No label is read.

public struct BandStatistics: Sendable, Equatable {
    /// dB, one a band.
    public var mean: [Float]
    public var deviation: [Float]

    public init(mean: [Float], deviation: [Float]) { (self.mean, self.deviation) = (mean, deviation) }

    /// Less the mean, by the deviation, in the given columns of an image `[bands, frames]`.
    func normalise(_ image: inout [Float], frames: Int, in columns: Range<Int>) {
        precondition(image.count == mean.count * frames, "an image of \(image.count) cells is not one of \(mean.count) bands")
        for band in mean.indices {
            let scale = 1 / (deviation[band] + 1e-5)
            for column in columns { image[band * frames + column] = (image[band * frames + column] - mean[band]) * scale }
        }
    }

    /// Sums over clips in dB, from which statistics come. Clips without sound count nothing.
    public struct Sums: Sendable {
        private var count = 0
        private var sums, squares: [Double]

        public init(bands: Int) { (sums, squares) = ([Double](repeating: 0, count: bands), [Double](repeating: 0, count: bands)) }

        /// Adds the frames of sound of a clip.
        public mutating func add(_ clip: PreparedClip) {
            precondition(
                clip.melBands == sums.count && clip.statistics == nil, "statistics are taken of sound in dB with \(sums.count) bands")
            count += clip.soundFrames
            for band in 0..<clip.melBands {
                let start = band * clip.melFrames + clip.firstSoundFrame
                for value in clip.mel[start..<start + clip.soundFrames] {
                    sums[band] += Double(value)
                    squares[band] += Double(value) * Double(value)
                }
            }
        }

        public mutating func add(_ other: Sums) {
            count += other.count
            for band in sums.indices {
                sums[band] += other.sums[band]
                squares[band] += other.squares[band]
            }
        }

        /// Nil where there was no sound.
        public var statistics: BandStatistics? {
            guard count > 0 else { return nil }
            let means = sums.map { $0 / Double(count) }
            return BandStatistics(
                mean: means.map(Float.init), deviation: zip(means, squares).map { Float(max($1 / Double(count) - $0 * $0, 0).squareRoot()) }
            )
        }
    }
}
