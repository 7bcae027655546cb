// Resizing along trailing axes, and adaptive pooling, which is the same thing: each axis in turn by a table of taps.
// Conventions are PyTorch's `interpolate` with align_corners off and no antialiasing.
import Kernels

extension Tensor {
    public enum Interpolation: Sendable { case nearest, bilinear, bicubic, area }

    /// The last two axes of [..., height, width] at another size.
    public func resized(height: Int, width: Int, _ interpolation: Interpolation) -> Tensor {
        expect(rank >= 2 && height > 0 && width > 0, "resize of \(shape) to \(height) x \(width)")
        return resized(axis: -2, to: height, interpolation).resized(axis: -1, to: width, interpolation)
    }

    /// One axis at another length; for a single axis, bilinear is linear.
    public func resized(axis: Int, to length: Int, _ interpolation: Interpolation) -> Tensor {
        let axis = self.axis(axis)
        expect(length > 0 && shape[axis] > 0, "resize of axis \(axis) of \(shape) to \(length)")
        if shape[axis] == length { return self }
        let taps = ResampleTaps(from: shape[axis], to: length, interpolation), (outer, middle, inner) = split(at: axis)
        var target = shape
        target[axis] = length
        let out = Tensor(uninitialised: target)
        withPointers(self, out) { emolab_resample_axis($0, $1, outer, middle, length, inner, taps.indices, taps.weights, taps.width) }
        guard let slot else { return out }
        let source = shape
        return out.recorded(on: slot.recording) { gradient in
            let result = Tensor(uninitialised: source)
            withPointers(gradient, result) {
                emolab_resample_axis_backward($0, $1, outer, middle, length, inner, taps.indices, taps.weights, taps.width)
            }
            slot.add(result)
        }
    }

    /// Means over windows so chosen that the trailing axes get these lengths (PyTorch's adaptive average pooling).
    public func adaptiveAveragePool(_ lengths: [Int]) -> Tensor {
        lengths.enumerated().reduce(self) { $0.resized(axis: rank - lengths.count + $1.offset, to: $1.element, .area) }
    }
}

/// For each output position along an axis, the input positions it takes from and their weights; as many taps for each, zero weights fill up.
private struct ResampleTaps {
    var width: Int
    var indices: [Int] = []
    var weights: [Float] = []

    init(from input: Int, to output: Int, _ interpolation: Tensor.Interpolation) {
        let ratio = Float(input) / Float(output)
        switch interpolation {
        case .nearest:
            width = 1
            for i in 0..<output { add([(min(Int(Float(i) * ratio), input - 1), 1)], input) }
        case .bilinear:
            width = 2
            for i in 0..<output {
                let x = max((Float(i) + 0.5) * ratio - 0.5, 0), low = min(Int(x), input - 1)
                add([(low, 1 - (x - Float(low))), (low + 1, x - Float(low))], input)
            }
        case .bicubic:
            width = 4
            for i in 0..<output {
                let x = (Float(i) + 0.5) * ratio - 0.5, low = x.rounded(.down), t = x - low
                let weights = [Self.outer(t + 1), Self.inner(t), Self.inner(1 - t), Self.outer(2 - t)]
                add(weights.enumerated().map { (Int(low) - 1 + $0.offset, $0.element) }, input)
            }
        case .area:
            let spans = (0..<output).map { i in (i * input / output)..<((i + 1) * input + output - 1) / output }
            width = spans.map(\.count).max() ?? 1
            for span in spans { add(span.map { ($0, 1 / Float(span.count)) }, input) }
        }
    }

    private mutating func add(_ taps: [(Int, Float)], _ input: Int) {
        for (index, weight) in taps {
            indices.append(min(max(index, 0), input - 1))
            weights.append(weight)
        }
        for _ in taps.count..<max(width, taps.count) {
            indices.append(0)
            weights.append(0)
        }
    }

    /// Keys' cubic convolution with a = -0.75, for distances below 1 and from 1 to 2.
    private static func inner(_ x: Float) -> Float { ((1.25 * x - 2.25) * x) * x + 1 }
    private static func outer(_ x: Float) -> Float { ((-0.75 * x + 3.75) * x - 6) * x + 3 }
}
