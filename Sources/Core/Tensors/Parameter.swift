// A named value that training changes.
import Kernels

/// A trainable tensor: its value, the gradient of the last backward pass, and whether it takes part. One thread at a time.
public final class Parameter: @unchecked Sendable {
    // @unchecked: it is a network's memory, and a network works for one thread at a time.
    /// Path as in the published checkpoint, e.g. `encoder.layer.0.output.dense.weight`.
    public var name: String
    public var value: Tensor { didSet { packs.removeAll() } }
    /// Sum over the backward passes since it was last set to nil.
    public var gradient: Tensor?
    /// A frozen parameter is not watched and costs no gradient work.
    public var isTrainable: Bool
    private var packs: [Precision: PackedWeight] = [:]

    public init(_ name: String, _ value: Tensor, isTrainable: Bool = true) {
        self.name = name
        self.value = value.detached()
        self.isTrainable = isTrainable
    }

    /// The value for use in a forward pass: watched by `tape`, or plain where there is no tape or the parameter is frozen.
    public func tensor(on tape: Tape?) -> Tensor { tape?.watch(self) ?? value }

    /// This matrix laid out for products of `precision`, for use until it changes. Where `keeps`, a frozen one's layouts are made once and stay.
    public func packed(_ precision: Precision, keeps: Bool) -> PackedWeight {
        if let kept = packs[precision] { return kept }
        let stays = keeps && !isTrainable, fresh = PackedWeight(value, precision, keeps: stays)
        if stays { packs[precision] = fresh }
        return fresh
    }

    func accumulate(_ addend: Tensor) {
        guard var sum = gradient else {
            gradient = addend
            return
        }
        gradient = nil
        sum.withUnsafeMutableBuffer { sum in withPointers(addend) { emolab_add_scaled($0, sum.baseAddress!, addend.count, 1) } }
        gradient = sum
    }

    /// The value for an optimiser to change in place; a snapshot held elsewhere keeps its values.
    var unshared: Tensor {
        value.makeUnique()
        return value
    }
}
