import Foundation
import Inputs
import Metrics

/// What a trainer tells: the only thing that leaves it. `Runs` writes these to the store, panes read the store.
public enum TrainingEvent: Sendable, Codable, Equatable {
    case started(RunPlan)
    case step(StepRecord)
    case epoch(EpochRecord)
    case predictions(epoch: Int, [Prediction])
    case checkpoint(CheckpointRecord)
    case order(OrderRecord)
    /// A live setting changed: the plan from that step on, and the experiment as it stands now, as TOML.
    case replanned(step: Int, RunPlan, experiment: String)
    /// A number went wrong: no step was taken with this batch.
    case anomaly(AnomalyRecord)
    case message(level: MessageLevel, text: String)
    /// Seconds that the run was worked on so far, in all its processes: steps, validation and saving, no pauses.
    case worked(seconds: Double)
    case paused(step: Int)
    case resumed(step: Int)
    case finished(FinalReport)
    case stopped(step: Int)
    case failed(String)
}

public enum MessageLevel: String, Sendable, Codable { case debug, info, warning, error }

public enum Domain: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable { case source, target }

/// What a run is about to do.
public struct RunPlan: Sendable, Codable, Equatable {
    public var stepsPerEpoch: Int
    public var epochs: Int
    public var batchSize: Int
    public var labels: [String]
    /// Numbers of clips.
    public var sourceTraining, sourceValidation, targetTraining, targetValidation: Int
    /// How the clips were split ("by speaker", "random") and the hash that names the split.
    public var split: String
    public var splitHash: String
    /// The planned alpha and learning rate at equally spaced points from the first step to the last, for drawing before the run.
    public var plannedAlpha: [Double]
    public var plannedLearningRate: [Double]
    public var parameters: Int
    public var trainableParameters: Int
    /// Where the run reads target labels, in words that begin with `oracle`; nil where it never does.
    public var targetLabelUse: String?
    /// How the clips were prepared; nil in plans of earlier programs.
    public var preparation: EffectivePreparation?

    public var steps: Int { stepsPerEpoch * epochs }

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
        plan.plannedAlpha = joined(plannedAlpha, earlier.plannedAlpha)
        plan.plannedLearningRate = joined(plannedLearningRate, earlier.plannedLearningRate)
        return plan
    }

    public init(
        stepsPerEpoch: Int, epochs: Int, batchSize: Int, labels: [String], sourceTraining: Int, sourceValidation: Int,
        targetTraining: Int, targetValidation: Int, split: String, splitHash: String, plannedAlpha: [Double],
        plannedLearningRate: [Double], parameters: Int, trainableParameters: Int, targetLabelUse: String? = nil,
        preparation: EffectivePreparation? = nil
    ) {
        self.stepsPerEpoch = stepsPerEpoch
        self.epochs = epochs
        self.batchSize = batchSize
        self.labels = labels
        self.sourceTraining = sourceTraining
        self.sourceValidation = sourceValidation
        self.targetTraining = targetTraining
        self.targetValidation = targetValidation
        self.split = split
        self.splitHash = splitHash
        self.plannedAlpha = plannedAlpha
        self.plannedLearningRate = plannedLearningRate
        self.parameters = parameters
        self.trainableParameters = trainableParameters
        self.targetLabelUse = targetLabelUse
        self.preparation = preparation
    }
}

/// One optimiser step. Losses are means over the batch; `nil` where the step had none.
public struct StepRecord: Sendable, Codable, Equatable {
    /// Counts from 1.
    public var step: Int
    public var epoch: Int
    public var domain: Domain
    public var classLoss: Double?
    public var domainLoss: Double?
    /// Share of the batch whose class, and whose domain, was right.
    public var classAccuracy: Double?
    public var domainAccuracy: Double?
    public var alpha: Double
    public var learningRate: Double
    /// Of the network without its discriminators, before clipping: the norm that `optimiser.clip_norm` limits.
    public var gradientNorm: Double
    public var clips: Int
    /// Seconds of this step, and of these the seconds spent waiting for data.
    public var seconds: Double
    public var waitingSeconds: Double

    public init(
        step: Int, epoch: Int, domain: Domain, classLoss: Double?, domainLoss: Double?, classAccuracy: Double?,
        domainAccuracy: Double?, alpha: Double, learningRate: Double, gradientNorm: Double, clips: Int, seconds: Double,
        waitingSeconds: Double
    ) {
        self.step = step
        self.epoch = epoch
        self.domain = domain
        self.classLoss = classLoss
        self.domainLoss = domainLoss
        self.classAccuracy = classAccuracy
        self.domainAccuracy = domainAccuracy
        self.alpha = alpha
        self.learningRate = learningRate
        self.gradientNorm = gradientNorm
        self.clips = clips
        self.seconds = seconds
        self.waitingSeconds = waitingSeconds
    }
}

/// Scores of one domain's validation clips. Without a label there is neither loss, accuracy nor F1: they are nil where no clip has one, and
/// of the clips that have one elsewhere.
public struct DomainScores: Sendable, Codable, Equatable {
    public var loss: Double?
    public var accuracy: Double?
    public var macroF1: Double?
    /// `confusion[truth][prediction]`, counts, in the order of the run's labels.
    public var confusion: [[Int]]
    /// Share of these clips whose domain the discriminator names rightly; `nil` where the run has none.
    public var domainAccuracy: Double?
    public var clips: Int
    /// Clips with a label.
    public var labelled: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }

    /// Nil for scores that no label stands behind.
    public init(_ scores: ClassificationScores, loss: Double, domainAccuracy: Double?, clips: Int) {
        let isKnown = scores.total > 0
        self.init(
            loss: isKnown ? loss : nil, accuracy: isKnown ? scores.accuracy : nil, macroF1: isKnown ? scores.macroF1 : nil,
            confusion: scores.confusion, domainAccuracy: domainAccuracy, clips: clips)
    }

    public init(loss: Double?, accuracy: Double?, macroF1: Double?, confusion: [[Int]], domainAccuracy: Double?, clips: Int) {
        self.loss = loss
        self.accuracy = accuracy
        self.macroF1 = macroF1
        self.confusion = confusion
        self.domainAccuracy = domainAccuracy
        self.clips = clips
    }
}

/// A score of the source less the target's; nil where either is not known.
public func difference(_ source: Double?, _ target: Double?) -> Double? { source.flatMap { source in target.map { source - $0 } } }

public struct EpochRecord: Sendable, Codable, Equatable {
    /// Counts from 1.
    public var epoch: Int
    public var step: Int
    public var source: DomainScores
    /// `nil` where the run has no target.
    public var target: DomainScores?
    /// True where this is the best epoch so far by the run's selection rule.
    public var isBest: Bool
    /// Seconds that its validation took.
    public var seconds: Double
    /// Seconds that saving took after it; `nil` until the epoch is saved.
    public var savingSeconds: Double?
    /// Label-free scores of the target; `nil` where the run has none, and in records of earlier programs.
    public var targetScores: TargetScores?

    public init(
        epoch: Int, step: Int, source: DomainScores, target: DomainScores?, isBest: Bool, seconds: Double, savingSeconds: Double? = nil,
        targetScores: TargetScores? = nil
    ) {
        self.epoch = epoch
        self.step = step
        self.source = source
        self.target = target
        self.isBest = isBest
        self.seconds = seconds
        self.savingSeconds = savingSeconds
        self.targetScores = targetScores
    }
}

/// The model's answer for one validation clip.
public struct Prediction: Sendable, Codable, Equatable {
    public var clip: String
    public var domain: Domain
    /// Index into the run's labels; nil where the clip has no label.
    public var truth: Int?
    public var probabilities: [Float]

    public var predicted: Int { probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0 }
    /// Nil where nobody knows.
    public var isRight: Bool? { truth.map { $0 == predicted } }

    public init(clip: String, domain: Domain, truth: Int?, probabilities: [Float]) {
        self.clip = clip
        self.domain = domain
        self.truth = truth
        self.probabilities = probabilities
    }
}

public struct CheckpointRecord: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable { case best, last }
    public var kind: Kind
    public var epoch: Int
    public var step: Int
    /// Path relative to the run's folder.
    public var file: String
    /// Seconds that the save took, best weights and checkpoint together.
    public var seconds: Double

    public init(kind: Kind, epoch: Int, step: Int, file: String, seconds: Double = 0) {
        self.kind = kind
        self.epoch = epoch
        self.step = step
        self.file = file
        self.seconds = seconds
    }
}

/// An order as applied, in words, e.g. `alpha.maximum 0.1 → 0.05`.
public struct OrderRecord: Sendable, Codable, Equatable {
    public var id: Int64
    public var step: Int
    public var text: String
    /// It could not be carried out; the text says why.
    public var isRefused: Bool

    public init(id: Int64, step: Int, text: String, isRefused: Bool = false) {
        self.id = id
        self.step = step
        self.text = text
        self.isRefused = isRefused
    }
}

/// A step whose loss or gradient was not a number, and what was done about it.
public struct AnomalyRecord: Sendable, Codable, Equatable {
    public enum Action: Sendable, Codable, Equatable {
        case stopped
        case skipped
        /// Back to the checkpoint after that step, with the learning rate multiplied by `rateFactor` in all.
        case wentBack(step: Int, rateFactor: Double)
    }

    /// The step that could not be taken.
    public var step: Int
    public var epoch: Int
    /// What went wrong, in words.
    public var reason: String
    /// The batch's clips as `domain/name`, and those of them that are to blame, where they can be told.
    public var clips: [String]
    public var culprits: [String]
    /// The batch, a safetensors file in the run's folder; nil where none was written.
    public var file: String?
    public var action: Action

    public init(step: Int, epoch: Int, reason: String, clips: [String], culprits: [String], file: String?, action: Action) {
        self.step = step
        self.epoch = epoch
        self.reason = reason
        self.clips = clips
        self.culprits = culprits
        self.file = file
        self.action = action
    }

    /// In one line: what, which clips, what was done, where to look.
    public var words: String {
        let named = culprits.isEmpty ? clips : culprits
        let some = named.prefix(3).joined(separator: ", ") + (named.count > 3 ? " and \(named.count - 3) more" : "")
        let blame = named.isEmpty ? "" : culprits.isEmpty ? ", with \(some)" : ", because of \(some)"
        let done =
            switch action {
            case .stopped: "the run ends"
            case .skipped: "the batch is left out"
            case .wentBack(let step, let factor): "back to step \(step), learning rate × \(String(format: "%.4g", factor))"
            }
        return "step \(step): \(reason)\(blame): \(done)" + (file.map { "; the batch is in \($0)" } ?? "")
    }
}

/// How a run ended: scores of the best epoch's weights. `source` and `target` are of validation clips, which may have chosen them.
public struct FinalReport: Sendable, Codable, Equatable {
    public var bestEpoch: Int
    public var epochs: Int
    public var steps: Int
    public var source: DomainScores
    public var target: DomainScores?
    /// Of the same weights on the test parts, which never chose them; nil where the split has none.
    public var sourceTest: DomainScores?
    public var targetTest: DomainScores?
    /// Seconds that the run was worked on, in all its processes: steps, validation and saving, no pauses.
    public var seconds: Double
    /// Clips a second while steps were taken.
    public var clipsPerSecond: Double
    /// What chose the best epoch; `nil` in reports of earlier programs.
    public var selection: TrainingSettings.Selection?

    public init(
        bestEpoch: Int, epochs: Int, steps: Int, source: DomainScores, target: DomainScores?, sourceTest: DomainScores? = nil,
        targetTest: DomainScores? = nil, seconds: Double, clipsPerSecond: Double, selection: TrainingSettings.Selection? = nil
    ) {
        self.bestEpoch = bestEpoch
        self.epochs = epochs
        self.steps = steps
        self.source = source
        self.target = target
        self.sourceTest = sourceTest
        self.targetTest = targetTest
        self.seconds = seconds
        self.clipsPerSecond = clipsPerSecond
        self.selection = selection
    }
}
