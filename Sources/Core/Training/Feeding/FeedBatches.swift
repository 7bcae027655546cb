// A feed's clips in order, as batches that are made ahead on another queue: how a network is asked about many clips.
import Base
import Inputs
import Networks
import Records

package struct FeedBatches {
    package let feed: any ClipFeed
    package let domain: Domain
    package let batcher: Batcher
    /// Clips a batch.
    package let size: Int

    package init(
        _ feed: any ClipFeed, _ domain: Domain, for experiment: Experiment, _ preparation: EffectivePreparation,
        features: FeatureCache? = nil
    ) {
        self.feed = feed
        self.domain = domain
        batcher = Batcher(inputs: experiment.inputs, model: experiment.model, preparation: preparation, features: features)
        size = max(2 * experiment.training.batch, 8)
    }

    /// Calls `body` for every batch, the last one smaller. Throws what loading a clip or `body` throws.
    package func forEach(_ body: (TrainingBatch) throws -> Void) throws {
        let (feed, domain, batcher) = (feed, domain, batcher)
        let groups = stride(from: 0, to: feed.items.count, by: size).map { Array($0..<min($0 + size, feed.items.count)) }
        let pipeline = BoundedPipeline(groups) { indices in
            try batcher.assemble(indices.map { (feed.items[$0], domain, try feed.load($0)) })
        }
        defer { pipeline.cancel() }
        while let batch = try pipeline.next() { try body(batch) }
    }
}
