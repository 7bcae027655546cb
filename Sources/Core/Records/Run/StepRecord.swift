/// One optimiser step.
public struct StepRecord: Sendable, Codable, Equatable {
    /// Counts from 1.
    public var step: Int
    public var epoch: Int
    /// The batch's domain; the first sample's where it holds both.
    public var domain: Domain
    public var values: StepValues
    public var samples: Int
    /// Seconds of this step, and of these the seconds spent waiting for data.
    public var seconds: Double
    public var waitingSeconds: Double

    public init(
        step: Int, epoch: Int, domain: Domain, values: StepValues = StepValues(), samples: Int, seconds: Double, waitingSeconds: Double = 0
    ) {
        (self.step, self.epoch, self.domain, self.values) = (step, epoch, domain, values)
        (self.samples, self.seconds, self.waitingSeconds) = (samples, seconds, waitingSeconds)
    }

    public subscript(series: Series) -> Double? {
        get { values[series] }
        set { values[series] = newValue }
    }
}
