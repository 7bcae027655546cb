// Runs a case on random operands: for timings, and as the start of checks.
import Base
import Tensors

extension OperationCase {
    /// e.g. `x 2x3x9x11, weight 8x3x3x3`.
    public var shapes: String {
        operands.map { "\($0.name) \($0.operand.shape.map(String.init).joined(separator: "x"))" }.joined(separator: ", ")
    }

    /// Random operands; the same for the same seed.
    public func drawn(seed: UInt64) -> Operands<Tensor> {
        var stream = RandomStream(seed: seed, name: name)
        var values: [String: Tensor] = [:]
        for (name, operand) in operands { values[name] = operand.drawn(from: &stream) }
        return Operands(values)
    }

    /// A closure that runs the operation once; with `gradient` forward and backward, for every operand that has a gradient, each time from the
    /// same cotangent.
    public func prepare(seed: UInt64, gradient: Bool) -> () -> Void {
        let drawn = drawn(seed: seed), apply = apply
        guard gradient else { return { _ = apply(drawn) } }
        let open = operands.filter(\.operand.isDifferentiable).map(\.name)
        var stream = RandomStream(seed: seed, name: name + ", cotangent")
        let cotangents = apply(drawn).map { stream.normal($0.shape) }
        return {
            let tape = Tape()
            var values = drawn.values
            for name in open { values[name] = tape.watch(values[name]!) }
            let results = apply(Operands(values))
            // Every result with its own cotangent would take a scalar of products; the last result alone needs none.
            if results.count == 1 {
                tape.backward(results[0], seed: cotangents[0])
            } else {
                let products = zip(results, cotangents).map { ($0 * $1).sum() }
                tape.backward(products.dropFirst().reduce(products[0], +))
            }
        }
    }

    /// Bytes that operands and results have: the least that a forward pass moves.
    public func bytes(seed: UInt64 = 1) -> Double {
        let drawn = drawn(seed: seed)
        let results = apply(drawn).reduce(0) { $0 + $1.count }
        return Double(4 * (results + drawn.values.values.reduce(0) { $0 + $1.count }))
    }
}
