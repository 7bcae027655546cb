// Functions of single values, and arithmetic of two tensors with NumPy's broadcasting.
import Kernels

extension Tensor {
    public func relu() -> Tensor { unary(emolab_relu, keeping: .result) }
    public func leakyReLU(slope: Float = 0.01) -> Tensor { unary(emolab_leaky_relu, keeping: .input, slope) }
    public func elu(alpha: Float = 1) -> Tensor { unary(emolab_elu, keeping: .input, alpha) }

    /// Forms of GELU: exact (error function) and its tanh approximation.
    public enum GELU: Sendable { case exact, tanh }

    public func gelu(_ form: GELU = .exact) -> Tensor { unary(form == .exact ? emolab_gelu : emolab_gelu_tanh, keeping: .input) }
    public func silu() -> Tensor { unary(emolab_silu, keeping: .input) }
    public func sigmoid() -> Tensor { unary(emolab_sigmoid, keeping: .result) }
    public func tanh() -> Tensor { unary(emolab_tanh, keeping: .result) }
    public func exp() -> Tensor { unary(emolab_exp, keeping: .result) }
    public func log() -> Tensor { unary(emolab_log, keeping: .input) }
    public func squareRoot() -> Tensor { unary(emolab_sqrt, keeping: .result) }
    public func square() -> Tensor { unary(emolab_square, keeping: .input) }
    public func abs() -> Tensor { unary(emolab_abs, keeping: .input) }

    private enum Kept { case input, result, nothing }

    private func unary(_ operation: emolab_unary, keeping: Kept, _ parameter: Float = 0) -> Tensor {
        let out = Tensor(like: self), operation = Int32(operation.rawValue)
        withPointers(self, out) { emolab_unary_forward(operation, $0, $1, count, parameter) }
        guard let slot else { return out }
        let kept: Storage? = keeping == .input ? storage : keeping == .result ? out.storage : nil
        return out.recorded(on: slot.recording) { gradient in
            let result = Tensor(like: gradient)
            withPointers(kept.map(Floats.init), gradient, result) {
                emolab_unary_backward(operation, $0, $1, $2, gradient.count, parameter)
            }
            slot.add(result)
        }
    }

    /// The same values; on the way back the gradient is multiplied by -alpha (Ganin and Lempitsky, 2015).
    public func gradientReversal(alpha: Float) -> Tensor {
        guard let slot else { return self }
        return detached().recorded(on: slot.recording) { gradient in
            let result = Tensor(like: gradient)
            withPointers(gradient, result) { emolab_unary_forward(Int32(emolab_scale.rawValue), $0, $1, gradient.count, -alpha) }
            slot.add(result)
        }
    }

    public static func + (a: Tensor, b: Tensor) -> Tensor { binary(emolab_add, a, b) }
    public static func - (a: Tensor, b: Tensor) -> Tensor { binary(emolab_subtract, a, b) }
    public static func * (a: Tensor, b: Tensor) -> Tensor { binary(emolab_multiply, a, b) }
    public static func / (a: Tensor, b: Tensor) -> Tensor { binary(emolab_divide, a, b) }

    public static func + (a: Tensor, b: Float) -> Tensor { a.unary(emolab_shift, keeping: .nothing, b) }
    public static func - (a: Tensor, b: Float) -> Tensor { a.unary(emolab_shift, keeping: .nothing, -b) }
    public static func * (a: Tensor, b: Float) -> Tensor { a.unary(emolab_scale, keeping: .nothing, b) }
    public static func / (a: Tensor, b: Float) -> Tensor { a.unary(emolab_scale, keeping: .nothing, 1 / b) }
    public static func + (a: Float, b: Tensor) -> Tensor { b + a }
    public static func - (a: Float, b: Tensor) -> Tensor { -b + a }
    public static func * (a: Float, b: Tensor) -> Tensor { b * a }
    public static func / (a: Float, b: Tensor) -> Tensor { b.unary(emolab_reciprocal, keeping: .result) * a }
    public static prefix func - (a: Tensor) -> Tensor { a * -1 }

    private static func binary(_ operation: emolab_binary, _ a: Tensor, _ b: Tensor) -> Tensor {
        if a.shape == b.shape { return same(operation, a, b) }
        if let pattern = Broadcast(of: b.shape, into: a.shape) { return broadcast(operation, a, b, pattern, swapped: false) }
        if let pattern = Broadcast(of: a.shape, into: b.shape) { return broadcast(operation, b, a, pattern, swapped: true) }
        let shape = broadcastShape(a.shape, b.shape)
        return same(operation, a.expanded(to: shape), b.expanded(to: shape))
    }

    private static func same(_ operation: emolab_binary, _ a: Tensor, _ b: Tensor) -> Tensor {
        let out = Tensor(like: a)
        withPointers(a, b, out) { emolab_binary_same(Int32(operation.rawValue), $0, $1, $2, a.count) }
        guard let recording = a.recording ?? b.recording else { return out }
        let slotA = a.slot, slotB = b.slot, a = a.detached(), b = b.detached()
        return out.recorded(on: recording) { gradient in
            slotA?.add(slope(operation, a, b, gradient, swapped: false))
            slotB?.add(slope(operation, b, a, gradient, swapped: true))
        }
    }

    /// The gradient with respect to `x` of x (op) other, or of other (op) x where `swapped`; `other` may be broadcast into x's shape by `pattern`.
    private static func slope(
        _ operation: emolab_binary, _ x: Tensor, _ other: Tensor, _ gradient: Tensor, swapped: Bool, _ pattern: Broadcast? = nil
    ) -> Tensor {
        func times(_ operation: emolab_binary, _ a: Tensor, _ b: Tensor) -> Tensor {
            pattern.map { broadcast(operation, a, b, $0, swapped: false) } ?? same(operation, a, b)
        }
        if operation == emolab_add { return gradient }
        if operation == emolab_subtract { return swapped ? -gradient : gradient }
        if operation == emolab_multiply { return times(emolab_multiply, gradient, other) }
        if !swapped { return times(emolab_divide, gradient, other) }
        // d(other / x) = -other / x^2
        return -times(emolab_multiply, gradient / (x * x), other)
    }

    private static func broadcast(_ operation: emolab_binary, _ a: Tensor, _ b: Tensor, _ pattern: Broadcast, swapped: Bool) -> Tensor {
        let out = Tensor(like: a)
        withPointers(a, b, out) {
            emolab_binary_broadcast(Int32(operation.rawValue), $0, $1, $2, pattern.outer, pattern.middle, pattern.inner, swapped ? 1 : 0)
        }
        guard let recording = a.recording ?? b.recording else { return out }
        let slotA = a.slot, slotB = b.slot, a = a.detached(), b = b.detached()
        return out.recorded(on: recording) { gradient in
            slotA?.add(slope(operation, a, b, gradient, swapped: swapped, pattern))
            if let slotB {
                let wide: Tensor
                if operation == emolab_add || operation == emolab_subtract {
                    wide = slope(operation, b, a, gradient, swapped: !swapped)
                } else {
                    let spread = operation == emolab_divide ? b.expanded(to: a.shape) : b
                    wide = slope(operation, spread, a, gradient, swapped: !swapped)
                }
                slotB.accumulate(count: b.count) { sum, beta in
                    withPointers(wide) { emolab_sum_to_middle($0, sum, pattern.outer, pattern.middle, pattern.inner, beta == 0 ? 0 : 1) }
                }
            }
        }
    }
}

/// A small shape inside a large one where the axes that are not repeated lie together: large is [outer, middle, inner], small is [middle].
struct Broadcast {
    var outer = 1, middle = 1, inner = 1

    init?(of small: [Int], into large: [Int]) {
        guard small.count <= large.count else { return nil }
        let offset = large.count - small.count
        var first = large.count, last = -1
        for axis in large.indices {
            let length = axis < offset ? 1 : small[axis - offset]
            if length == 1 { continue }
            guard length == large[axis] else { return nil }
            first = min(first, axis)
            last = axis
        }
        for axis in large.indices {
            if axis < first {
                outer *= large[axis]
            } else if axis > last {
                inner *= large[axis]
            } else {
                guard axis >= offset, small[axis - offset] == large[axis] else { return nil }
                middle *= large[axis]
            }
        }
        // A single value: repeated along everything.
        if last < 0 { (outer, inner) = (1, outer) }
    }
}

/// NumPy's rule: shapes are aligned at their last axes, and an axis of length 1 is repeated.
func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int] {
    let rank = max(a.count, b.count)
    return (0..<rank).map { axis in
        let x = axis < rank - a.count ? 1 : a[axis - rank + a.count], y = axis < rank - b.count ? 1 : b[axis - rank + b.count]
        expect(x == y || x == 1 || y == 1, "shapes \(a) and \(b) do not broadcast")
        return x == 1 ? y : x
    }
}
