// Sums and means over everything or one axis.
import Kernels

extension Tensor {
    /// The sum of all elements, rank 0.
    public func sum() -> Tensor { reduced(scale: 1) }

    /// The mean of all elements, rank 0.
    public func mean() -> Tensor { reduced(scale: 1 / Float(max(count, 1))) }

    /// The sum along an axis, which goes unless `keep` leaves it at length 1.
    public func sum(axis: Int, keep: Bool = false) -> Tensor { reduced(axis: self.axis(axis), keep: keep, scale: 1) }

    /// The mean along an axis, which goes unless `keep` leaves it at length 1.
    public func mean(axis: Int, keep: Bool = false) -> Tensor {
        let axis = self.axis(axis)
        return reduced(axis: axis, keep: keep, scale: 1 / Float(max(shape[axis], 1)))
    }

    /// Index of the largest element along the last axis, the first of equals, in row-major order of the rest.
    public func argMax() -> [Int] {
        let width = shape.last ?? 1
        return withUnsafeBuffer { values in
            (0..<count / max(width, 1)).map { row in
                var best = 0
                for index in 1..<max(width, 1) where values[row * width + index] > values[row * width + best] { best = index }
                return best
            }
        }
    }

    private func reduced(scale: Float) -> Tensor {
        let out = Tensor.scalar(withPointers(self) { emolab_sum($0, count) } * scale)
        guard let slot else { return out }
        let shape = shape
        return out.recorded(on: slot.recording) { slot.add(.full(shape, $0.item * scale)) }
    }

    private func reduced(axis: Int, keep: Bool, scale: Float) -> Tensor {
        var target = shape
        if keep { target[axis] = 1 } else { target.remove(at: axis) }
        let out = Tensor(uninitialised: target), (outer, middle, inner) = split(at: axis)
        withPointers(self, out) { emolab_sum_middle($0, $1, outer, middle, inner, scale) }
        guard let slot else { return out }
        let shape = shape
        return out.recorded(on: slot.recording) { gradient in
            let result = Tensor(uninitialised: shape)
            withPointers(gradient, result) { emolab_repeat_middle($0, $1, outer, middle, inner, scale) }
            slot.add(result)
        }
    }
}
