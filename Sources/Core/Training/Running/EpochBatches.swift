// The batches of a run's epochs, made on another queue. Those of the next epoch are begun while this one is validated.
import Base
import Inputs
import Records
import Tensors

final class EpochBatches {
    let planner: EpochPlanner
    /// The target clips that are trained on.
    let target: any ClipFeed
    private let source: any ClipFeed
    private let preparation: EffectivePreparation
    /// Of a frozen video encoder.
    private let features: FeatureCache?
    private var upcoming: (epoch: Int, batches: BoundedPipeline<TrainingBatch>)?

    /// - Parameter chosen: the target clips that are trained on, by their places.
    init(_ data: RunData, _ experiment: Experiment, chosen: [Int], features: FeatureCache?) {
        source = data.sourceTraining
        target = SubsetFeed(base: data.targetTraining, indices: chosen)
        preparation = data.preparation
        self.features = features
        planner = EpochPlanner(
            sourceLabels: source.items.map { $0.label ?? -1 }, targetClips: chosen.count, batch: experiment.training.batch,
            batches: experiment.adaptation.batches, sampling: experiment.training.sampling, seed: experiment.seed)
    }

    /// The batches of an epoch from a step of it on.
    func take(epoch: Int, after steps: Int, _ experiment: Experiment) throws -> BoundedPipeline<TrainingBatch> {
        if let begun = upcoming, begun.epoch == epoch, steps == 0 {
            upcoming = nil
            return begun.batches
        }
        drop()
        return try batches(ofEpoch: epoch, after: steps, experiment)
    }

    /// Begins to make an epoch's batches before they are taken.
    func begin(epoch: Int, _ experiment: Experiment) throws {
        upcoming = (epoch, try batches(ofEpoch: epoch, after: 0, experiment))
    }

    /// Throws away what was begun.
    func drop() {
        upcoming?.batches.cancel()
        upcoming = nil
    }

    /// A step's clips, each with how often the epoch had it before: a target that is smaller than the source is gone through again.
    private struct NumberedPlan: Sendable {
        var epoch: Int
        var source, target: [(clip: Int, pass: Int)]
    }

    private func batches(ofEpoch epoch: Int, after steps: Int, _ experiment: Experiment) throws -> BoundedPipeline<TrainingBatch> {
        let plans = numbered(planner.plan(epoch: epoch), epoch: epoch)
        return BoundedPipeline(Array(plans.dropFirst(steps)), make: try assembly(experiment))
    }

    private func numbered(_ plans: [BatchPlan], epoch: Int) -> [NumberedPlan] {
        var seen: [Domain: [Int: Int]] = [:]
        func numbered(_ clips: [Int], _ domain: Domain) -> [(clip: Int, pass: Int)] {
            clips.map { clip in
                let pass = seen[domain, default: [:]][clip, default: 0]
                seen[domain, default: [:]][clip] = pass + 1
                return (clip, pass)
            }
        }
        return plans.map {
            NumberedPlan(epoch: epoch, source: numbered($0.source, .source), target: numbered($0.target, .target))
        }
    }

    /// What is drawn for a clip hangs on seed, epoch and its name, not on the batch or thread that it is made in.
    private func assembly(_ experiment: Experiment) throws -> @Sendable (NumberedPlan) throws -> TrainingBatch {
        let (source, target, seed) = (source, target, experiment.seed)
        let augmentation = try Augmentation(experiment.augmentation, inputs: experiment.inputs, modalities: experiment.model.modalities)
        let batcher = Batcher(
            inputs: experiment.inputs, model: experiment.model, preparation: preparation,
            features: experiment.augmentation.changesPictures ? nil : features)
        return { plan in
            let chosen = plan.source.map { (source, $0, Domain.source) } + plan.target.map { (target, $0, Domain.target) }
            return try batcher.assemble(
                chosen.map { feed, place, domain in
                    let item = feed.items[place.clip]
                    let stream = RandomStream(seed: seed, name: "augment.\(plan.epoch).\(domain.rawValue).\(item.name).\(place.pass)")
                    return (item, domain, try augmentation.apply(to: try feed.load(place.clip), stream))
                })
        }
    }
}

extension RunData {
    /// The target clips that a run trains on, by their places: those that its subset chooses.
    /// - Parameter progress: keeps what a model chose, so that a resumed run need not ask it again.
    func chosenTargetClips(_ experiment: Experiment, _ labelAccess: LabelAccess, _ progress: inout RunProgress) throws -> [Int] {
        guard experiment.adapts else { return [] }
        let items = targetTraining.items, adaptation = experiment.adaptation
        var chosen: [Int]
        if let names = progress.subset.map(Set.init) {
            chosen = items.indices.filter { names.contains(items[$0].name) }
        } else {
            chosen = try adaptation.subset.indices(
                of: targetTraining, share: adaptation.subsetShare, seed: experiment.seed, opinions: opinions, experiment: experiment,
                preparation: preparation)
            if adaptation.subset.asksModel { progress.subset = chosen.map { items[$0].name } }
        }
        // There is nothing to learn from a clip whose label is read where it has none.
        if labelAccess == .both { chosen = chosen.filter { items[$0].label != nil } }
        return chosen
    }
}
