// The network's answers on a domain's validation clips, and their scores.
import Foundation
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
            loss -= log(max(Double(probabilities[item.label]), 1e-30))
        }
        let right = domain == .source ? 0 : 1
        if let domainLogits { domainHits = (domainHits ?? 0) + domainLogits.argMax().count { $0 == right } }
    }

    /// Cross-entropy without smoothing, accuracy, F1, confusion. No domain accuracy where the run has no discriminator.
    var result: Evaluation {
        let scores = ClassificationScores(truth: predictions.map(\.truth), predicted: predictions.map(\.predicted), classes: classes)
        let clips = Double(max(predictions.count, 1))
        return Evaluation(
            scores: DomainScores(
                loss: loss / clips, accuracy: scores.accuracy, macroF1: scores.macroF1, confusion: scores.confusion,
                domainAccuracy: domainHits.map { Double($0) / clips }, clips: predictions.count),
            predictions: predictions, features: features)
    }
}
