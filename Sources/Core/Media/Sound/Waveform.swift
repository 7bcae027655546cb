/// Mono sound: samples nominally in [-1, 1], `rate` in Hz.
public struct Waveform: Sendable, Equatable {
    public var samples: [Float]
    public let rate: Int

    public init(samples: [Float], rate: Int) {
        self.samples = samples
        self.rate = rate
    }

    /// Length in seconds.
    public var duration: Double { rate > 0 ? Double(samples.count) / Double(rate) : 0 }
}

extension Waveform {
    /// Exactly `count` samples: a longer sound is cut by the same at both ends, a shorter one gets silence at its end (AVT-CA §2).
    public func fitted(to count: Int) -> Waveform {
        precondition(count >= 0, "a sound of \(count) samples")
        if samples.count <= count { return Waveform(samples: samples + [Float](repeating: 0, count: count - samples.count), rate: rate) }
        let start = (samples.count - count) / 2
        return Waveform(samples: Array(samples[start..<(start + count)]), rate: rate)
    }
}
