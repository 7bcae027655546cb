// The constant that a recorder adds to every sample. The spectrogram keeps it, as librosa's does; the search for speech must not take it for sound.

/// Adds up a sound that comes in blocks.
public struct ConstantOffset: Sendable {
    /// Power of the constant as a share of the rest, below which its band lies more than the gate's 40 dB below the sound's loudest cell.
    private static let least = 1e-4

    private var count = 0.0, sum = 0.0, squares = 0.0

    public init() {}

    public mutating func add(_ samples: UnsafeBufferPointer<Float>) {
        for sample in samples {
            sum += Double(sample)
            squares += Double(sample) * Double(sample)
        }
        count += Double(samples.count)
    }

    /// The mean, or nil where it is too small to be taken for sound.
    public var value: Float? {
        guard count > 0 else { return nil }
        let mean = sum / count
        return mean * mean > Self.least * max(0, squares / count - mean * mean) ? Float(mean) : nil
    }
}

/// Takes a constant away. Where the sound begins and ends the constant has rung in the resampler, which heard it come and go: these moments are silence.
public struct Centring: Sendable {
    private let offset: Float
    private let kept: Range<Int>
    private var place = 0

    /// - Parameter samples: of the whole sound.
    public init(offset: Float, samples: Int, rate: Int) {
        self.offset = offset
        // Ten milliseconds, of sounds that are long enough to have them to spare.
        let edge = samples > rate / 10 ? rate / 100 : 0
        kept = edge..<max(edge, samples - edge)
    }

    /// The next samples.
    public mutating func next(_ block: UnsafeBufferPointer<Float>) -> [Float] {
        defer { place += block.count }
        return block.enumerated().map { kept.contains(place + $0) ? $1 - offset : 0 }
    }
}

extension Waveform {
    /// The same sound without its constant part; nil where it has none to speak of.
    public var centred: Waveform? {
        var offset = ConstantOffset()
        samples.withUnsafeBufferPointer { offset.add($0) }
        guard let value = offset.value else { return nil }
        var centring = Centring(offset: value, samples: samples.count, rate: rate)
        return Waveform(samples: samples.withUnsafeBufferPointer { centring.next($0) }, rate: rate)
    }
}
