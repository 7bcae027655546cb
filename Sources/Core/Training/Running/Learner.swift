// A network with its objective and optimiser: one training step, and evaluation.
import Base
import Foundation
import Networks
import Records
import Tensors

/// The result of one step.
struct StepResult {
    /// Losses are means over the batch.
    var values: StepValues
    /// Of the discriminators, which are not clipped; 0 where there are none.
    var discriminatorGradientNorm: Double
    /// Cross-entropy of the domains by the (first) discriminator, nats; nil where the method has none.
    var discriminatorLoss: Double?
}

struct LearningFailure: Error, CustomStringConvertible {
    var description: String
}

package final class Learner {
    package let store: ParameterStore
    package let network: any Network
    package let objective: TrainingObjective
    package let precision: Precision
    /// The task of the network.
    let task: LearningTask
    /// Two groups of parameters with the same settings, since clipping is for the network alone.
    private let networkOptimiser, discriminatorOptimiser: any Optimiser
    private let clipNorm: Double

    init(
        task: LearningTask, store: ParameterStore, network: any Network, objective: TrainingObjective, optimiser: OptimiserSettings,
        precision: Precision = .float32
    ) {
        self.task = task
        self.store = store
        self.network = network
        self.objective = objective
        self.precision = precision
        clipNorm = optimiser.clipNorm
        let own = Set(objective.parameters.map(ObjectIdentifier.init))
        networkOptimiser = optimiser.optimiser(for: store.parameters.filter { !own.contains(ObjectIdentifier($0)) })
        discriminatorOptimiser = optimiser.optimiser(for: objective.parameters)
    }

    /// Everything but the weights that the next step depends on, by the parameters' names.
    var optimiserState: [String: Tensor] {
        get { networkOptimiser.state.merging(discriminatorOptimiser.state) { own, _ in own } }
        set {
            networkOptimiser.state = newValue
            discriminatorOptimiser.state = newValue
        }
    }

    /// - Parameter source: values that parameters start with; the others are drawn.
    package convenience init(
        _ job: TrainingJob, _ experiment: Experiment, task: LearningTask, source: ParameterStore.Source? = nil
    ) throws(ExperimentError) {
        let store = ParameterStore(seed: experiment.seed, source: source, lora: job.adapters)
        let classes = task.labels.count
        let network = try job.network(classes, store.root)
        let objective = try TrainingObjective(experiment, job, classes: classes, widths: network.embeddingWidths, at: store.root)
        for pattern in job.frozenParameters { store.freeze(pattern) }
        self.init(
            task: task, store: store, network: network, objective: objective, optimiser: experiment.optimiser,
            precision: experiment.training.precision.ofProducts)
    }

    /// A pass that only looks, in the run's precision.
    package func inference() -> Context { .inference(precision: precision) }

    /// What the network takes of a batch: with the frozen encoder's features where the batch may have them.
    package func input(of batch: TrainingBatch) -> NetworkInput {
        guard let features = batch.features, let pictures = batch.input.pictures else { return batch.input }
        var input = batch.input
        input.videoTokens = features.tokens(of: batch.featureKeys, pictures: pictures) { pictures in
            guard let tokens = network.videoTokens(of: pictures, .inference(precision: precision, keepsPackedWeights: true)) else {
                preconditionFailure("only a network with a video encoder has features")
            }
            return tokens
        }
        input.pictures = nil
        return input
    }

    /// Forward, backward, clip, step. Throws before the weights change where a loss or a gradient is not a number.
    func step(_ batch: TrainingBatch, alpha: Double, rate: Double, dropout: RandomStream) throws(NumberFailure) -> StepResult {
        let tape = Tape()
        let context = Context(tape: tape, isTraining: true, precision: precision, dropout: dropout)
        let input = input(of: batch)
        let output = network(input, context)
        let labels = objective.labelAccess.labels(of: batch)
        let terms = objective.loss(output, domains: batch.domains, labels: labels, alpha: alpha, context)
        let total = Double(terms.total.item)
        guard total.isFinite else { throw NumberFailure(loss: total, store: store, input: input, logits: output.logits) }
        for optimiser in [networkOptimiser, discriminatorOptimiser] { optimiser.clearGradients() }
        tape.backward(terms.total)
        let norm = GradientClipping.norm(of: networkOptimiser.parameters)
        let discriminatorNorm = GradientClipping.norm(of: discriminatorOptimiser.parameters)
        guard norm.isFinite, discriminatorNorm.isFinite else {
            throw NumberFailure(gradientsOf: store, input: input, logits: output.logits)
        }
        for optimiser in [networkOptimiser, discriminatorOptimiser] { optimiser.rate = Float(rate) }
        // A limit on each step's gradient is no limit on its mean. Where batches alternate, it cuts that of one domain more than that of the other:
        // the emotion loss of source batches takes the discriminator's part down with it, or the domain that it is wrong about gives the larger
        // gradient. Either way a clipped discriminator ends up naming one domain whatever it sees.
        networkOptimiser.step(gradientScale: clipNorm > 0 ? GradientClipping.factor(norm: norm, limit: Float(clipNorm)) : 1)
        discriminatorOptimiser.step()
        var values = StepValues()
        for (series, loss) in terms.terms { values.append(series.id, Double(loss.item)) }
        values.append(SeriesName.total.id, total)
        if let accuracy = classAccuracy(output.logits, labels) { values.append(accuracySeries.id, accuracy) }
        if let logits = terms.domainLogits { values.append(SeriesName.domainAccuracy.id, share(logits.argMax(), batch.domains.classes)) }
        if objective.adapts { values.append(SeriesName.alpha.id, alpha) }
        values.append(SeriesName.learningRate.id, rate)
        values.append(SeriesName.gradientNorm.id, Double(norm))
        return StepResult(
            values: values, discriminatorGradientNorm: Double(discriminatorNorm),
            discriminatorLoss: terms.domainLogits.map { $0.meanCrossEntropy(batch.domains.classes) })
    }

    /// Share of the labelled samples of a step whose class is right.
    private var accuracySeries: Series { Series(.metric, MetricName.accuracy, of: task.main?.name ?? "") }

    /// Everything that a step may tell, in the order in which it is shown. The gradient's norm is that of the network without the discriminators,
    /// before the clipping: the one that `clip_norm` limits.
    var series: [Series] {
        objective.terms + [SeriesName.total, accuracySeries] + (objective.hasDiscriminator ? [SeriesName.domainAccuracy] : [])
            + (objective.adapts ? [SeriesName.alpha] : []) + [SeriesName.learningRate, SeriesName.gradientNorm]
    }

    /// Everything that an epoch tells.
    /// - Parameter hasTarget: target clips are validated.
    func metrics(hasTarget: Bool) -> [Metric] { task.metrics(hasDiscriminator: objective.hasDiscriminator, hasTarget: hasTarget) }

    /// Of the clips whose label is shown.
    private func classAccuracy(_ logits: Tensor, _ labels: [Int]) -> Double? {
        let answers = logits.argMax(), shown = labels.indices.filter { labels[$0] >= 0 }
        return shown.isEmpty ? nil : share(shown.map { answers[$0] }, shown.map { labels[$0] })
    }
}

extension Tensor {
    /// Of logits `[rows, classes]` against the classes of the rows, nats, away from the tape.
    fileprivate func meanCrossEntropy(_ targets: [Int]) -> Double {
        let classes = shape[1]
        return withUnsafeBuffer { logits in
            var sum = 0.0
            for (row, target) in targets.enumerated() {
                let values = logits[row * classes..<(row + 1) * classes].map { Double($0) }
                let greatest = values.max() ?? 0
                var total = 0.0
                for value in values { total += Foundation.exp(value - greatest) }
                sum += Foundation.log(total) + greatest - values[target]
            }
            return sum / Double(max(targets.count, 1))
        }
    }
}

/// Share of equal entries.
private func share(_ a: [Int], _ b: [Int]) -> Double {
    Double(zip(a, b).filter { $0 == $1 }.count) / Double(max(a.count, 1))
}

extension TrainingSettings.Precision {
    /// The engine's word for it.
    package var ofProducts: Tensors.Precision { self == .float32 ? .float32 : .bfloat16 }
}
