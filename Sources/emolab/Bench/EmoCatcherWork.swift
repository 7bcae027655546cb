// A training step of EmoCatcher with the sizes of zu-dann and a classifier on its pooled vector.
import Base
import Networks
import Tensors

enum EmoCatcherWork {
    /// `size` is the number of frames.
    static func prepare(_ settings: WorkSettings) -> PreparedWork {
        let batch = settings.batch ?? 16, frames = settings.size ?? 128, classes = 6
        // As the reference has it: the GRU hears every frame.
        let sizes = EmoCatcher.Settings(pooling: 1, normBeforeGRU: false)
        let store = ParameterStore(seed: 1)
        let network = EmoCatcher(sizes, at: store.root), head = Linear(sizes.width, classes, at: store.root["head"])
        let optimiser = Adam.adamW(store.parameters, rate: 5e-5, weightDecay: 2e-5)
        var stream = RandomStream(seed: 1, name: "bench"), steps: UInt64 = 0
        let mel = stream.normal([batch, sizes.bands, frames])
        let operations = Double(batch) * (sizes.operations(frames: frames) + .linear(1, sizes.width, classes)).training
        return PreparedWork(shape: "batch \(batch), mel \(sizes.bands) x \(frames)", clips: batch, operations: operations) {
            steps += 1
            return elapsed {
                optimiser.clearGradients()
                let tape = Tape()
                let context = Context(
                    tape: tape, isTraining: true, precision: settings.precision, dropout: RandomStream(seed: steps, name: "dropout"))
                guard let pooled = network(mel, lengths: nil, context).pooled else { return }
                tape.backward(head(pooled, context).crossEntropy(targets: (0..<batch).map { $0 % classes }))
                optimiser.step()
            }
        }
    }
}
