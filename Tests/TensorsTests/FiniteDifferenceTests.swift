// Gradients against finite differences, for operations and settings that the reference files do not cover.
import TestSupport
import Testing

@testable import Tensors

struct DifferenceCase: CustomTestStringConvertible, Sendable {
    let name: String
    let shapes: [[Int]]
    var offset: Float = 0
    let compute: @Sendable ([Tensor]) -> Tensor
    var testDescription: String { name }
}

@Suite("Finite differences") struct FiniteDifferenceTests {
    static func weights(_ t: ArraySlice<Tensor>) -> RecurrentWeights {
        let t = Array(t)
        return RecurrentWeights(inputWeight: t[0], hiddenWeight: t[1], inputBias: t[2], hiddenBias: t[3])
    }

    static let cases: [DifferenceCase] = [
        .init(name: "add, same shape", shapes: [[3, 4], [3, 4]]) { $0[0] + $0[1] },
        .init(name: "subtract, trailing broadcast", shapes: [[2, 3, 4], [4]]) { $0[0] - $0[1] },
        .init(name: "subtract, broadcast on the left", shapes: [[4], [2, 3, 4]]) { $0[0] - $0[1] },
        .init(name: "multiply, leading broadcast", shapes: [[3, 4], [3, 1]]) { $0[0] * $0[1] },
        .init(name: "multiply, channel broadcast", shapes: [[2, 3, 4], [3, 1]]) { $0[0] * $0[1] },
        .init(name: "multiply, both broadcast", shapes: [[3, 1, 4], [5, 1]]) { $0[0] * $0[1] },
        .init(name: "multiply by one value", shapes: [[3, 4], [1]]) { $0[0] * $0[1] },
        .init(name: "multiply by itself", shapes: [[3, 4]]) { $0[0] * $0[0] },
        .init(name: "divide, same shape", shapes: [[3, 4], [3, 4]], offset: 4) { $0[0] / $0[1] },
        .init(name: "divide, trailing broadcast", shapes: [[3, 4], [4]], offset: 4) { $0[0] / $0[1] },
        .init(name: "divide, broadcast on the left", shapes: [[4], [3, 4]], offset: 4) { $0[0] / $0[1] },
        .init(name: "one value divided", shapes: [[3, 4]], offset: 4) { 2 / $0[0] },
        .init(name: "one value less", shapes: [[3, 4]]) { 2 - $0[0] },
        .init(name: "exp", shapes: [[3, 4]]) { $0[0].exp() },
        .init(name: "log", shapes: [[3, 4]], offset: 4) { $0[0].log() },
        .init(name: "square root", shapes: [[3, 4]], offset: 4) { $0[0].squareRoot() },
        .init(name: "square", shapes: [[3, 4]]) { $0[0].square() },
        .init(name: "leaky ReLU", shapes: [[3, 4]], offset: 3) { $0[0].leakyReLU() },
        .init(name: "ELU below zero", shapes: [[3, 4]], offset: -3) { $0[0].elu(alpha: 0.7) },
        .init(name: "absolute value below zero", shapes: [[3, 4]], offset: -4) { $0[0].abs() },
        .init(name: "linear with GELU", shapes: [[5, 3], [4, 3], [4]]) { $0[0].linear(weight: $0[1], bias: $0[2], activation: .gelu) },
        .init(name: "linear with GELU by tanh, no bias", shapes: [[5, 3], [4, 3]]) { $0[0].linear(weight: $0[1], activation: .geluTanh) },
        .init(name: "linear with ReLU, all open", shapes: [[5, 3], [4, 3], [4]], offset: 4) {
            $0[0].linear(weight: $0[1], bias: $0[2], activation: .relu)
        },
        .init(name: "product", shapes: [[3, 4], [4, 2]]) { $0[0].matmul($0[1]) },
        .init(name: "product, A transposed", shapes: [[4, 3], [4, 2]]) { $0[0].matmul($0[1], transposeA: true) },
        .init(name: "product, B transposed", shapes: [[3, 4], [2, 4]]) { $0[0].matmul($0[1], transposeB: true) },
        .init(name: "product, both transposed", shapes: [[4, 3], [2, 4]]) { $0[0].matmul($0[1], transposeA: true, transposeB: true) },
        .init(name: "batched product", shapes: [[2, 3, 4], [2, 4, 2]]) { $0[0].matmul($0[1]) },
        .init(name: "batched product, A transposed", shapes: [[2, 4, 3], [2, 4, 2]]) { $0[0].matmul($0[1], transposeA: true) },
        .init(name: "batched product, B transposed", shapes: [[2, 3, 4], [2, 2, 4]]) { $0[0].matmul($0[1], transposeB: true) },
        .init(name: "batched product, both transposed", shapes: [[2, 4, 3], [2, 2, 4]]) {
            $0[0].matmul($0[1], transposeA: true, transposeB: true)
        },
        .init(name: "batched product with one matrix", shapes: [[2, 3, 4], [4, 2]]) { $0[0].matmul($0[1]) },
        .init(name: "batched product with one matrix, transposed", shapes: [[2, 3, 4], [2, 4]]) { $0[0].matmul($0[1], transposeB: true) },
        .init(name: "batched A transposed with one matrix", shapes: [[2, 4, 3], [4, 2]]) { $0[0].matmul($0[1], transposeA: true) },
        .init(name: "batched, both transposed, one matrix", shapes: [[2, 4, 3], [2, 4]]) {
            $0[0].matmul($0[1], transposeA: true, transposeB: true)
        },
        .init(name: "reshape", shapes: [[3, 4]]) { $0[0].reshaped([2, -1]).square() },
        .init(name: "permutation", shapes: [[2, 3, 4]]) { $0[0].permuted([2, 0, 1]).square() },
        .init(name: "transposition", shapes: [[2, 3, 4]]) { $0[0].transposed(0, 2) },
        .init(name: "slice used twice", shapes: [[2, 5, 3]]) {
            $0[0].sliced(axis: 1, from: 1, to: 4) * $0[0].sliced(axis: 1, from: 2, to: 5)
        },
        .init(name: "selection", shapes: [[2, 5, 3]]) { $0[0].selected(axis: 1, 3) },
        .init(name: "concatenation", shapes: [[2, 3], [2, 2]]) { Tensor.concatenated([$0[0], $0[1], $0[0]], axis: 1) },
        .init(name: "stack", shapes: [[2, 3], [2, 3]]) { Tensor.stacked([$0[0], $0[1]], axis: 1) },
        .init(name: "expansion", shapes: [[3, 1, 2]]) { $0[0].expanded(to: [2, 3, 4, 2]) },
        .init(name: "repetition", shapes: [[3, 2]]) { $0[0].repeated(axis: 1, 3) },
        .init(name: "gather with a row taken twice", shapes: [[4, 3]]) { $0[0].gathered([2, 0, 2]) },
        .init(name: "sum", shapes: [[3, 4]]) { $0[0].sum() },
        .init(name: "mean", shapes: [[3, 4]]) { $0[0].mean() },
        .init(name: "mean over the first axis", shapes: [[3, 4, 2]]) { $0[0].mean(axis: 0) },
        .init(name: "sum over the middle axis, kept", shapes: [[3, 4, 2]]) { $0[0].sum(axis: 1, keep: true) },
        .init(name: "mean over the last axis", shapes: [[3, 4]]) { $0[0].mean(axis: -1) },
        .init(name: "softmax", shapes: [[3, 5]]) { $0[0].softmax() },
        .init(name: "log-softmax", shapes: [[3, 5]]) { $0[0].logSoftmax() },
        .init(name: "layer norm", shapes: [[4, 7], [7], [7]]) { $0[0].layerNorm(weight: $0[1], bias: $0[2]) },
        .init(name: "dropout with a fixed key", shapes: [[6, 7]]) { $0[0].dropout(0.4, key: 77) },
        .init(name: "fused attention", shapes: [[2, 2, 3, 4], [2, 2, 5, 4], [2, 2, 5, 4]]) {
            Tensor.attention(query: $0[0], key: $0[1], value: $0[2])
        },
        .init(name: "fused attention with lengths", shapes: [[2, 2, 3, 4], [2, 2, 5, 4], [2, 2, 5, 4]]) {
            Tensor.attention(query: $0[0], key: $0[1], value: $0[2], lengths: [5, 2])
        },
        .init(name: "packed self-attention", shapes: [[2, 4, 18]]) { $0[0].packedSelfAttention(heads: 3) },
        .init(name: "attention weights, used and unused", shapes: [[1, 2, 3, 4], [1, 2, 5, 4], [1, 2, 5, 4]]) {
            let (out, weights) = Tensor.attentionWithWeights(query: $0[0], key: $0[1], value: $0[2], lengths: [4])
            return out.sum() + (weights * weights).sum()
        },
        .init(name: "GRU, one direction, lengths, final state", shapes: [[3, 4, 2], [9, 2], [9, 3], [9], [9]]) {
            let (output, final) = $0[0].gru(layers: [[weights($0[1...4])]], lengths: [4, 1, 3])
            return output.sum(axis: 1) + final
        },
        .init(
            name: "GRU, both directions, lengths, final states",
            shapes: [[2, 4, 2], [9, 2], [9, 3], [9], [9], [9, 2], [9, 3], [9], [9]]
        ) {
            let (output, final) = $0[0].gru(layers: [[weights($0[1...4]), weights($0[5...8])]], lengths: [4, 2])
            return output.sum(axis: 1) * 0.5 + final
        },
        .init(name: "LSTM, both directions, lengths", shapes: [[2, 4, 2], [8, 2], [8, 2], [8], [8], [8, 2], [8, 2], [8], [8]]) {
            let (output, final) = $0[0].lstm(layers: [[weights($0[1...4]), weights($0[5...8])]], lengths: [3, 4])
            return output.sum(axis: 1) + final
        },
        .init(name: "conv1d, two groups", shapes: [[2, 4, 7], [6, 2, 3], [6]]) {
            $0[0].conv1d(weight: $0[1], bias: $0[2], stride: 2, padding: 1, groups: 2)
        },
        .init(name: "conv1d, pointwise", shapes: [[2, 4, 5], [3, 4, 1], [3]]) { $0[0].conv1d(weight: $0[1], bias: $0[2]) },
        .init(name: "conv2d, dilated", shapes: [[1, 2, 6, 7], [3, 2, 2, 3]]) { $0[0].conv2d(weight: $0[1], padding: 1, dilation: 2) },
        .init(name: "average pooling, padded, ceil", shapes: [[1, 2, 5, 6]]) { $0[0].averagePool2d(3, stride: 2, padding: 1, ceilMode: true) },
        .init(name: "adaptive average pooling", shapes: [[1, 2, 5, 7]]) { $0[0].adaptiveAveragePool([2, 3]) },
        .init(name: "nearest resize", shapes: [[1, 2, 3, 5]]) { $0[0].resized(height: 4, width: 3, .nearest) },
        .init(name: "bicubic resize up", shapes: [[1, 1, 3, 4]]) { $0[0].resized(height: 5, width: 7, .bicubic) },
        .init(name: "cross-entropy, smoothed, weighted, one row left out", shapes: [[4, 3]]) {
            $0[0].crossEntropy(targets: [2, -1, 0, 1], smoothing: 0.2, weights: Tensor([1, 2, 3], shape: [3]))
        },
        .init(name: "mean squared error, both operands", shapes: [[3, 2], [3, 2]]) { $0[0].meanSquaredError($0[1]) },
    ]

    @Test("Gradients equal central differences", arguments: cases)
    func gradient(_ item: DifferenceCase) {
        var stream = RandomStream(seed: 7, name: item.name)
        let inputs = item.shapes.map { stream.normal($0) + item.offset }
        #expect(FiniteDifferences.worstError(inputs, item.compute) < 1e-2)
    }

    @Test("A wrong gradient is found")
    func wrongGradient() {
        var stream = RandomStream(seed: 8, name: "wrong")
        let x = stream.normal([3, 4])
        // Gradient reversal's backward is not the derivative of its forward: exactly what the check must notice.
        #expect(FiniteDifferences.worstError([x]) { $0[0].gradientReversal(alpha: 0.9) } > 1)
    }
}
