// Which clips each step of an epoch sees. A function of seed, epoch and counts alone, so that a resumed run sees the same.
import Tensors

/// The clips of one step, as indices into the training feeds.
struct BatchPlan: Sendable, Equatable {
    var source: [Int]
    var target: [Int]

    var domain: Domain { source.isEmpty ? .target : .source }
}

struct EpochPlanner: Sendable {
    let sourceClips, targetClips: Int
    let batch: Int
    let batches: AdaptationSettings.Batches
    let seed: UInt64
    var adapts: Bool { targetClips > 0 }

    /// Steps of an epoch: each source clip once; alternating runs add a target step after each source step.
    var steps: Int {
        let sourceSteps = (sourceClips + sourceShare - 1) / sourceShare
        return adapts && batches == .alternating ? 2 * sourceSteps : sourceSteps
    }

    /// Source clips in a step that has some.
    private var sourceShare: Int { adapts && batches == .joint ? max(batch / 2, 1) : batch }

    /// Steps of `epoch`, which counts from 1. The target is gone through in passes of its own, as many as the source needs.
    func plan(epoch: Int) -> [BatchPlan] {
        let order = shuffled(sourceClips, "order.source.\(epoch)")
        let sources = stride(from: 0, to: order.count, by: sourceShare).map { Array(order[$0..<min($0 + sourceShare, order.count)]) }
        guard adapts else { return sources.map { BatchPlan(source: $0, target: []) } }
        let targetShare = batches == .joint ? max(batch - sourceShare, 1) : batch
        let targets = targetBatches(from: (epoch - 1) * sources.count, count: sources.count, size: targetShare)
        switch batches {
        case .joint: return zip(sources, targets).map { BatchPlan(source: $0, target: $1) }
        case .alternating:
            return zip(sources, targets).flatMap { [BatchPlan(source: $0, target: []), BatchPlan(source: [], target: $1)] }
        }
    }

    /// Batches number `first` onwards of the endless sequence of shuffled passes over the target.
    private func targetBatches(from first: Int, count: Int, size: Int) -> [[Int]] {
        var passes: [Int: [Int]] = [:]
        func clip(_ position: Int) -> Int {
            let pass = position / targetClips
            let order = passes[pass] ?? shuffled(targetClips, "order.target.\(pass)")
            passes[pass] = order
            return order[position % targetClips]
        }
        return (first..<first + count).map { batch in (0..<size).map { clip(batch * size + $0) } }
    }

    private func shuffled(_ count: Int, _ name: String) -> [Int] {
        var stream = RandomStream(seed: seed, name: name)
        return stream.shuffled(Array(0..<count))
    }
}
