// Which clips each step of an epoch sees. A function of seed, epoch and counts alone, so that a resumed run sees the same.
import Base
import Records
import Tensors

/// The clips of one step, as indices into the training feeds.
struct BatchPlan: Sendable, Equatable {
    var source: [Int]
    var target: [Int]

    var domain: Domain { source.isEmpty ? .target : .source }
}

/// Plain sampling: an epoch sees every source clip once, in an order of its own. Balanced: an epoch has as many source clips, but goes
/// through the classes in turn, all of them in a new order each time round, and through each class in shuffled passes that go on from epoch
/// to epoch. So every class has the same share of an epoch and, up to one clip, of a run; a rare class' clips come several times an epoch,
/// those of a common one in some epochs only, and none twice before all of its class have come once.
///
/// The target's labels are not looked at: it is gone through in shuffled passes, as many batches as the source has, also over epochs.
struct EpochPlanner: Sendable {
    private let sourceLabels: [Int]
    let targetClips: Int
    let batch: Int
    let batches: AdaptationSettings.Batches
    let sampling: TrainingSettings.Sampling
    let seed: UInt64
    var adapts: Bool { targetClips > 0 }

    /// - Parameter sourceLabels: one a source clip; only balanced sampling looks at them.
    init(
        sourceLabels: [Int], targetClips: Int, batch: Int, batches: AdaptationSettings.Batches,
        sampling: TrainingSettings.Sampling = .plain,
        seed: UInt64
    ) {
        self.sourceLabels = sourceLabels
        self.targetClips = targetClips
        self.batch = batch
        self.batches = batches
        self.sampling = sampling
        self.seed = seed
    }

    private var sourceClips: Int { sourceLabels.count }

    /// Steps of an epoch: as many source clips as there are; alternating runs add a target step after each source step.
    var steps: Int {
        let sourceSteps = (sourceClips + sourceShare - 1) / sourceShare
        return adapts && batches == .alternating ? 2 * sourceSteps : sourceSteps
    }

    /// Source clips in a step that has some.
    private var sourceShare: Int { adapts && batches == .joint ? max(batch / 2, 1) : batch }

    /// Steps of `epoch`, which counts from 1.
    func plan(epoch: Int) -> [BatchPlan] {
        let order = sampling == .balanced ? balancedOrder(epoch) : shuffled(sourceClips, "order.source.\(epoch)")
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

    /// The epoch's part of the endless sequence of rounds over the classes.
    private func balancedOrder(_ epoch: Int) -> [Int] {
        var classes: [Int: [Int]] = [:]
        for (clip, label) in sourceLabels.enumerated() { classes[label, default: []].append(clip) }
        let labels = classes.keys.sorted()
        var rounds: [Int: [Int]] = [:], passes: [Int: [Int: [Int]]] = [:]
        return ((epoch - 1) * sourceClips..<epoch * sourceClips).map { position in
            let round = position / labels.count
            let turns = rounds[round] ?? shuffled(labels.count, "order.classes.\(round)")
            rounds[round] = turns
            let label = labels[turns[position % labels.count]], members = classes[label] ?? []
            // A class comes once a round.
            let pass = round / members.count
            let order = passes[label]?[pass] ?? shuffled(members.count, "order.source.\(label).\(pass)")
            passes[label, default: [:]][pass] = order
            return members[order[round % members.count]]
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
