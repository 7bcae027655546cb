// The domain-adversarial step on clips of noise: the work is that of real ones.
import Base
import Networks
import Tensors
import Training

/// Network, discriminator and optimiser of zu-dann, and a batch for them.
final class DannWork {
    private let network: ZuDann
    private let discriminator: DomainDiscriminator
    private let store: ParameterStore
    private let optimiser: Adam
    private let clipNorm: Double
    private let input: NetworkInput
    private let batch: Int
    private let precision: Precision
    private var steps = 0
    let shape: String
    /// Of one clip.
    private let videoStep: Double
    private let video, rest: OperationCount
    /// Whether the video backbone is frozen but for its adapters: base is, nano is trained whole.
    private let isFrozen: Bool

    private init(_ model: WorkModel, _ given: WorkSettings, batch standardBatch: Int? = nil) throws {
        var experiment = Experiment.preset(model == .base ? .base : .nano)
        if let size = given.size { experiment.inputs.pictureSize = size }
        var settings = ZuDann.Settings(experiment, classes: 6)
        if model == .base {
            // As the reference has it: the GRU hears every frame.
            settings.audio.pooling = 1
            settings.audio.normBeforeGRU = false
        }
        let side = experiment.inputs.pictureSize, frames = experiment.inputs.frames, fusion = experiment.model.fusion
        guard side >= settings.video.patch, side % settings.video.patch == 0 else {
            throw CommandFailure("--size \(side) is no multiple of the patch, \(settings.video.patch)", code: 2)
        }
        batch = given.batch ?? standardBatch ?? experiment.training.batch
        precision = given.precision
        clipNorm = model == .nano ? experiment.optimiser.clipNorm : 0
        isFrozen = model == .base
        store = ParameterStore(seed: 1, lora: isFrozen ? [LoRA()] : [])
        network = ZuDann(settings, at: store.root)
        discriminator = DomainDiscriminator(
            2 * settings.width, hidden: fusion.discriminatorWidth, dropout: fusion.discriminatorDropout, at: store.root["discriminator"])
        if isFrozen { store.freeze("timesformer.*") }
        optimiser = .adamW(
            store.parameters, rate: Float(experiment.optimiser.learningRate), weightDecay: Float(experiment.optimiser.weightDecay))
        var stream = RandomStream(seed: 1, name: "bench")
        func noise(_ shape: [Int]) -> Tensor { Tensor((0..<shape.reduce(1, *)).map { _ in stream.uniform() }, shape: shape) }
        let (bands, melFrames) = (experiment.inputs.melBands, experiment.inputs.melFrames)
        input = NetworkInput(mel: noise([batch, bands, melFrames]), pictures: noise([batch, frames, 3, side, side]))
        shape = "batch \(batch), \(frames) pictures of \(side) x \(side), mel \(bands) x \(melFrames)"
        video = settings.video.operations(isFrozen: isFrozen)
        videoStep = isFrozen ? settings.video.adapting : video.training
        var audio = settings.audio
        audio.pools = settings.tokens == .pooled || settings.pooling == .attention
        rest =
            audio.operations(frames: melFrames) + settings.fusionOperations(frames: melFrames)
            + .linear(1, 2 * settings.width, fusion.discriminatorWidth)
    }

    /// Steps with a labelled source batch and with a target batch, in turn: forward, both losses, backward, AdamW.
    static func prepareStep(_ model: WorkModel, _ settings: WorkSettings) throws -> PreparedWork {
        let work = try DannWork(model, settings)
        let operations = Double(work.batch) * (work.videoStep + work.rest.training)
        return PreparedWork(shape: work.shape, clips: work.batch, operations: operations, run: work.step)
    }

    /// The latency of one clip through the whole network.
    static func prepareForward(_ model: WorkModel, _ settings: WorkSettings) throws -> PreparedWork {
        let work = try DannWork(model, settings, batch: 1)
        return PreparedWork(
            shape: work.shape, clips: work.batch, operations: Double(work.batch) * (work.video + work.rest).forward, run: work.forward)
    }

    private func step() -> Double {
        let isSource = steps % 2 == 0
        steps += 1
        return elapsed {
            optimiser.clearGradients()
            let tape = Tape()
            let context = Context(
                tape: tape, isTraining: true, precision: precision, dropout: RandomStream(seed: UInt64(steps), name: "dropout"))
            let output = network(input, context)
            guard let fused = output.embeddings["fused"] else { return }
            var loss = discriminator(fused, alpha: 0.01, context).crossEntropy(targets: Array(repeating: isSource ? 0 : 1, count: batch))
            if isSource { loss = loss + output.logits.crossEntropy(targets: (0..<batch).map { $0 % 6 }, smoothing: 0.1) }
            tape.backward(loss)
            let scale =
                clipNorm > 0 ? GradientClipping.factor(norm: GradientClipping.norm(of: store.parameters), limit: Float(clipNorm)) : 1
            optimiser.step(gradientScale: scale)
        }
    }

    private func forward() -> Double {
        elapsed {
            let context = Context.inference(precision: precision, keepsPackedWeights: true)
            let output = network(input, context)
            if let fused = output.embeddings["fused"] { _ = discriminator(fused, alpha: 0, context) }
        }
    }
}
