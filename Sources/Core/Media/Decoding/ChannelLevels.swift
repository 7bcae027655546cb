// Whether the channels of a sound cancel in their mean: one of them has its sign turned, as by a cable that was soldered the wrong way round.

/// Deviation of the channels and of their mean, over all of a sound. A constant is no sound and does not count.
struct ChannelLevels {
    /// Below this share of what independent channels would leave in the mean, they cancel: of two, a correlation below -0.75.
    private static let leastShare = 0.25
    /// Mean square of channels that are silent, 80 dB below full scale.
    private static let silence = 1e-8

    private struct Sums {
        var sum = 0.0, squares = 0.0

        mutating func add(_ samples: UnsafePointer<Float>, _ count: Int) {
            let bytes = UnsafeRawPointer(samples)
            var (sum, squares) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
            var i = 0
            while i + 8 <= count {
                let eight = bytes.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self)
                sum += eight
                squares += eight * eight
                i += 8
            }
            self.sum += Double(sum.sum())
            self.squares += Double(squares.sum())
            while i < count {
                self.sum += Double(samples[i])
                self.squares += Double(samples[i]) * Double(samples[i])
                i += 1
            }
        }

        func variance(_ count: Double) -> Double { max(0, squares / count - (sum / count) * (sum / count)) }
    }

    private var count = 0.0
    private var channels: [Sums] = []
    private var mean = Sums()

    /// Planes of `count` samples, one after the other.
    mutating func add(_ planes: UnsafePointer<Float>, channels: Int, count: Int) {
        // Sound that changes its number of channels midway is judged from there on.
        if channels != self.channels.count { self = ChannelLevels(channels: channels) }
        for channel in 0..<channels { self.channels[channel].add(planes + channel * count, count) }
        self.count += Double(count)
    }

    /// The mean of the same samples.
    mutating func addMean(_ samples: UnsafePointer<Float>, count: Int) { mean.add(samples, count) }

    init(channels: Int = 0) { self.channels = [Sums](repeating: Sums(), count: channels) }

    var cancel: Bool {
        guard count > 0, channels.count > 1 else { return false }
        let loudness = channels.reduce(0) { $0 + $1.variance(count) } / Double(channels.count)
        guard loudness > Self.silence else { return false }
        return Double(channels.count) * mean.variance(count) < Self.leastShare * loudness
    }
}
