// A model trained earlier, asked for its opinion of clips: which target clips it is unsure of, and how they lie in its features.
import Corpora
import Foundation
import Networks
import Tensors

public enum SourceModelError: Error, Equatable, CustomStringConvertible {
    case missing
    case unusable(path: String, detail: String)

    public var description: String {
        switch self {
        case .missing: "the target subset is chosen by a trained model, but there is none: name a run or a weights file in adaptation.subset_model"
        case .unusable(let path, let detail): "\(path) cannot choose the target subset: \(detail)"
        }
    }
}

/// The weights of a run (`best.safetensors`), with the experiment and the labels that are stored in them.
struct SourceModel {
    private let network: any Network
    private let batcher: Batcher
    private let experiment: Experiment

    /// - Throws: `SourceModelError` where the file is none of a run, or its inputs are not those of `experiment`.
    init(_ file: URL, for current: Experiment) throws {
        func unusable(_ detail: String) -> SourceModelError { .unusable(path: file.path, detail: detail) }
        let stored: Safetensors
        do { stored = try Safetensors(contentsOf: file) } catch { throw unusable("\(error)") }
        guard let text = stored.metadata[RunFiles.experimentKey], let labels = stored.metadata[RunFiles.labelsKey] else {
            throw unusable("it does not hold the experiment that it was trained by")
        }
        do {
            experiment = try Experiment.parse(text)
            let learner = try Learner(experiment, classes: labels.split(separator: ",").count)
            var values: [String: Tensor] = [:]
            for name in stored.entries.keys { values[name] = stored[name] }
            try learner.store.load(values)
            network = learner.network
        } catch {
            throw unusable("\(error)")
        }
        guard experiment.inputs == current.inputs else { throw unusable("its [inputs] are not those of this experiment") }
        batcher = Batcher(inputs: experiment.inputs, model: experiment.model)
    }

    /// What it makes of every clip of a feed, in order.
    func opinions(of feed: any ClipFeed) throws -> [ModelOpinion] {
        let size = max(2 * experiment.training.batch, 8)
        let groups = stride(from: 0, to: feed.items.count, by: size).map { Array($0..<min($0 + size, feed.items.count)) }
        let batcher = batcher
        let pipeline = BatchPipeline(groups) { indices in
            try batcher.assemble(indices.map { (feed.items[$0], Domain.target, try feed.load($0)) })
        }
        defer { pipeline.cancel() }
        var opinions: [ModelOpinion] = []
        while let (batch, _) = try pipeline.next() {
            let output = network(batch.input, .inference())
            // Logits stand in for a system without a fused embedding.
            let fused = output.embeddings["fused"] ?? output.logits
            let (probabilities, features) = (output.logits.softmax().values, fused.values)
            let (classes, width) = (probabilities.count / batch.count, features.count / batch.count)
            for i in 0..<batch.count {
                opinions.append(
                    ModelOpinion(
                        probabilities: Array(probabilities[i * classes..<(i + 1) * classes]),
                        features: Array(features[i * width..<(i + 1) * width])))
            }
        }
        return opinions
    }
}

extension TargetSubset {
    /// Indices into the feed's items, ascending.
    /// - Throws: `SourceModelError`, `CorpusError.badShare`, what loading clips throws.
    func indices(of feed: any ClipFeed, share: Double, seed: UInt64, model: URL?, experiment: Experiment) throws -> [Int] {
        var opinions: [ModelOpinion]?
        if asksModel {
            guard let model else { throw SourceModelError.missing }
            opinions = try SourceModel(model, for: experiment).opinions(of: feed)
        }
        let candidates = feed.items.enumerated().map { index, item in
            Candidate(name: item.name, speaker: item.speaker, label: String(item.label), opinion: opinions?[index])
        }
        return try choose(from: candidates, share: share, seed: seed)
    }
}
