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
