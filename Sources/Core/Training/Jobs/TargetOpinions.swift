import Corpora
import Inputs

/// A model trained earlier, asked which target clips it is unsure of and how they lie in its features.
public protocol TargetOpinions: Sendable {
    /// The file that it stands for, for messages.
    var path: String { get }
    /// Opinions of every clip of a feed, in order.
    /// - Throws: where the model cannot be asked about clips of this experiment and preparation.
    func opinions(of feed: any ClipFeed, for experiment: Experiment, _ preparation: EffectivePreparation) throws -> [ModelOpinion]
}

public enum TargetOpinionsError: Error, Equatable, CustomStringConvertible {
    case missing

    public var description: String {
        "the target subset is chosen by a trained model, but there is none: name a run or a weights file in adaptation.subset_model"
    }
}

extension TargetSubset {
    /// Indices into the feed's items, ascending.
    /// - Throws: `TargetOpinionsError`, `CorpusError.badShare`, what the model's opinions throw.
    func indices(
        of feed: any ClipFeed, share: Double, seed: UInt64, opinions model: (any TargetOpinions)?, experiment: Experiment,
        preparation: EffectivePreparation
    ) throws -> [Int] {
        var opinions: [ModelOpinion]?
        if asksModel {
            guard let model else { throw TargetOpinionsError.missing }
            opinions = try model.opinions(of: feed, for: experiment, preparation)
        }
        let candidates = feed.items.enumerated().map { index, item in
            // Clips without a label are a stratum of their own.
            Candidate(name: item.name, speaker: item.speaker, label: item.label.map(String.init) ?? "", opinion: opinions?[index])
        }
        return try choose(from: candidates, share: share, seed: seed)
    }
}
