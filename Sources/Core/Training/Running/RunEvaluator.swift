// Asks the network of a run about the clips that it does not learn from: validation after an epoch, the test parts at the end.
import Foundation
import Metrics
import TensorFiles

struct RunEvaluator {
    let data: RunData
    let learner: Learner
    /// The embedding that label-free scores look at.
    let embedding: String
    /// Of a frozen video encoder.
    let features: FeatureCache?
    let events: RunEvents

    func validation(_ experiment: Experiment) throws -> (source: Evaluation, target: Evaluation?, scores: TargetScores?) {
        let source = try evaluation(of: data.sourceValidation, .source, experiment)
        let target = data.targetValidation.items.isEmpty ? nil : try evaluation(of: data.targetValidation, .target, experiment)
        return (source, target, target.map { TargetScores(source: source, target: $0) })
    }

    /// Scores of the best weights on the test parts. The last weights are in the checkpoint by now and are not needed any more.
    func testScores(ofBest file: URL, _ experiment: Experiment) throws -> (source: DomainScores?, target: DomainScores?) {
        guard !(data.sourceTest.items.isEmpty && data.targetTest.items.isEmpty) else { return (nil, nil) }
        try learner.store.load(try Safetensors(contentsOf: file).weights)
        return (
            data.sourceTest.items.isEmpty ? nil : try evaluation(of: data.sourceTest, .source, experiment).scores,
            data.targetTest.items.isEmpty ? nil : try evaluation(of: data.targetTest, .target, experiment).scores
        )
    }

    private func evaluation(of feed: any ClipFeed, _ domain: Domain, _ experiment: Experiment) throws -> Evaluation {
        var tally = EvaluationTally(domain: domain, classes: data.labels.count)
        try FeedBatches(feed, domain, for: experiment, data.preparation, features: features).forEach { batch in
            let context = learner.inference()
            let output = learner.network(learner.input(of: batch), context)
            tally.add(
                batch, logits: output.logits, features: output.embeddings[embedding],
                domainLogits: learner.objective.domainLogits(output, context))
            events.tellWorked()
        }
        return tally.result
    }
}
