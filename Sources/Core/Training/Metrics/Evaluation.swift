// The network's answers on a domain's validation clips, and their scores.
import Foundation
import Metrics
import Networks
import Tensors

struct Evaluation {
    var scores: DomainScores
    var predictions: [Prediction]
    /// The fused vector of each clip, in the same order.
    var features: [[Float]] = []
}

/// Collects answers batch by batch.
struct EvaluationTally {
    let domain: Domain
    let classes: Int
    private var predictions: [Prediction] = []
    private var features: [[Float]] = []
    /// Over the clips with a label.
    private var loss = 0.0
    private var domainHits: Int?

    init(domain: Domain, classes: Int) {
        self.domain = domain
        self.classes = classes
    }

    /// - Parameter features: `[batch, width]`; the probabilities stand in for a network without a fused vector.
    mutating func add(_ batch: TrainingBatch, logits: Tensor, features fused: Tensor?, domainLogits: Tensor?) {
        let answers = logits.softmax()
        let (rows, vectors) = (answers.values, fused ?? answers)
        let (values, width) = (vectors.values, vectors.shape[1])
        for (index, item) in batch.items.enumerated() {
            let probabilities = Array(rows[index * classes..<(index + 1) * classes])
            predictions.append(Prediction(clip: item.name, domain: domain, truth: item.label, probabilities: probabilities))
            features.append(Array(values[index * width..<(index + 1) * width]))
            if let label = item.label { loss -= log(max(Double(probabilities[label]), 1e-30)) }
        }
        let right = domain == .source ? 0 : 1
        if let domainLogits { domainHits = (domainHits ?? 0) + domainLogits.argMax().count { $0 == right } }
    }

    /// Cross-entropy without smoothing, accuracy, F1, confusion of the clips with a label. No domain accuracy where the run has no discriminator.
    var result: Evaluation {
        let labelled = predictions.compactMap { one in one.truth.map { (truth: $0, predicted: one.predicted) } }
        let scores = ClassificationScores(truth: labelled.map(\.truth), predicted: labelled.map(\.predicted), classes: classes)
        return Evaluation(
            scores: DomainScores(
                scores, loss: loss / Double(max(labelled.count, 1)),
                domainAccuracy: domainHits.map { Double($0) / Double(max(predictions.count, 1)) }, clips: predictions.count),
            predictions: predictions, features: features)
    }
}

extension TargetScores {
    /// From both domains' validation clips: the target's probabilities, and for DEV the source's errors and the features of both.
    init(source: Evaluation, target: Evaluation) {
        let rows = target.predictions.map(\.probabilities)
        self.init(
            entropy: MeanEntropy.score(rows), infomax: InformationMaximisation.score(rows), snd: SoftNeighbourhoodDensity.score(rows),
            dev: DeepEmbeddedValidation.risk(
                errors: source.predictions.map { $0.isRight == true ? 0 : 1 }, source: source.features, target: target.features))
    }
}
