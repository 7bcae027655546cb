// Fused and blocked code against the plainest loops, at sizes that reach the threaded paths.
import TestSupport
import Testing

@testable import Tensors

@Suite("Naive references") struct NaiveReferenceTests {
    @Test(
        "A product equals three loops, whichever library computes it",
        arguments: [(3, 5, 7), (64, 48, 33), (130, 70, 129), (600, 17, 40), (20, 700, 31), (1, 300, 300), (2100, 64, 8)],
        [(false, false), (false, true), (true, false), (true, true)])
    func product(size: (Int, Int, Int), transposed: (Bool, Bool)) {
        let (m, n, k) = size
        var stream = RandomStream(seed: 3, name: "product")
        let a = stream.normal(transposed.0 ? [k, m] : [m, k]), b = stream.normal(transposed.1 ? [n, k] : [k, n])
        let (x, y) = (a.values, b.values)
        var expected = [Float](repeating: 0, count: m * n)
        for i in 0 ..< m {
            for j in 0 ..< n {
                var sum = 0.0
                for l in 0 ..< k { sum += Double(x[transposed.0 ? l * m + i : i * k + l]) * Double(y[transposed.1 ? j * k + l : l * n + j]) }
                expected[i * n + j] = Float(sum)
            }
        }
        let actual = a.matmul(b, transposeA: transposed.0, transposeB: transposed.1)
        #expect(relativeError(actual, Tensor(expected, shape: [m, n])) < 1e-5)
    }

    @Test("Permutation, slicing and expansion put every element where its index says")
    func movement() {
        let x = Tensor((0 ..< 120).map(Float.init), shape: [2, 3, 4, 5])
        let y = x.permuted([3, 1, 0, 2])
        #expect(y.shape == [5, 3, 2, 4])
        for (a, b, c, d) in [(0, 0, 0, 0), (4, 2, 1, 3), (2, 1, 0, 3)] {
            #expect(y.values[((a * 3 + b) * 2 + c) * 4 + d] == x.values[((c * 3 + b) * 4 + d) * 5 + a])
        }
        #expect(x.sliced(axis: 2, from: 1, to: 3).values.prefix(10) == (5 ..< 15).map(Float.init)[...])
        #expect(x.sliced(axis: 0, from: 1, to: 2).values == (60 ..< 120).map(Float.init))
        #expect(Tensor([1, 2], shape: [2, 1]).expanded(to: [2, 2, 3]).values == [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2])
        #expect(Tensor.stacked([.scalar(1), .scalar(2)]).values == [1, 2])
        #expect(Tensor([1, 5, 5, 2, 0, 1], shape: [2, 3]).argMax() == [1, 0])
    }

    @Test("Fused attention equals the composed one, with and without lengths", arguments: [nil, [50, 7, 31, 1]] as [[Int]?])
    func attention(lengths: [Int]?) {
        var stream = RandomStream(seed: 4, name: "attention")
        let (q, k, v) = (stream.normal([4, 3, 41, 24]), stream.normal([4, 3, 50, 24]), stream.normal([4, 3, 50, 24]))
        let fused = Tensor.attention(query: q, key: k, value: v, lengths: lengths)
        let composed = Tensor.attentionWithWeights(query: q, key: k, value: v, lengths: lengths)
        #expect(relativeError(fused, composed.output) < 1e-5)
        for row in 0 ..< composed.weights.count / 50 {
            #expect(Swift.abs(composed.weights.values[row * 50 ..< (row + 1) * 50].reduce(0, +) - 1) < 1e-5)
        }
    }

    @Test("Packed self-attention equals attention on its three parts", arguments: [(6, 8, 4), (3, 50, 2)])
    func packed(size: (batch: Int, time: Int, heads: Int)) {
        var stream = RandomStream(seed: 5, name: "packed")
        let (batch, time, heads) = size, width = 12, packed = stream.normal([batch, time, 3 * heads * width])
        func part(_ index: Int) -> Tensor {
            packed.sliced(axis: 2, from: index * heads * width, to: (index + 1) * heads * width).reshaped([batch, time, heads, width])
                .permuted([0, 2, 1, 3])
        }
        let expected = Tensor.attention(query: part(0), key: part(1), value: part(2)).permuted([0, 2, 1, 3]).reshaped([batch, time, heads * width])
        #expect(relativeError(packed.packedSelfAttention(heads: heads), expected) < 1e-5)
    }

    @Test("A clip in a padded batch runs as it does alone", arguments: [3, 4])
    func lengths(gates: Int) {
        var stream = RandomStream(seed: 6, name: "lengths")
        let hidden = 7, lengths = [9, 1, 5], x = stream.normal([3, 9, 5])
        let layers = (0 ..< 2).map { layer in
            (0 ..< 2).map { _ in
                RecurrentWeights(
                    inputWeight: stream.normal([gates * hidden, layer == 0 ? 5 : 2 * hidden]), hiddenWeight: stream.normal([gates * hidden, hidden]),
                    inputBias: stream.normal([gates * hidden]), hiddenBias: stream.normal([gates * hidden]))
            }
        }
        func run(_ x: Tensor, _ lengths: [Int]?) -> (output: Tensor, final: Tensor) {
            gates == 3 ? x.gru(layers: layers, lengths: lengths) : x.lstm(layers: layers, lengths: lengths)
        }
        let (output, final) = run(x, lengths)
        for (clip, length) in lengths.enumerated() {
            let alone = run(x.sliced(axis: 0, from: clip, to: clip + 1).sliced(axis: 1, from: 0, to: length), nil)
            let padded = output.sliced(axis: 0, from: clip, to: clip + 1)
            #expect(relativeError(padded.sliced(axis: 1, from: 0, to: length), alone.output) < 1e-5)
            #expect(padded.sliced(axis: 1, from: length, to: 9).values.allSatisfy { $0 == 0 })
            #expect(relativeError(final.sliced(axis: 0, from: clip, to: clip + 1), alone.final) < 1e-5)
        }
    }

    @Test("Polynomials keep to the functions they stand for, far out too")
    func polynomials() {
        let points = (-2000 ... 2000).map { Float($0) / 20 }, x = Tensor(points, shape: [points.count])
        func worst(_ actual: Tensor, _ f: (Double) -> Double) -> Double {
            zip(points, actual.values).reduce(0) { worst, pair in
                let expected = f(Double(pair.0))
                return max(worst, Swift.abs(Double(pair.1) - expected) / max(1, Swift.abs(expected)))
            }
        }
        #expect(worst(x.sliced(axis: 0, from: 0, to: 3700).exp()) { exponential($0) } < 1e-6)
        #expect(worst(x.tanh()) { hyperbolicTangent($0) } < 1e-6)
        #expect(worst(x.sigmoid()) { 1 / (1 + exponential(-$0)) } < 1e-6)
        #expect(worst(x.gelu()) { 0.5 * $0 * (1 + errorFunction($0 / 2.0.squareRoot())) } < 1e-6)
        #expect(Tensor.scalar(.nan).exp().item.isNaN && Tensor.scalar(.nan).tanh().item.isNaN && Tensor.scalar(.nan).gelu().item.isNaN)
        #expect(Tensor.scalar(-.infinity).exp().item == 0)
    }

    @Test("Nearest resize takes the reference's source positions, area means the reference's bins")
    func resize() {
        let x = Tensor((0 ..< 7).map(Float.init), shape: [7])
        #expect(x.resized(axis: 0, to: 3, .nearest).values == [0, 2, 4])
        #expect(x.resized(axis: 0, to: 10, .nearest).values == [0, 0, 1, 2, 2, 3, 4, 4, 5, 6])
        #expect(x.resized(axis: 0, to: 2, .area).values == [1.5, 4.5])
    }
}
