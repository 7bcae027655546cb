// Gradients of the table's operations against finite differences of the engine's own results.
import OperationTable
import TestSupport
import Testing

@testable import Base
@testable import Tensors

@Suite("Finite differences") struct FiniteDifferenceTests {
    /// Every element is moved, so only cases of moderate size, and by less than a bfloat16 can show; the others are checked along random
    /// directions of their definition (``NaiveReferenceTests``).
    static let cases = OperationCase.checks.filter { item in
        item.withoutDifferences == nil && item.precision == .float32 && item.operands.reduce(0) { $0 + $1.operand.count } <= 2500
    }

    @Test("Gradients equal central differences", arguments: cases)
    func gradient(_ item: OperationCase) {
        let drawn = item.drawn(seed: 7), open = item.operands.filter(\.operand.isDifferentiable).map(\.name)
        let error = FiniteDifferences.worstError(open.map { drawn[$0] }) { inputs in
            var values = drawn.values
            for (name, input) in zip(open, inputs) { values[name] = input }
            let results = item.apply(Operands(values))
            return results.count == 1 ? results[0] : Tensor.concatenated(results.map { $0.reshaped([-1]) }, axis: 0)
        }
        #expect(error < 1e-2)
    }

    @Test("A wrong gradient is found")
    func wrongGradient() {
        var stream = RandomStream(seed: 8, name: "wrong")
        let x = stream.normal([3, 4])
        // Gradient reversal's backward is not the derivative of its forward: exactly what the check must notice.
        #expect(FiniteDifferences.worstError([x]) { $0[0].gradientReversal(alpha: 0.9) } > 1)
    }

    @Test("An LSTM's cell states carry a gradient where nothing else of it is used")
    func cellsAlone() {
        var stream = RandomStream(seed: 9, name: "cells")
        let inputs = [[2, 3, 2], [8, 2], [8, 2], [8], [8]].map { stream.normal($0) }
        let error = FiniteDifferences.worstError(inputs) {
            let weights = RecurrentWeights(inputWeight: $0[1], hiddenWeight: $0[2], inputBias: $0[3], hiddenBias: $0[4])
            return $0[0].lstm(layers: [[weights]], lengths: [3, 1]).cells
        }
        #expect(error < 1e-2)
    }
}
