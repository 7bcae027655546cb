// The network's answers on a domain's validation clips, and their scores.
import Foundation
import Networks
import Tensors

struct Evaluation {
    var scores: DomainScores
    var predictions: [Prediction]
}

/// Collects answers batch by batch.
struct EvaluationTally {
    let domain: Domain
    let classes: Int
    private var predictions: [Prediction] = []
    private var loss = 0.0
    private var domainHits: Int?

    init(domain: Domain, classes: Int) {
        self.domain = domain
        self.classes = classes
    }

    mutating func add(_ batch: TrainingBatch, logits: Tensor, domainLogits: Tensor?) {
        let rows = logits.softmax().values
        for (index, item) in batch.items.enumerated() {
            let probabilities = Array(rows[index * classes..<(index + 1) * classes])
            predictions.append(Prediction(clip: item.name, domain: domain, truth: item.label, probabilities: probabilities))
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
            predictions: predictions)
    }
}
