// The weights of a run, ready to answer: what predicting, explaining, robustness and choosing target clips share.
import Foundation
import Inputs
import Networks
import Records
import TensorFiles
import Tensors
import Training

public enum TrainedModelError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, detail: String)
    case notOfARun(path: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let detail): "\(path) cannot be used: \(detail)"
        case .notOfARun(let path): "\(path) does not hold the experiment that it was trained by: give the best.safetensors of a run"
        }
    }
}

/// A run's `best.safetensors` with the experiment and the task that are stored in it. Not for use by two threads at once.
public final class TrainedModel {
    public let file: URL
    public let experiment: Experiment
    /// The task that it was trained for.
    public let task: LearningTask
    public var labels: [String] { task.labels }
    /// How the clips that it was trained on were prepared: it answers about no others. `FacePreparation(like:)` prepares clips so.
    public let preparation: EffectivePreparation
    let job: TrainingJob
    /// The place whose vectors stand for clips.
    public var mainEmbedding: String { job.mainEmbedding }
    let store: ParameterStore
    let network: any Network
    let objective: TrainingObjective
    /// What it was trained and validated in.
    let precision: Precision
    /// A warning to give with its answers, where some of its weights are not finite; nil otherwise.
    public let warning: String?
    /// What its sound is normalised by, where that is more than each clip.
    private(set) var statistics: SoundStatistics?

    /// - Throws: `TrainedModelError`.
    /// - Parameter systems: the systems whose runs can be used.
    public init(_ file: URL, systems: SystemLibrary) throws(TrainedModelError) {
        self.file = file
        do {
            let stored = try Safetensors(contentsOf: file)
            guard let text = stored.metadata[RunFiles.experimentKey], let task = RunFiles.task(of: stored) else {
                throw TrainedModelError.notOfARun(path: file.path)
            }
            experiment = try Experiment.parse(text)
            preparation = try RunFiles.preparation(of: stored)
            self.task = task
            let values = stored.weights
            // Taken while the network is built, so that none is drawn first; then checked that all are there and nothing else.
            job = try systems.job(for: experiment)
            let learner = try Learner(job, experiment, task: task) { name, shape in
                values[name].flatMap { $0.shape == shape ? $0 : nil }
            }
            try learner.store.load(values)
            var notFinite = NotFiniteValues()
            for (name, value) in values.sorted(by: { $0.key < $1.key }) { notFinite.add(name, value) }
            warning = notFinite.words(file.path)
            (store, network, objective, precision) = (learner.store, learner.network, learner.objective, learner.precision)
            statistics = try SoundStatistics(from: stored, bands: experiment.inputs.melBands)
            if statistics == nil, experiment.needsSoundStatistics { throw SoundStatistics.Damaged() }
        } catch let error as TrainedModelError {
            throw error
        } catch {
            throw .unreadable(path: file.path, detail: "\(error)")
        }
    }

    /// Its answers about every clip of a feed, in order. Throws what loading a clip throws.
    public func answers(of feed: any ClipFeed, domain: Domain) throws -> [ClipAnswer] {
        var answers: [ClipAnswer] = []
        try FeedBatches(normalising(feed, domain), domain, for: experiment, preparation).forEach { answers += self.answers(about: $0) }
        return answers
    }

    /// A feed of one of its domains, normalised as in training.
    func normalising(_ feed: any ClipFeed, _ domain: Domain) -> any ClipFeed {
        statistics.map { NormalisedFeed(base: feed, domain: domain, statistics: $0) } ?? feed
    }

    /// A clip of a speaker of one of its domains, normalised as in training. Where nothing is known of it, it is taken for one of the corpus that the
    /// run was to work on: the target, where it had one.
    func normalised(_ clip: PreparedClip, _ domain: Domain? = nil, speaker: String = "") -> PreparedClip {
        statistics?.normalised(clip, domain ?? (experiment.data.target.isEmpty ? .source : .target), speaker: speaker) ?? clip
    }

    /// Measures a corpus that the run did not know, whose clips are to be scored in the place of one of its own.
    /// - Throws: what loading a clip throws.
    public func measureSound(of domain: Domain, training: any ClipFeed, others: [any ClipFeed]) throws {
        try statistics?.measure(
            domain, training: training, others: others, bySpeaker: experiment.inputs.normalise == .speaker,
            bands: experiment.inputs.melBands)
    }

    func answers(about batch: TrainingBatch) -> [ClipAnswer] {
        let context = Context.inference(precision: precision)
        let output = network(batch.input, context)
        let probabilities = output.logits.softmax().rows
        let embeddings = output.embeddings.mapValues(\.rows)
        let domains = objective.domainLogits(output, context)?.softmax().rows
        return batch.items.indices.map { i in
            ClipAnswer(
                item: batch.items[i], domain: batch.domains[i], probabilities: probabilities[i], embeddings: embeddings.mapValues { $0[i] },
                targetProbability: domains?[i][1])
        }
    }
}

extension Tensor {
    /// The rows of a matrix `[batch, width]`.
    var rows: [[Float]] {
        let (values, width) = (values, shape[1])
        return (0..<shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
    }
}
