// A model trained earlier, asked for its opinion of clips: which target clips it is unsure of, and how they lie in its features.
import Corpora
import Foundation

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

struct SourceModel {
    private let model: TrainedModel

    /// - Throws: `SourceModelError` where the file is none of a run, or its inputs are not those of `experiment`.
    init(_ file: URL, for current: Experiment, _ preparation: EffectivePreparation) throws {
        do { model = try TrainedModel(file) } catch { throw SourceModelError.unusable(path: file.path, detail: "\(error)") }
        guard model.experiment.inputs == current.inputs else {
            throw SourceModelError.unusable(path: file.path, detail: "its [inputs] are not those of this experiment")
        }
        if let difference = model.preparation.difference(to: preparation) {
            throw SourceModelError.unusable(path: file.path, detail: "this run's clips are prepared otherwise than its own, \(difference)")
        }
    }

    /// What it makes of every clip of a feed, in order.
    func opinions(of feed: any ClipFeed) throws -> [ModelOpinion] {
        try model.answers(of: feed, domain: .target).map { answer in
            // Probabilities stand in for a system without a fused embedding.
            ModelOpinion(probabilities: answer.probabilities, features: answer.embeddings["fused"] ?? answer.probabilities)
        }
    }
}

extension TargetSubset {
    /// Looks whether the model in a file can choose among the clips of an experiment that are prepared so.
    /// - Throws: `SourceModelError` where it cannot.
    public static func check(_ model: URL, for experiment: Experiment, _ preparation: EffectivePreparation) throws {
        _ = try SourceModel(model, for: experiment, preparation)
    }

    /// Indices into the feed's items, ascending.
    /// - Throws: `SourceModelError`, `CorpusError.badShare`, what loading clips throws.
    func indices(of feed: any ClipFeed, share: Double, seed: UInt64, model: URL?, experiment: Experiment, preparation: EffectivePreparation) throws -> [Int] {
        var opinions: [ModelOpinion]?
        if asksModel {
            guard let model else { throw SourceModelError.missing }
            opinions = try SourceModel(model, for: experiment, preparation).opinions(of: feed)
        }
        let candidates = feed.items.enumerated().map { index, item in
            // Clips without a label are a stratum of their own.
            Candidate(name: item.name, speaker: item.speaker, label: item.label.map(String.init) ?? "", opinion: opinions?[index])
        }
        return try choose(from: candidates, share: share, seed: seed)
    }
}
