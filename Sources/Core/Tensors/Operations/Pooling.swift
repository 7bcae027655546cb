// Pooling over the last one, two or three axes of [batch, channels, ...].
import Kernels

extension Tensor {
    /// Largest value of each window over the last axis; windows follow each other where no stride is given.
    public func maxPool1d(_ kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false) -> Tensor {
        maxPool([kernel], stride: [stride ?? kernel], padding: [padding], ceilMode: ceilMode)
    }

    public func maxPool2d(_ kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false) -> Tensor {
        maxPool([kernel, kernel], stride: [stride ?? kernel, stride ?? kernel], padding: [padding, padding], ceilMode: ceilMode)
    }

    public func maxPool3d(_ kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0, 0, 0], ceilMode: Bool = false) -> Tensor {
        maxPool(kernel, stride: stride ?? kernel, padding: padding, ceilMode: ceilMode)
    }

    public func averagePool1d(_ kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false) -> Tensor {
        averagePool([kernel], stride: [stride ?? kernel], padding: [padding], ceilMode: ceilMode)
    }

    public func averagePool2d(_ kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false) -> Tensor {
        averagePool([kernel, kernel], stride: [stride ?? kernel, stride ?? kernel], padding: [padding, padding], ceilMode: ceilMode)
    }

    public func averagePool3d(_ kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0, 0, 0], ceilMode: Bool = false) -> Tensor {
        averagePool(kernel, stride: stride ?? kernel, padding: padding, ceilMode: ceilMode)
    }

    /// Largest value of each window over as many trailing axes as `kernel` has entries. In ceil mode a last window may reach past the border,
    /// but starts inside the input or its left padding.
    public func maxPool(_ kernel: [Int], stride: [Int], padding: [Int], ceilMode: Bool = false) -> Tensor {
        let (plan, shape) = poolingPlan(kernel, stride, padding, ceilMode)
        return maxPool(plan, shape)
    }

    /// Largest values of windows so chosen that the last one, two or three axes get these lengths (PyTorch's adaptive max pooling).
    public func adaptiveMaxPool(_ lengths: [Int]) -> Tensor {
        let first = rank - lengths.count
        expect((1...3).contains(lengths.count) && first >= 0 && lengths.allSatisfy { $0 > 0 }, "adaptive pooling of \(shape) to \(lengths)")
        expect(shape[first...].allSatisfy { $0 > 0 }, "adaptive pooling of an empty axis of \(shape)")
        // The longest window that can come up: the figure only decides how the work is shared.
        let kernel = zip(shape[first...], lengths).map { ($0 + $1 - 1) / $1 + 1 }, none = lengths.map { _ in 0 }
        let plan = emolab_pooling(
            planes: shape[..<first].reduce(1, *), in: three(Array(shape[first...]), 1), out: three(lengths, 1), kernel: three(kernel, 1),
            stride: three(none, 0), padding: three(none, 0), adaptive: 1)
        return maxPool(plan, Array(shape[..<first]) + lengths)
    }

    private func maxPool(_ settings: emolab_pooling, _ shape: [Int]) -> Tensor {
        var plan = settings
        let out = Tensor(uninitialised: shape)
        expect(plan.in.0 * plan.in.1 * plan.in.2 <= Int(Int32.max), "max pooling of planes beyond \(Int32.max) values")
        let index = Storage(count: out.count)
        withPointers(self, out, Integers(index)) { emolab_max_pool_forward(&plan, $0, $1, $2) }
        guard let slot else { return out }
        let source = self.shape
        return out.recorded(on: slot.recording) { gradient in
            var plan = settings
            let result = Tensor(uninitialised: source)
            withPointers(gradient, Integers(index), result) { emolab_max_pool_backward(&plan, $0, $1, $2) }
            slot.add(result)
        }
    }

    /// Mean of each window; padding counts as zeros (PyTorch's default).
    public func averagePool(_ kernel: [Int], stride: [Int], padding: [Int], ceilMode: Bool = false, countPadding: Bool = true) -> Tensor {
        var (plan, shape) = poolingPlan(kernel, stride, padding, ceilMode)
        let out = Tensor(uninitialised: shape)
        withPointers(self, out) { emolab_average_pool_forward(&plan, $0, $1, countPadding ? 1 : 0) }
        guard let slot else { return out }
        let settings = plan, source = self.shape
        return out.recorded(on: slot.recording) { gradient in
            var plan = settings
            let result = Tensor(uninitialised: source)
            withPointers(gradient, result) { emolab_average_pool_backward(&plan, $0, $1, countPadding ? 1 : 0) }
            slot.add(result)
        }
    }

    private func poolingPlan(_ kernel: [Int], _ stride: [Int], _ padding: [Int], _ ceilMode: Bool) -> (emolab_pooling, [Int]) {
        let axes = kernel.count, first = rank - axes
        expect((1...3).contains(axes) && first >= 0 && stride.count == axes && padding.count == axes, "pooling of \(shape) over \(kernel)")
        let lengths = (0..<axes).map { axis -> Int in
            let room = shape[first + axis] + 2 * padding[axis] - kernel[axis]
            expect(room >= 0 && 2 * padding[axis] <= kernel[axis], "pooling of \(shape) with kernel \(kernel), padding \(padding)")
            var length = (ceilMode ? room + stride[axis] - 1 : room) / stride[axis] + 1
            if (length - 1) * stride[axis] >= shape[first + axis] + padding[axis] { length -= 1 }
            return length
        }
        let plan = emolab_pooling(
            planes: shape[..<first].reduce(1, *), in: three(Array(shape[first...]), 1), out: three(lengths, 1), kernel: three(kernel, 1),
            stride: three(stride, 1), padding: three(padding, 0), adaptive: 0)
        return (plan, Array(shape[..<first]) + lengths)
    }

    private func three(_ values: [Int], _ filler: Int) -> (Int, Int, Int) {
        let all = Array(repeating: filler, count: 3 - values.count) + values
        return (all[0], all[1], all[2])
    }
}
