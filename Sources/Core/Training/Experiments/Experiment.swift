// Everything that decides what a run computes: read from TOML, stored with the run, nothing read from elsewhere.
// Defaults cite specs: "zu-dann" is the published system; "ours" marks choices that its text leaves open.

/// A run's configuration. Sections are TOML tables; see `Experiment.parse` for reading.
public struct Experiment: Sendable, Codable, Equatable {
    public var name = "untitled"
    /// The published system: by its name in `SystemLibrary`.
    public var system = "zu-dann"
    public var data = DataSettings()
    public var inputs = InputSettings()
    public var model = ModelSettings()
    public var adaptation = AdaptationSettings()
    public var optimiser = OptimiserSettings()
    public var training = TrainingSettings()
    public var augmentation = AugmentationSettings()
    public var report = ReportSettings()

    public init() {}

    /// The seed of a single run: the first of `training.seeds`.
    public var seed: UInt64 { UInt64(training.seeds.first ?? 42) }

    /// One experiment a seed, for runs that are reported as mean and deviation.
    public var perSeed: [Experiment] {
        training.seeds.map { seed in
            var one = self
            one.training.seeds = [seed]
            return one
        }
    }

    public var learningRate: LearningRateSchedule {
        LearningRateSchedule(
            kind: optimiser.schedule, peak: optimiser.learningRate, minimum: optimiser.minimumRate,
            firstCycle: optimiser.restartEpochs, factor: optimiser.restartFactor, warmUp: optimiser.warmUpEpochs,
            decayFactor: optimiser.decayFactor, decayEpochs: optimiser.decayEpochs, patience: optimiser.plateauPatience,
            coolDown: optimiser.plateauCoolDown, threshold: optimiser.plateauThreshold)
    }

    /// The planned alpha; off where there is nothing that it could act on.
    public var alpha: AlphaSchedule { adapts && adaptation.method.aligns ? adaptation.alpha : AlphaSchedule(kind: .off) }

    /// True where the run trains on target clips.
    public var adapts: Bool { adaptation.method != .none && !data.target.isEmpty }
}
