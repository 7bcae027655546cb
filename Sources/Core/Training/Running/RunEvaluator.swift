// Asks the network of a run about the clips that it does not learn from: validation after an epoch, the test parts at the end.
import Foundation
import Records
import TensorFiles

struct RunEvaluator {
    let data: RunData
    let learner: Learner
    /// The embedding that label-free scores look at.
    let embedding: String
    /// Of a frozen video encoder.
    let features: FeatureCache?
    let events: RunEvents

    /// Of the parts that validate, the source first; the target's with its label-free scores.
    func validation(_ experiment: Experiment) throws -> [Evaluation] {
        let source = try evaluation(of: data.sourceValidation, .sourceValidation, experiment)
        guard !data.targetValidation.items.isEmpty else { return [source] }
        var target = try evaluation(of: data.targetValidation, .targetValidation, experiment)
        target.scores.values += TargetScore.values(of: head, source: source, target: target)
        return [source, target]
    }

    /// Scores of the best weights on the test parts. The last weights are in the checkpoint by now and are not needed any more.
    func testScores(ofBest file: URL, _ experiment: Experiment) throws -> [PartScores] {
        let parts = [(data.sourceTest, Part.sourceTest), (data.targetTest, .targetTest)].filter { !$0.0.items.isEmpty }
        guard !parts.isEmpty else { return [] }
        try learner.store.load(try Safetensors(contentsOf: file).weights)
        return try parts.map { feed, part in try evaluation(of: feed, part, experiment).scores }
    }

    private var head: String { data.task.main?.name ?? "" }

    private func evaluation(of feed: any ClipFeed, _ part: Part, _ experiment: Experiment) throws -> Evaluation {
        var tally = EvaluationTally(part: part, head: head, classes: data.labels.count)
        try FeedBatches(feed, part.domain, for: experiment, data.preparation, features: features).forEach { batch in
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
