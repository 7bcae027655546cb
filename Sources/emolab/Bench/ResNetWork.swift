// A training step of the residual networks: forward, cross-entropy, backward, SGD with momentum.
import Base
import Networks
import Tensors

enum ResNetWork {
    static func prepare(_ sizes: ResNet.Settings, _ settings: WorkSettings) -> PreparedWork {
        let batch = settings.batch ?? 8, side = settings.size ?? 224
        let store = ParameterStore(seed: 1), network = ResNet(sizes, at: store.root)
        let operations = Double(batch) * sizes.trainingOperations(height: side, width: side)
        return step(store, [batch, 3, side, side], operations, settings) { network($0, $1).logits }
    }

    static func prepare(_ sizes: ResNet3D.Settings, _ settings: WorkSettings) -> PreparedWork {
        let batch = settings.batch ?? 2, side = settings.size ?? 112, frames = 16
        let store = ParameterStore(seed: 1), network = ResNet3D(sizes, at: store.root)
        let operations = Double(batch) * sizes.trainingOperations(frames: frames, height: side, width: side)
        return step(store, [batch, 3, frames, side, side], operations, settings) { network($0, $1).logits }
    }

    private static func step(
        _ store: ParameterStore, _ shape: [Int], _ operations: Double, _ settings: WorkSettings,
        _ logits: @escaping (Tensor, Context) -> Tensor?
    ) -> PreparedWork {
        let optimiser = SGD(store.parameters, rate: 0.01, momentum: 0.9), batch = shape[0]
        var stream = RandomStream(seed: 1, name: "bench")
        let pixels = stream.normal(shape)
        let picture = shape.dropFirst(2).map(String.init).joined(separator: " x ")
        return PreparedWork(shape: "batch \(batch), 3 x \(picture)", clips: batch, operations: operations) {
            elapsed {
                optimiser.clearGradients()
                let tape = Tape()
                let context = Context(tape: tape, isTraining: true, precision: settings.precision)
                guard let logits = logits(pixels, context) else { return }
                tape.backward(logits.crossEntropy(targets: (0..<batch).map { $0 % 6 }))
                optimiser.step()
            }
        }
    }
}

extension ResNet.Settings {
    /// Of one picture.
    func trainingOperations(height: Int, width side: Int) -> Double {
        let map = [height, side].map(half)
        return residualTraining(
            stem: .linear(map.reduce(1, *), channels * 49, width), map.map(half), blocks: blocks, isBottleneck: bottleneck, width: width,
            classes: classes ?? 0)
    }
}

extension ResNet3D.Settings {
    /// Of one clip.
    func trainingOperations(frames: Int, height: Int, width side: Int) -> Double {
        let map = [frames, half(height), half(side)]
        return residualTraining(
            stem: .linear(map.reduce(1, *), 3 * 3 * 49, width), map, blocks: blocks, isBottleneck: bottleneck, width: width,
            classes: classes ?? 0)
    }
}

/// Positions along an axis after a convolution with stride 2 that pads its edges.
private func half(_ length: Int) -> Int { (length + 1) / 2 }

/// The stem has no gradient to its input.
private func residualTraining(stem: OperationCount, _ map: [Int], blocks: [Int], isBottleneck: Bool, width: Int, classes: Int) -> Double {
    var map = map, input = width, forward = OperationCount()
    let kernel = map.map { _ in 3 }.reduce(1, *)
    for (stage, count) in blocks.enumerated() {
        for index in 0..<count {
            let inner = width << stage, output = isBottleneck ? 4 * inner : inner, before = map.reduce(1, *)
            if stage > 0, index == 0 { map = map.map(half) }
            let after = map.reduce(1, *)
            forward =
                forward
                + (isBottleneck
                    ? .linear(before, input, inner) + .linear(after, kernel * inner, inner) + .linear(after, inner, output)
                    : .linear(after, kernel * input, inner) + .linear(after, kernel * inner, output))
            if before != after || input != output { forward = forward + .linear(after, input, output) }
            input = output
        }
    }
    return (forward + .linear(1, input, classes)).training + 2 * stem.forward
}
