import Base
import Foundation
import Networks
import Records
import Tensors
import Testing

@testable import Training

@Suite("Features of a frozen encoder")
struct FeatureCacheTests {
    private func frozen(_ tokens: ModelSettings.Tokens = .sequence) -> Experiment {
        var experiment = Synthetic.experiment()
        experiment.model.video.frozen = true
        experiment.model.tokens = tokens
        experiment.training.epochs = 3
        return experiment
    }

    @Test("Kept features change no bit of a run, whatever fusion attends over", arguments: ModelSettings.Tokens.allCases)
    func sameBits(tokens: ModelSettings.Tokens) throws {
        try Synthetic.inFolder { folder in
            let kept = frozen(tokens)
            var fresh = kept
            fresh.training.cacheFeatures = false
            let with = try Synthetic.run(kept, in: folder.appendingPathComponent("with"))
            let without = try Synthetic.run(fresh, in: folder.appendingPathComponent("without"))
            #expect(with.outcome == .finished && with.events.trace == without.events.trace)
            #expect(
                with.events.epochs.map(\.source) == without.events.epochs.map(\.source)
                    && with.events.epochs.map(\.target) == without.events.epochs.map(\.target))
            // 32 training and 16 validation clips of either domain.
            #expect(with.events.messages.contains { $0.contains("features of 96 clips are computed once") })
            #expect(!without.events.messages.contains { $0.contains("computed once") })
        }
    }

    @Test("A resumed run, whose cache is empty, goes on with the same bits")
    func resumed() throws {
        try Synthetic.inFolder { folder in
            let whole = try Synthetic.run(frozen(), in: folder.appendingPathComponent("whole")).events
            let stopped = folder.appendingPathComponent("stopped")
            let first = try Synthetic.run(frozen(), orders: ScriptedOrders([13: [.stop]]), in: stopped)
            #expect(first.outcome == .stopped)
            let rest = try Synthetic.run(frozen(), in: stopped, resuming: true)
            #expect(first.events.trace + rest.events.trace == whole.trace)
        }
    }

    @Test("Where pictures are augmented only validation's are kept, and where the encoder learns none")
    func notKept() throws {
        var augmented = frozen()
        augmented.augmentation.enabled = true
        let (_, events) = try Synthetic.inFolder { try Synthetic.run(augmented, in: $0) }
        #expect(events.messages.contains { $0.contains("features of 32 clips") && $0.contains("augmented") })
        for change in [{ $0.model.video.frozen = false }, { $0.model.video.dropout = 0.1 }, { $0.model.lora.enabled = true }]
            as [(inout Experiment) -> Void]
        {
            var experiment = frozen()
            change(&experiment)
            let (outcome, events) = try Synthetic.inFolder { try Synthetic.run(experiment, in: $0) }
            #expect(outcome == .finished && !events.messages.contains { $0.contains("computed once") })
        }
    }

    @Test("A full cache computes the rest each time, to the same values")
    func limit() {
        var stream = RandomStream(seed: 1, name: "pictures")
        let pictures = stream.normal([3, 2, 4]), names = ["a", "b", "c"]
        let cache = FeatureCache(limit: 2 * 8 * 4)
        func double(_ x: Tensor) -> Tensor { x * 2 }
        #expect(cache.tokens(of: names) == nil)
        for round in 1...2 {
            #expect(cache.tokens(of: names, pictures: pictures, by: double).values == (pictures * 2).values)
            #expect(cache.computed == 2 + round && cache.bytes == 64)
        }
        #expect(cache.tokens(of: ["b", "a"])?.values == Array((pictures * 2).values[8..<16] + (pictures * 2).values[0..<8]))
        #expect(cache.tokens(of: names) == nil)
    }
}
