// Fused and blocked code against the plainest loops in double precision, at sizes that reach the threaded paths too.
import OperationTable
import TestSupport
import Testing

@testable import Base
@testable import Tensors

@Suite("Naive references") struct NaiveReferenceTests {
    static let cases = OperationCase.checks.filter { $0.reference != nil }

    @Test(
        "An operation equals its definition, and its gradients the derivative of the definition along random directions", arguments: cases)
    func definition(_ item: OperationCase) {
        let drawn = item.drawn(seed: 3), tape = Tape()
        var watched = drawn.values
        let open = item.operands.filter(\.operand.isDifferentiable).map(\.name)
        for name in open { watched[name] = tape.watch(watched[name]!) }
        let results = item.apply(Operands(watched)), plain = Operands(drawn.values.mapValues { NaiveTensor($0) })
        let expected = item.reference!(plain)
        #expect(results.count == expected.count)
        for (result, expected) in zip(results, expected) {
            #expect(relativeError(result, Tensor(expected.values.map { Float($0) }, shape: expected.shape)) <= item.bound.forward)
        }
        // Gradients of sum(result * probe) over all results.
        var stream = RandomStream(seed: 4, name: item.name)
        let probes = results.map { stream.normal($0.shape) }
        let products = zip(results, probes).map { ($0 * $1).sum() }
        tape.backward(products.dropFirst().reduce(products[0], +))
        func value(_ operands: Operands<NaiveTensor>) -> Double {
            zip(item.reference!(operands), probes).reduce(0) { $0 + zip($1.0.values, $1.1.values).reduce(0) { $0 + $1.0 * Double($1.1) } }
        }
        guard item.withoutDifferences == nil else { return }
        for name in open {
            let gradient = tape.gradient(of: watched[name]!)?.values ?? []
            #expect(gradient.count == drawn[name].count, "\(name)")
            let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            for _ in 0..<2 {
                let direction = stream.normal([gradient.count]).values.map(Double.init), step = 1e-5
                func moved(_ sign: Double) -> Double {
                    var values = plain.values
                    for (index, move) in direction.enumerated() { values[name]!.values[index] += sign * step * move }
                    return value(Operands(values))
                }
                let slope = (moved(1) - moved(-1)) / (2 * step), found = zip(gradient, direction).reduce(0) { $0 + Double($1.0) * $1.1 }
                #expect(
                    Swift.abs(slope - found) <= Double(item.bound.gradient) * max(norm, 1e-3),
                    "\(name): \(found) for \(slope), the gradient's norm is \(norm)")
            }
        }
    }

    @Test("Every operation is compared with a reference file, or its definition, or differences; names are unique")
    func complete() {
        for item in OperationCase.checks {
            let isChecked = item.golden != nil || item.reference != nil || FiniteDifferenceTests.cases.contains { $0.name == item.name }
            #expect(isChecked, "\(item)")
        }
        #expect(Set(OperationCase.all.map(\.name)).count == OperationCase.all.count)
    }

    @Test("A small timed case runs forward and backward")
    func prepared() throws {
        let item = try #require(OperationCase.timings.first { $0.name.hasPrefix("linear 32x64") })
        item.prepare(seed: 1, gradient: false)()
        item.prepare(seed: 1, gradient: true)()
        #expect(item.shapes == "x 32x64, weight 64x64, bias 64" && item.operations == 2 * 32 * 64 * 64)
        #expect(item.bytes() == Double(4 * (2 * 32 * 64 + 64 * 64 + 64)))
    }

    @Test("The largest of a row is the first of equals")
    func largest() { #expect(Tensor([1, 5, 5, 2, 0, 1], shape: [2, 3]).argMax() == [1, 0]) }

    @Test("A clip in a padded batch runs as it does alone", arguments: [3, 4])
    func lengths(gates: Int) {
        var stream = RandomStream(seed: 6, name: "lengths")
        let hidden = 7, lengths = [9, 1, 5], x = stream.normal([3, 9, 5])
        let layers = (0..<2).map { layer in
            (0..<2).map { _ in
                RecurrentWeights(
                    inputWeight: stream.normal([gates * hidden, layer == 0 ? 5 : 2 * hidden]),
                    hiddenWeight: stream.normal([gates * hidden, hidden]),
                    inputBias: stream.normal([gates * hidden]), hiddenBias: stream.normal([gates * hidden]))
            }
        }
        func run(_ x: Tensor, _ lengths: [Int]?) -> RecurrentResult {
            gates == 3 ? x.gru(layers: layers, lengths: lengths) : x.lstm(layers: layers, lengths: lengths)
        }
        let result = run(x, lengths), output = result.output, final = result.final
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
        let points = (-2000...2000).map { Float($0) / 20 }, x = Tensor(points, shape: [points.count])
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
        let x = Tensor((0..<7).map(Float.init), shape: [7])
        #expect(x.resized(axis: 0, to: 3, .nearest).values == [0, 2, 4])
        #expect(x.resized(axis: 0, to: 10, .nearest).values == [0, 0, 1, 2, 2, 3, 4, 4, 5, 6])
        #expect(x.resized(axis: 0, to: 2, .area).values == [1.5, 4.5])
    }
}
