// How long a run still takes, estimated from what its steps, validations and saves took. Screen and command line say the same.

public enum TimeLeft {
    /// Steps whose pace counts, and epochs whose validation and saving count.
    public static let steps = 60, epochs = 3

    /// Seconds that the run has still to be worked on.
    /// - Parameters:
    ///   - recent: the last steps in order; those of the pace are taken from its end.
    ///   - closed: the epochs that are closed, in order.
    /// - Returns: nil where nothing is known yet.
    public static func seconds(
        _ plan: RunPlan, recent: some BidirectionalCollection<StepRecord>, closed: some BidirectionalCollection<EpochRecord>
    ) -> Double? {
        let pace = recent.suffix(steps).filter(\.seconds.isFinite)
        guard let last = recent.last, !pace.isEmpty else { return nil }
        let seconds = pace.reduce(0) { $0 + $1.seconds }
        let forSteps = seconds / Double(pace.count) * Double(max(0, plan.steps - last.step))
        return forSteps + epoch(plan, pace, closed) * Double(max(0, plan.epochs - (closed.last?.epoch ?? 0)))
    }

    /// Seconds that validation and saving take at an epoch's end. Before the first epoch is over, validation is estimated: a forward pass is about
    /// a third of a step.
    private static func epoch(_ plan: RunPlan, _ pace: [StepRecord], _ closed: some BidirectionalCollection<EpochRecord>) -> Double {
        func mean(_ values: [Double]) -> Double? {
            let values = values.filter(\.isFinite)
            return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        }
        let last = closed.suffix(epochs)
        let saving = mean(last.compactMap(\.savingSeconds)) ?? 0
        if let validation = mean(last.map(\.seconds)) { return validation + saving }
        let samples = pace.reduce(0) { $0 + $1.samples }
        guard samples > 0 else { return 0 }
        let working = pace.reduce(0) { $0 + max(0, $1.seconds - ($1.waitingSeconds.isFinite ? $1.waitingSeconds : 0)) }
        let validation = (plan.samples[.sourceValidation] ?? 0) + (plan.samples[.targetValidation] ?? 0)
        return working / Double(samples) / 3 * Double(validation)
    }
}
