// A weight as the processor wants it: laid out once, used in every product until the weight changes.
import Kernels

/// A matrix `[out, in]` packed for x W^T and for dy W. Not for use by several threads at once.
public final class PackedWeight {
    public let precision: Precision
    private let weight: Tensor
    private let keeps: Bool
    private var packs: [Bool: Storage] = [:]
    private var lost: (first: Storage, second: Storage)?

    /// - Parameter keeps: whether a layout is made once; else it is made for every product, which costs time and saves memory.
    public init(_ weight: Tensor, _ precision: Precision, keeps: Bool) {
        self.weight = weight.detached()
        self.precision = precision
        self.keeps = keeps
    }

    /// The operand of one product, with the memory it lies in.
    struct Operand {
        var weights: emolab_weights
        var storage: Storage?
    }

    var forward: Operand { operand(transposed: true) }
    var backward: Operand { operand(transposed: false) }

    /// Whether products really run in bfloat16 here: the precision asks for it and the processor has it.
    var multipliesInBFloat16: Bool {
        precision == .bfloat16 && emolab_packed_bytes(emolab_bfloat16, weight.shape[1], weight.shape[0]) > 0
    }

    /// What rounding to bfloat16 took from the weight, in two halves of its rows; nil where the weight is not kept, so that making it would not pay, and
    /// where products are not bfloat16's.
    var residual: (first: Storage, second: Storage)? {
        if let lost { return lost }
        let (outputs, inputs) = (weight.shape[0], weight.shape[1]), half = outputs / 2
        guard keeps, precision == .bfloat16, outputs % 2 == 0 else { return nil }
        let bytes = emolab_packed_bytes(emolab_bfloat16, inputs, half)
        guard bytes > 0 else { return nil }
        let difference = weight - weight.converted(to: .bfloat16).converted(to: .float32)
        func pack(_ index: Int) -> Storage {
            let storage = Storage(count: (bytes + 3) / 4)
            emolab_pack(emolab_bfloat16, inputs, half, difference.pointer + index * half * inputs, 1, storage.raw)
            return storage
        }
        let made = (pack(0), pack(1))
        lost = made
        return made
    }

    /// The weight as it is, float32.
    static func plain(_ weight: Tensor, transposed: Bool) -> Operand {
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let weights = emolab_weights(
            type: emolab_float32, k: transposed ? inputs : outputs, n: transposed ? outputs : inputs, packed: nil, plain: UnsafePointer(weight.pointer),
            transposed: transposed ? 1 : 0)
        return Operand(weights: weights, storage: nil)
    }

    private func operand(transposed: Bool) -> Operand {
        var operand = Self.plain(weight, transposed: transposed)
        let type = precision == .bfloat16 ? emolab_bfloat16 : emolab_float32
        if let kept = packs[transposed] {
            operand.storage = kept
        } else {
            let bytes = emolab_packed_bytes(type, operand.weights.k, operand.weights.n)
            // A processor without such a product computes in float32 from the plain weight.
            guard bytes > 0 else { return operand }
            let storage = Storage(count: (bytes + 3) / 4)
            emolab_pack(type, operand.weights.k, operand.weights.n, weight.pointer, transposed ? 1 : 0, storage.raw)
            operand.storage = storage
            if keeps { packs[transposed] = storage }
        }
        operand.weights.packed = operand.storage.map { UnsafeRawPointer($0.raw) }
        operand.weights.type = type
        return operand
    }
}
