// Shapes changed and values moved: reshape, permute, slice, concatenate, repeat, gather.
import Kernels

extension Tensor {
    /// The same values in another shape; one axis may be -1.
    public func reshaped(_ shape: [Int]) -> Tensor {
        var target = shape
        if let free = shape.firstIndex(of: -1) {
            let known = shape.enumerated().reduce(1) { $1.offset == free ? $0 : $0 * $1.element }
            target[free] = known == 0 ? 0 : count / known
        }
        expect(target.reduce(1, *) == count, "reshape of \(self.shape) to \(shape)")
        let out = Tensor(shape: target, count: count, storage: storage, slot: nil)
        guard let slot else { return out }
        let source = self.shape
        return out.recorded(on: slot.recording) {
            slot.add(Tensor(shape: source, count: $0.count, storage: $0.storage, slot: nil))
        }
    }

    /// Axes `from ... to` joined into one.
    public func flattened(from: Int = 0, to: Int = -1) -> Tensor {
        let first = axis(from), last = axis(to)
        return reshaped(Array(shape[..<first]) + [shape[first...last].reduce(1, *)] + Array(shape[(last + 1)...]))
    }

    /// An axis of length 1 put in before `axis`.
    public func expandedAxis(_ axis: Int) -> Tensor {
        var target = shape
        target.insert(1, at: axis < 0 ? axis + rank + 1 : axis)
        return reshaped(target)
    }

    /// An axis of length 1 taken out.
    public func squeezed(_ axis: Int) -> Tensor {
        var target = shape
        expect(target.remove(at: self.axis(axis)) == 1, "squeeze of axis \(axis) of \(shape)")
        return reshaped(target)
    }

    /// Axis i of the result is axis `order[i]` of this one.
    public func permuted(_ order: [Int]) -> Tensor {
        expect(rank <= 8 && order.sorted() == Array(0..<rank), "permutation \(order) of \(shape)")
        let out = permutedCopy(order)
        guard let slot else { return out }
        var inverse = order
        for (axis, source) in order.enumerated() { inverse[source] = axis }
        return out.recorded(on: slot.recording) { slot.add($0.permutedCopy(inverse)) }
    }

    private func permutedCopy(_ order: [Int]) -> Tensor {
        let strides = self.strides, out = Tensor(uninitialised: order.map { shape[$0] })
        let steps = order.map { strides[$0] }
        if count > 0 { withPointers(self, out) { emolab_gather_strided($0, $1, Int32(rank), out.shape, steps) } }
        return out
    }

    /// Two axes exchanged.
    public func transposed(_ a: Int = -2, _ b: Int = -1) -> Tensor {
        var order = Array(0..<rank)
        order.swapAt(axis(a), axis(b))
        return permuted(order)
    }

    /// Elements `from ..< to` of an axis.
    public func sliced(axis: Int, from: Int, to: Int) -> Tensor {
        let axis = self.axis(axis)
        expect(from >= 0 && from <= to && to <= shape[axis], "slice \(from) ..< \(to) of axis \(axis) of \(shape)")
        var target = shape
        target[axis] = to - from
        return strided(shape: target, strides: strides, offset: from * strides[axis])
    }

    /// Element `index` of an axis, which goes.
    public func selected(axis: Int, _ index: Int) -> Tensor { sliced(axis: axis, from: index, to: index + 1).squeezed(axis) }

    /// Repeated along axes of length 1 and new leading ones until it has `shape`.
    public func expanded(to shape: [Int]) -> Tensor {
        if shape == self.shape { return self }
        let offset = shape.count - rank, strides = self.strides
        expect(offset >= 0, "\(self.shape) expanded to \(shape)")
        let steps = shape.indices.map { axis -> Int in
            guard axis >= offset else { return 0 }
            let length = self.shape[axis - offset]
            expect(length == shape[axis] || length == 1, "\(self.shape) expanded to \(shape)")
            return length == 1 ? 0 : strides[axis - offset]
        }
        return strided(shape: shape, strides: steps, offset: 0)
    }

    /// The whole tensor `times` over along an axis.
    public func repeated(axis: Int, _ times: Int) -> Tensor { Tensor.concatenated(Array(repeating: self, count: times), axis: axis) }

    /// Tensors joined along an axis; the other axes agree.
    public static func concatenated(_ parts: [Tensor], axis: Int) -> Tensor {
        let axis = parts[0].axis(axis)
        for part in parts {
            let fits = part.rank == parts[0].rank && part.shape.indices.allSatisfy { $0 == axis || part.shape[$0] == parts[0].shape[$0] }
            expect(fits, "concatenation of \(parts.map(\.shape)) along axis \(axis)")
        }
        var shape = parts[0].shape
        shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
        let out = Tensor(uninitialised: shape)
        let (outer, _, inner) = out.split(at: axis)
        let row = shape[axis] * inner
        var at = 0
        for part in parts {
            let width = part.shape[axis] * inner
            withPointers(out, part) { out, part in
                for o in 0..<outer { (out + o * row + at).update(from: part + o * width, count: width) }
            }
            at += width
        }
        guard let recording = parts.lazy.compactMap(\.recording).first else { return out }
        let slots = parts.map(\.slot), shapes = parts.map(\.shape)
        return out.recorded(on: recording) { gradient in
            var at = 0
            for (slot, shape) in zip(slots, shapes) {
                let width = shape[axis] * inner
                if let slot {
                    let piece = Tensor(uninitialised: shape)
                    withPointers(piece, gradient) { piece, gradient in
                        for o in 0..<outer { (piece + o * width).update(from: gradient + o * row + at, count: width) }
                    }
                    slot.add(piece)
                }
                at += width
            }
        }
    }

    public func concatenated(with other: Tensor, axis: Int) -> Tensor { Tensor.concatenated([self, other], axis: axis) }

    /// Tensors of one shape joined along a new axis.
    public static func stacked(_ parts: [Tensor], axis: Int = 0) -> Tensor { concatenated(parts.map { $0.expandedAxis(axis) }, axis: axis) }

    /// Rows of this table [rows, ...] picked by index: [indices.count, ...]. Embedding, and any gather along the first axis.
    public func gathered(_ indices: [Int]) -> Tensor {
        expect(rank >= 1 && indices.allSatisfy { $0 >= 0 && $0 < shape[0] }, "gather of rows \(indices) from \(shape)")
        let out = Tensor(uninitialised: [indices.count] + shape.dropFirst()), width = count / max(shape[0], 1)
        withPointers(self, out) { emolab_gather_rows($0, indices, $1, indices.count, width) }
        guard let slot else { return out }
        let total = count
        return out.recorded(on: slot.recording) { gradient in
            slot.addRegion(count: total) { sum in withPointers(gradient) { emolab_scatter_rows(sum, indices, $0, indices.count, width) } }
        }
    }

    /// Steps between neighbours along each axis.
    var strides: [Int] {
        var strides = shape, step = 1
        for axis in shape.indices.reversed() {
            strides[axis] = step
            step *= shape[axis]
        }
        return strides
    }

    private func strided(shape: [Int], strides: [Int], offset: Int) -> Tensor {
        expect(shape.count <= 8, "more than 8 axes: \(shape)")
        let out = Tensor(uninitialised: shape)
        if out.count > 0 { withPointers(self, out) { emolab_gather_strided($0 + offset, $1, Int32(shape.count), shape, strides) } }
        guard let slot else { return out }
        let total = count
        return out.recorded(on: slot.recording) { gradient in
            slot.addRegion(count: total) { sum in
                if gradient.count > 0 {
                    withPointers(gradient) { emolab_scatter_strided(sum + offset, $0, Int32(shape.count), shape, strides) }
                }
            }
        }
    }
}
