// The network's answers on the clips of one part, and their scores.
import Foundation
import Metrics
import Networks
import Records
import Tensors

struct Evaluation {
    var scores: PartScores
    var answers: [Answer]
    /// In the same order: probabilities of the main head, and whether its most probable class is the true one.
    var probabilities: [[Float]]
    var isRight: [Bool]
    /// The fused vector of each clip, in the same order.
    var features: [[Float]]
}

/// Collects answers batch by batch.
struct EvaluationTally {
    let part: Part
    /// Of the classifier.
    let head: String
    let classes: Int
    private var names: [String] = []
    private var probabilities: [[Float]] = []
    /// Nil where nobody knows.
    private var truths: [Int?] = []
    private var features: [[Float]] = []
    /// Over the clips with a label.
    private var loss = 0.0
    private var domainHits: Int?

    init(part: Part, head: String, classes: Int) { (self.part, self.head, self.classes) = (part, head, classes) }

    /// - Parameter features: `[batch, width]`; the probabilities stand in for a network without a fused vector.
    mutating func add(_ batch: TrainingBatch, logits: Tensor, features fused: Tensor?, domainLogits: Tensor?) {
        let answers = logits.softmax()
        let (rows, vectors) = (answers.values, fused ?? answers)
        let (values, width) = (vectors.values, vectors.shape[1])
        for (index, item) in batch.items.enumerated() {
            let row = Array(rows[index * classes..<(index + 1) * classes])
            names.append(item.name)
            probabilities.append(row)
            truths.append(item.label)
            features.append(Array(values[index * width..<(index + 1) * width]))
            if let label = item.label { loss -= log(max(Double(row[label]), 1e-30)) }
        }
        let right = part.domain == .source ? 0 : 1
        if let domainLogits { domainHits = (domainHits ?? 0) + domainLogits.argMax().count { $0 == right } }
    }

    /// Accuracy, F1, cross-entropy without smoothing, confusion of the clips with a label. No domain accuracy where the run has no discriminator.
    var result: Evaluation {
        let predicted = probabilities.map { $0.mostProbable ?? 0 }
        let labelled = zip(truths, predicted).compactMap { truth, predicted in truth.map { (truth: $0, predicted: predicted) } }
        var scores = PartScores(part, samples: names.count)
        if !labelled.isEmpty {
            let counts = ClassificationScores(truth: labelled.map(\.truth), predicted: labelled.map(\.predicted), classes: classes)
            scores.values = [
                MetricValue(MetricName.accuracy, of: head, counts.accuracy), MetricValue(MetricName.macroF1, of: head, counts.macroF1),
                MetricValue(MetricName.loss, of: head, number: loss / Double(labelled.count)),
            ]
            scores.confusions = [head: counts.confusion]
        }
        if let domainHits {
            scores.values.append(MetricValue(MetricName.domainAccuracy, Double(domainHits) / Double(max(names.count, 1))))
        }
        return Evaluation(
            scores: scores, answers: zip(names, probabilities).map { Answer(part, clip: $0, outputs: [head: $1]) },
            probabilities: probabilities, isRight: zip(truths, predicted).map { $0 == $1 }, features: features)
    }
}

extension MetricValue {
    /// Nil in the place of what is no number.
    init(_ name: String, of head: String, number: Double?) {
        self.init(name, of: head, number.flatMap { $0.isFinite ? $0 : nil })
    }
}

extension TargetScore {
    /// Every label-free score of a target part, from its probabilities; for DEV also the source's errors and the features of both.
    /// What cannot be said, as a density of one clip, has no value.
    static func values(of head: String, source: Evaluation, target: Evaluation) -> [MetricValue] {
        allCases.map { score in
            let rows = target.probabilities
            let value =
                switch score {
                case .entropy: MeanEntropy.score(rows)
                case .infomax: InformationMaximisation.score(rows)
                case .snd: SoftNeighbourhoodDensity.score(rows)
                case .dev:
                    DeepEmbeddedValidation.risk(
                        errors: source.isRight.map { $0 ? 0 : 1 }, source: source.features, target: target.features)
                }
            return MetricValue(score.rawValue, of: head, number: value)
        }
    }
}
