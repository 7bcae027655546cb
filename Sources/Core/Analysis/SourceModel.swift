// An earlier run's weights as the opinions that a target subset is chosen by.
import Corpora
import Foundation
import Inputs
import Training

public enum SourceModelError: Error, Equatable, CustomStringConvertible {
    case unusable(path: String, detail: String)

    public var description: String {
        switch self {
        case .unusable(let path, let detail): "\(path) cannot choose the target subset: \(detail)"
        }
    }
}

public struct SourceModel: TargetOpinions {
    private let file: URL
    private let systems: SystemLibrary

    /// - Parameter file: the `best.safetensors` of a run. It is read when it is asked.
    public init(_ file: URL, systems: SystemLibrary) { (self.file, self.systems) = (file, systems) }

    public var path: String { file.path }

    /// Looks whether it can choose among the clips of an experiment that are prepared so.
    /// - Throws: `SourceModelError` where it cannot.
    public func check(for current: Experiment, _ preparation: EffectivePreparation) throws { _ = try model(for: current, preparation) }

    public func opinions(of feed: any ClipFeed, for current: Experiment, _ preparation: EffectivePreparation) throws -> [ModelOpinion] {
        let model = try model(for: current, preparation)
        return try model.answers(of: feed, domain: .target).map { answer in
            // Probabilities stand in for a system without such an embedding.
            ModelOpinion(probabilities: answer.probabilities, features: answer.embeddings[model.job.mainEmbedding] ?? answer.probabilities)
        }
    }

    /// - Throws: `SourceModelError` where the file is none of a run, or its inputs are not those of `current`.
    private func model(for current: Experiment, _ preparation: EffectivePreparation) throws -> TrainedModel {
        let model: TrainedModel
        do { model = try TrainedModel(file, systems: systems) } catch { throw SourceModelError.unusable(path: path, detail: "\(error)") }
        guard model.experiment.inputs == current.inputs else {
            throw SourceModelError.unusable(path: path, detail: "its [inputs] are not those of this experiment")
        }
        if let difference = model.preparation.difference(to: preparation) {
            throw SourceModelError.unusable(path: path, detail: "this run's clips are prepared otherwise than its own, \(difference)")
        }
        return model
    }
}
