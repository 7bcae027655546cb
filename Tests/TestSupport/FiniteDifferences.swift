import Base
import Tensors

/// Gradients of sum(f(inputs) * probe) by central differences, against those of the tape.
public enum FiniteDifferences {
    /// The largest difference over all inputs, relative to the largest gradient of that input.
    /// The step is large because values are float32: its error is of second order, rounding is of order 1e-7 / step.
    public static func worstError(_ inputs: [Tensor], step: Float = 1e-2, seed: UInt64 = 1, _ f: ([Tensor]) -> Tensor) -> Float {
        var stream = RandomStream(seed: seed, name: "probe")
        let probe = stream.normal(f(inputs).shape)
        let tape = Tape(), watched = inputs.map { tape.watch($0) }
        tape.backward(f(watched), seed: probe)
        func value(_ inputs: [Tensor]) -> Double {
            zip(f(inputs).values, probe.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        var worst: Float = 0
        for (index, input) in inputs.enumerated() {
            var numeric = [Float](repeating: 0, count: input.count), moved = inputs
            for element in 0..<input.count {
                var above = input.values, below = above
                above[element] += step
                below[element] -= step
                moved[index] = Tensor(above, shape: input.shape)
                let high = value(moved)
                moved[index] = Tensor(below, shape: input.shape)
                numeric[element] = Float((high - value(moved)) / Double(2 * step))
            }
            guard let gradient = tape.gradient(of: watched[index]) else { return .infinity }
            worst = max(worst, relativeError(gradient, Tensor(numeric, shape: input.shape), floor: 1e-2))
        }
        return worst
    }
}
