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

    /// The operand of one product: the memory it lies in, and how.
    struct Operand {
        let weight: Tensor
        let transposed: Bool
        var type = emolab_float32
        var packed: Storage?

        /// Number of values that a product sums, and number of results a row.
        var k: Int { weight.shape[transposed ? 1 : 0] }
        var n: Int { weight.shape[transposed ? 0 : 1] }

        func withWeights<Result>(_ body: (emolab_weights) -> Result) -> Result {
            withPointers(packed, weight) { packed, plain in
                body(
                    emolab_weights(
                        type: type, k: k, n: n, packed: packed.map { UnsafeRawPointer($0) }, plain: UnsafePointer(plain),
                        transposed: transposed ? 1 : 0))
            }
        }
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
            withPointers(difference, storage) { emolab_pack(emolab_bfloat16, inputs, half, $0 + index * half * inputs, 1, $1) }
            return storage
        }
        let made = (pack(0), pack(1))
        lost = made
        return made
    }

    /// The weight as it is, float32.
    static func plain(_ weight: Tensor, transposed: Bool) -> Operand { Operand(weight: weight.detached(), transposed: transposed) }

    private func operand(transposed: Bool) -> Operand {
        var operand = Self.plain(weight, transposed: transposed)
        let type = precision == .bfloat16 ? emolab_bfloat16 : emolab_float32
        if let kept = packs[transposed] {
            operand.packed = kept
        } else {
            let bytes = emolab_packed_bytes(type, operand.k, operand.n)
            // A processor without such a product computes in float32 from the plain weight.
            guard bytes > 0 else { return operand }
            let storage = Storage(count: (bytes + 3) / 4)
            withPointers(weight, storage) { emolab_pack(type, operand.k, operand.n, $0, transposed ? 1 : 0, $1) }
            operand.packed = storage
            if keeps { packs[transposed] = storage }
        }
        operand.type = type
        return operand
    }
}
