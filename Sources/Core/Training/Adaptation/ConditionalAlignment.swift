// CDAN (Long et al. 2018): discriminators that see features together with what the classifier makes of them, after the authors' PyTorch code
// (thuml/CDAN, `loss.py` and `network.py`).
import Networks
import Records
import Tensors

/// The outer product of a feature vector and the class probabilities or, where that is too long, its random approximation.
struct MultilinearMap {
    /// Longest outer product, and what the random map makes of a longer one (section 3.2 of the paper).
    static let longest = 4096
    static let randomWidth = 1024

    /// `[features, 1024]` and `[classes, 1024]`, standard normal. Never trained, but stored with the weights.
    private let random: (features: Parameter, classes: Parameter)?
    /// Of the result.
    let width: Int

    /// The random map's values follow from the run's seed and their names.
    init(features: Int, classes: Int, at scope: Scope) {
        guard features * classes > Self.longest else {
            (random, width) = (nil, features * classes)
            return
        }
        let maps = (
            scope.parameter("features", [features, Self.randomWidth], .normal(1)),
            scope.parameter("classes", [classes, Self.randomWidth], .normal(1))
        )
        (maps.0.isTrainable, maps.1.isTrainable) = (false, false)
        (random, width) = (maps, Self.randomWidth)
    }

    /// `features` `[batch, features]`, `probabilities` `[batch, classes]`: `[batch, width]`.
    func callAsFunction(_ features: Tensor, _ probabilities: Tensor) -> Tensor {
        let batch = features.shape[0]
        guard let random else {
            return probabilities.reshaped([batch, -1, 1]).matmul(features.reshaped([batch, 1, -1])).reshaped([batch, width])
        }
        let product = features.matmul(random.features.value) * probabilities.matmul(random.classes.value)
        return product * (1 / Float(width).squareRoot())
    }
}

/// DANN on the multilinear map. As in the authors' code the probabilities are detached there: the classifier is not moved to fool the
/// discriminator by its answers, only the features are. With entropy weighting (CDAN+E) a clip counts 1 + exp(-entropy of its answer), of
/// each domain as much in all as of the other; that weight is not detached but, as in the authors' code, behind gradient reversal too.
struct ConditionalAlignment: DomainAlignment {
    private struct Judge {
        var place: AlignmentPlace
        var map: MultilinearMap
        var network: DomainDiscriminator
    }

    private let judges: [Judge]
    private let weighsEntropy: Bool
    var hasDiscriminator: Bool { true }

    /// One discriminator a place; their parameters are made in `scope`.
    init(
        _ discriminator: TrainingJob.Discriminator, _ settings: AdaptationSettings, classes: Int, places: [AlignmentPlace], at scope: Scope
    ) {
        weighsEntropy = settings.entropyWeighting
        judges = places.map { place in
            let scope = scope["discriminator"][place.name], map = MultilinearMap(features: place.width, classes: classes, at: scope["map"])
            return Judge(
                place: place, map: map,
                network: DomainDiscriminator(map.width, hidden: discriminator.width, dropout: discriminator.dropout, at: scope))
        }
    }

    func term(_ output: NetworkOutput, domains: [Domain], alpha: Double, _ context: Context) -> AlignmentTerm? {
        let probabilities = output.logits.softmax(), weights = weighsEntropy ? Self.weights(probabilities, domains, alpha) : nil
        var sum: AlignmentTerm?
        for judge in judges {
            guard let features = output.embeddings[judge.place.name] else { continue }
            let logits = judge.network(judge.map(features, probabilities.detached()), alpha: alpha, context)
            let loss = (weights.map { Self.crossEntropy(logits, domains, $0) } ?? logits.crossEntropy(targets: domains.classes))
            let weighted = loss * Float(judge.place.weight)
            sum = AlignmentTerm(loss: sum.map { $0.loss + weighted } ?? weighted, domainLogits: sum?.domainLogits ?? logits)
        }
        return sum
    }

    func domainLogits(_ output: NetworkOutput, _ context: Context) -> Tensor? {
        guard let first = judges.first, let features = output.embeddings[first.place.name] else { return nil }
        return first.network(first.map(features, output.logits.softmax().detached()), alpha: 0, context)
    }

    /// `[batch]`; they add up to 1, and so that each domain of the batch has the same share. The sums they are divided by carry no gradient.
    private static func weights(_ probabilities: Tensor, _ domains: [Domain], _ alpha: Double) -> Tensor {
        let entropy = -(probabilities * (probabilities + 1e-5).log()).sum(axis: 1)
        let certainty = 1 + (-entropy.gradientReversal(alpha: Float(alpha))).exp(), values = certainty.detached().values
        var sums: [Domain: Float] = [:]
        for (domain, value) in zip(domains, values) { sums[domain, default: 0] += value }
        return certainty * Tensor(domains.map { 1 / (Float(sums.count) * (sums[$0] ?? 1)) }, shape: [domains.count])
    }

    private static func crossEntropy(_ logits: Tensor, _ domains: [Domain], _ weights: Tensor) -> Tensor {
        let chosen = Tensor(domains.flatMap { $0 == .source ? [-1, 0] : [0, -1] }, shape: [domains.count, 2])
        return ((logits.logSoftmax() * chosen).sum(axis: 1) * weights).sum()
    }
}
