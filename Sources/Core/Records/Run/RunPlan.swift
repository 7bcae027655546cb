// A run's plan: everything that is known before its first step.
import Base

public struct RunPlan: Sendable, Codable, Equatable {
    public var stepsPerEpoch: Int
    public var epochs: Int
    public var batchSize: Int
    public var task: LearningTask
    /// Names of the corpora; no target's where the run has none.
    public var source: String
    public var target: String?
    /// Numbers of samples.
    public var samples: [Part: Int]
    /// How the clips were split ("by speaker", "random") and the hash that names the split.
    public var split: String
    public var splitHash: String
    /// Series of the steps, in the order in which they are shown.
    public var series: [Series]
    /// Metrics of the epochs, in the order in which they are shown. The main head's first one is the main metric.
    public var metrics: [Metric]
    public var schedules: [PlannedSchedule]
    /// The adaptation; nil where the run learns from the source alone.
    public var adaptation: PlannedAdaptation?
    public var selection: Selection
    public var parameters: Int
    public var trainableParameters: Int
    /// Where the run reads target labels, in words that begin with `oracle`; nil where it never does.
    public var targetLabelUse: String?
    /// How the clips were prepared.
    public var preparation: PreparationRecord?

    public init(
        stepsPerEpoch: Int, epochs: Int, batchSize: Int, task: LearningTask, source: String, target: String? = nil, samples: [Part: Int],
        split: String, splitHash: String, series: [Series] = [], metrics: [Metric] = [], schedules: [PlannedSchedule] = [],
        adaptation: PlannedAdaptation? = nil, selection: Selection = .source, parameters: Int, trainableParameters: Int,
        targetLabelUse: String? = nil, preparation: PreparationRecord? = nil
    ) {
        (self.stepsPerEpoch, self.epochs, self.batchSize, self.task) = (stepsPerEpoch, epochs, batchSize, task)
        (self.source, self.target, self.samples, self.split, self.splitHash) = (source, target, samples, split, splitHash)
        (self.series, self.metrics, self.schedules, self.adaptation) = (series, metrics, schedules, adaptation)
        (self.selection, self.parameters, self.trainableParameters) = (selection, parameters, trainableParameters)
        (self.targetLabelUse, self.preparation) = (targetLabelUse, preparation)
    }

    public var steps: Int { stepsPerEpoch * epochs }
    public var mainMetric: Metric? { metrics.first { $0.head == task.main?.name } }
    public func schedule(_ series: Series) -> PlannedSchedule? { schedules.first { $0.series == series.id } }
    public func corpus(_ domain: Domain) -> String? { domain == .source ? source : target }

    /// This plan with the curves of an earlier one up to `step`: what a change in the middle of a run leaves of the past.
    public func continuing(_ earlier: RunPlan, after step: Int) -> RunPlan {
        func joined(_ new: [Double], _ old: [Double]) -> [Double] {
            guard new.count > 1, old.count > 1, steps > 0, earlier.steps > 0 else { return new }
            return new.indices.map { index in
                let place = Double(index) / Double(new.count - 1) * Double(steps)
                guard place < Double(step) else { return new[index] }
                let before = min(place / Double(earlier.steps), 1) * Double(old.count - 1)
                let lower = min(Int(before), old.count - 2), share = before - Double(lower)
                return old[lower] + (old[lower + 1] - old[lower]) * share
            }
        }
        var plan = self
        for index in plan.schedules.indices {
            guard let old = earlier.schedules.first(where: { $0.series == plan.schedules[index].series }) else { continue }
            plan.schedules[index].values = joined(plan.schedules[index].values, old.values)
        }
        return plan
    }
}

/// A schedule as planned, for drawing before the run.
public struct PlannedSchedule: Sendable, Codable, Equatable {
    /// Id of its series.
    public var series: String
    /// The schedule's name: `conservative`, `cosine, restarts 10 ×2`.
    public var name: String
    /// At equally spaced points from the first step to the last.
    public var values: [Double]
    /// The step at which it begins to rise from its floor; nil where it rises from the start, or never.
    public var rampStart: Int?

    public init(_ series: Series, name: String, values: [Double], rampStart: Int? = nil) {
        (self.series, self.name, self.values, self.rampStart) = (series.id, name, values, rampStart)
    }
}

/// A run's use of its target samples.
public struct PlannedAdaptation: Sendable, Codable, Equatable {
    /// The experiment's name for it: `dann`.
    public var method: String
    /// A term of the loss draws the domains together.
    public var aligns: Bool
    /// A discriminator tells the domains apart.
    public var hasDiscriminator: Bool
    /// Target labels are learned from: an upper bound, not an adaptation.
    public var learnsFromTargetLabels: Bool
    /// Source and target come in batches of their own.
    public var alternates: Bool

    public init(method: String, aligns: Bool, hasDiscriminator: Bool, learnsFromTargetLabels: Bool, alternates: Bool) {
        (self.method, self.aligns, self.hasDiscriminator) = (method, aligns, hasDiscriminator)
        (self.learnsFromTargetLabels, self.alternates) = (learnsFromTargetLabels, alternates)
    }
}

/// The preparation that a run's clips really got: a summary for people, and everything for preparing further clips alike.
public struct PreparationRecord: Sendable, Codable, Equatable {
    /// Summary of the face detection: `mtcnn (weights 1f0c…)`, `not used`.
    public var faces: String
    /// Version of the code that prepares, and of the detector, for people.
    public var version: String
    /// Centred squares stand in for faces that a detector was to find.
    public var isFallback: Bool
    /// Everything, as JSON that the room of inputs reads.
    public var effective: String

    public init(faces: String, version: String, isFallback: Bool, effective: String) {
        (self.faces, self.version, self.isFallback, self.effective) = (faces, version, isFallback, effective)
    }
}
