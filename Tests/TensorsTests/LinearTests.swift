// The fused linear layer against the same thing composed of small operations, in both precisions.
import Kernels
import TestSupport
import Testing

@testable import Base
@testable import Tensors

@Suite("Linear layers") struct LinearTests {
    /// Sizes that reach the packed, the padded and the plain product, and more than one block of rows.
    static let sizes = [(rows: 300, inputs: 64, outputs: 192), (rows: 37, inputs: 40, outputs: 30), (rows: 5, inputs: 128, outputs: 192)]

    struct Case {
        var x, weight, bias, residual: Tensor
        var a, b: [Tensor]
        let rank = 3, scale: Float = 2

        init(_ size: (rows: Int, inputs: Int, outputs: Int)) {
            var stream = RandomStream(seed: 8, name: "linear")
            let width = size.outputs / 3, rank = rank
            x = stream.normal([size.rows, size.inputs])
            weight = stream.normal([size.outputs, size.inputs], deviation: 0.1)
            bias = stream.normal([size.outputs])
            residual = stream.normal([size.rows, size.outputs])
            a = (0..<2).map { _ in stream.normal([rank, size.inputs], deviation: 0.2) }
            b = (0..<2).map { _ in stream.normal([width, rank], deviation: 0.2) }
        }

        var leaves: [Tensor] { [x, weight, bias, residual] + a + b }

        /// The first and the last third of the output are adapted.
        func fused(_ leaves: [Tensor], precision: Precision, dropout: (Float, UInt64)? = nil, packs: Bool = true) -> Tensor {
            let width = leaves[6].shape[0]
            let adapter = LowRankAdapter(
                parts: [.init(offset: 0, a: leaves[4], b: leaves[6]), .init(offset: 2 * width, a: leaves[5], b: leaves[7])], scale: scale,
                dropout: dropout)
            let input = precision == .bfloat16 ? leaves[0].converted(to: .bfloat16) : leaves[0]
            return input.linear(
                weight: leaves[1], bias: leaves[2], activation: .gelu,
                packed: packs ? PackedWeight(leaves[1], precision, keeps: false) : nil,
                adapter: adapter, residual: leaves[3])
        }

        func composed(_ leaves: [Tensor], dropout: (Float, UInt64)? = nil) -> Tensor {
            let dropped = dropout.map { leaves[0].dropout($0.0, key: $0.1) } ?? leaves[0]
            func part(_ i: Int) -> Tensor {
                dropped.matmul(leaves[4 + i], transposeB: true).matmul(leaves[6 + i], transposeB: true) * scale
            }
            let middle = Tensor.zeros(part(0).shape)
            let change = Tensor.concatenated([part(0), middle, part(1)], axis: 1)
            return (leaves[0].matmul(leaves[1], transposeB: true) + leaves[2] + change).gelu() + leaves[3]
        }
    }

    private func gradients(_ leaves: [Tensor], _ f: ([Tensor]) -> Tensor) -> [Tensor] {
        let tape = Tape(), watched = leaves.map { tape.watch($0) }, out = f(watched)
        var stream = RandomStream(seed: 9, name: "cotangent")
        tape.backward(out, seed: stream.normal(out.shape))
        return [out.detached()] + watched.map { tape.gradient(of: $0) ?? .scalar(.nan) }
    }

    @Test(
        "Product, bias, adapter, GELU and residual in one pass equal the composed operations, with all gradients", arguments: sizes,
        [true, false])
    func float32(size: (rows: Int, inputs: Int, outputs: Int), packs: Bool) {
        let c = Case(size), drop: (Float, UInt64) = (0.3, 77)
        let fused = gradients(c.leaves) { c.fused($0, precision: .float32, dropout: drop, packs: packs) }
        let composed = gradients(c.leaves) { c.composed($0, dropout: drop) }
        for (index, (a, b)) in zip(fused, composed).enumerated() { #expect(relativeError(a, b) < 2e-5, "value or gradient \(index)") }
    }

    @Test("In bfloat16 the same within its rounding", arguments: sizes)
    func bfloat16(size: (rows: Int, inputs: Int, outputs: Int)) {
        let c = Case(size)
        let fused = gradients(c.leaves) { c.fused($0, precision: .bfloat16) }, composed = gradients(c.leaves) { c.composed($0) }
        for (index, (a, b)) in zip(fused, composed).enumerated() { #expect(relativeError(a, b) < 2e-2, "value or gradient \(index)") }
    }

    @Test("A frozen weight has no gradient and the others stay as they were")
    func frozen() {
        let c = Case(Self.sizes[0])
        let all = gradients(c.leaves) { c.fused($0, precision: .float32) }
        let some = gradients(c.leaves) { leaves in
            c.fused([leaves[0], leaves[1].detached(), leaves[2].detached()] + leaves[3...], precision: .float32)
        }
        #expect(some[2].item.isNaN && some[3].item.isNaN)
        for index in [0, 1, 4, 5, 6, 7, 8] { #expect(some[index].values == all[index].values, "value or gradient \(index)") }
    }

    @Test("ReLU's slope is taken from the result in either type", arguments: [ElementType.float32, .bfloat16])
    func relu(type: ElementType) {
        var stream = RandomStream(seed: 3, name: "relu")
        let leaves = [stream.normal([70, 32]), stream.normal([48, 32], deviation: 0.2)]
        let fused = gradients(leaves) { $0[0].linear(weight: $0[1], activation: .relu, as: type).converted(to: .float32) }
        let composed = gradients(leaves) { $0[0].matmul($0[1], transposeB: true).relu() }
        for (a, b) in zip(fused, composed) { #expect(relativeError(a, b) < (type == .float32 ? 1e-5 : 2e-2)) }
    }

    @Test("bfloat16 rounds to nearest even, keeps infinities and what is not a number")
    func rounding() {
        let x = Tensor([1, 1.00390625, 1.01171875, -3.14159274, 1e-30, .infinity, -.infinity, .nan, 3.4e38], shape: [9])
        let y = x.converted(to: .bfloat16).converted(to: .float32).values
        #expect(y[0..<4].elementsEqual([1, 1, 1.015625, -3.140625]))
        #expect(abs(y[4] - 1e-30) < 1e-32 && y[5] == .infinity && y[6] == -.infinity && y[7].isNaN && y[8] == .infinity)
    }

    static let hasProducts = PackedWeight(.ones([64, 96]), .bfloat16, keeps: true).multipliesInBFloat16

    @Test(
        "What rounding takes from a kept weight is given back for each group's mean, and for rows without a group exactly",
        .enabled(if: hasProducts, "this processor multiplies no bfloat16"), arguments: [ElementType.float32, .bfloat16])
    func correction(type: ElementType) {
        var stream = RandomStream(seed: 6, name: "correction")
        let (groups, group, inputs, outputs) = (2, 50, 96, 64)
        // Rows share most of what they hold with their group; two more rows stand alone.
        let shared = stream.normal([groups, 1, inputs]), own = stream.normal([groups, group, inputs], deviation: 0.05),
            alone = stream.normal([2, inputs])
        let rows = Tensor.concatenated(
            [(own + shared.expanded(to: [groups, group, inputs])).reshaped([groups * group, inputs]), alone], axis: 0)
        // The operand itself is exact in bfloat16, so that all that is left is the weight's rounding.
        let x = rows.converted(to: .bfloat16).converted(to: .float32), weight = stream.normal([outputs, inputs]),
            bias = stream.normal([outputs])
        let exact = x.matmul(weight, transposeB: true) + bias, packed = PackedWeight(weight, .bfloat16, keeps: true)
        func error(_ given: RowGroups?) -> (grouped: Float, alone: Float) {
            let result = x.converted(to: type).linear(weight: weight, bias: bias, packed: packed, groups: given)
            func worst(_ from: Int, _ to: Int) -> Float {
                relativeError(result.sliced(axis: 0, from: from, to: to), exact.sliced(axis: 0, from: from, to: to))
            }
            return (worst(0, groups * group), worst(groups * group, groups * group + 2))
        }
        let plain = error(nil), corrected = error(RowGroups(rows: group, count: groups))
        #expect(corrected.grouped < plain.grouped / 4 && corrected.alone < plain.alone / 50, "\(plain), \(corrected)")
    }

    @Test("A steady step in bfloat16 with adapters gives the same bits on one, two and five threads")
    func threads() {
        let usual = emolab_threads(), c = Case((rows: 500, inputs: 96, outputs: 288))
        defer { emolab_set_threads(usual) }
        func bits() -> [[UInt32]] {
            gradients(c.leaves) { c.fused($0, precision: .bfloat16, dropout: (0.1, 5)) }.map { $0.values.map(\.bitPattern) }
        }
        emolab_set_threads(1)
        let expected = bits()
        for threads in [2, 5] as [Int32] {
            emolab_set_threads(threads)
            #expect(bits() == expected, "\(threads) threads")
        }
    }
}

@Suite("Rows that leave a matrix and come back") struct RowMapTests {
    private let map = RowMap([4, 0, 1, 4, 3, 4], of: 6)

    private func leaves() -> [Tensor] {
        var stream = RandomStream(seed: 4, name: "rows")
        return [stream.normal([6, 7]), stream.normal([6, 7]), stream.normal([7]), stream.normal([7])]
    }

    @Test("Layer norm of chosen rows equals layer norm, then choosing; gradients are central differences'")
    func layerNorm() {
        let leaves = leaves(), whole = leaves[0].layerNorm(weight: leaves[2], bias: leaves[3]).values
        let chosen = leaves[0].layerNorm(weight: leaves[2], bias: leaves[3], rows: map).values
        for (row, from) in [4, 0, 1, 4, 3, 4].enumerated() { #expect(chosen[row * 7..<row * 7 + 7] == whole[from * 7..<from * 7 + 7]) }
        #expect(
            FiniteDifferences.worstError([leaves[0], leaves[2], leaves[3]]) { $0[0].layerNorm(weight: $0[1], bias: $0[2], rows: map) }
                < 2e-3)
    }

    @Test("Rows that were taken several times come back as their mean; rows that were not stay")
    func adding() {
        let x = leaves()[0], y = leaves()[1], sum = x.adding(y, at: map).values
        for column in 0..<7 {
            let shared = (y.values[column] + y.values[21 + column] + y.values[35 + column]) / 3
            #expect(abs(sum[28 + column] - x.values[28 + column] - shared) < 1e-6)
            #expect(sum[14 + column] == x.values[14 + column] && sum[35 + column] == x.values[35 + column])
            #expect(sum[column] == x.values[column] + y.values[7 + column])
        }
        #expect(FiniteDifferences.worstError([x, y]) { $0[0].adding($0[1], at: map) } < 2e-3)
    }

    @Test("In bfloat16 within its rounding")
    func bfloat16() {
        let leaves = leaves()
        let narrow = leaves[0].layerNorm(weight: leaves[2], bias: leaves[3], rows: map, as: .bfloat16).converted(to: .float32)
        #expect(relativeError(narrow, leaves[0].layerNorm(weight: leaves[2], bias: leaves[3], rows: map)) < 4e-3)
    }
}
