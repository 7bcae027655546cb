// Same seed, same bits: on any number of threads, after saving and resuming, on every run.
import Foundation
import Kernels
import OperationTable
import TestSupport
import Testing

@testable import Base
@testable import Tensors

@Suite("Determinism", .serialized) struct DeterminismTests {
    /// One step through every kind of operation; all results and gradients as bits.
    private func step() -> [UInt32] {
        var stream = RandomStream(seed: 11, name: "step")
        let tape = Tape()
        func leaf(_ shape: [Int]) -> Tensor { tape.watch(stream.normal(shape, deviation: 0.2)) }
        let x = leaf([16, 50, 96]), qkv = leaf([288, 96]), w1 = leaf([384, 96]), b1 = leaf([384]), w2 = leaf([96, 384]), gamma = leaf([96])
        let beta = leaf([96]), kernel = leaf([32, 96, 5])
        let gru = [
            (0..<2).map { _ in
                RecurrentWeights(
                    inputWeight: leaf([144, 32]), hiddenWeight: leaf([144, 48]), inputBias: leaf([144]), hiddenBias: leaf([144]))
            }
        ]
        let normed = x.layerNorm(weight: gamma, bias: beta), attended = x + normed.linear(weight: qkv).packedSelfAttention(heads: 4)
        let mixed = attended.linear(weight: w1, bias: b1, activation: .gelu).dropout(0.3, stream: &stream).linear(weight: w2)
        let sequence = mixed.transposed(1, 2).conv1d(weight: kernel, padding: 2).transposed(1, 2).gru(layers: gru).output
        let loss = sequence.mean(axis: 1).softmax().square().sum() + mixed.mean()
        tape.backward(loss)
        let leaves =
            [x, qkv, w1, b1, w2, gamma, beta, kernel] + gru[0].flatMap { [$0.inputWeight, $0.hiddenWeight, $0.inputBias, $0.hiddenBias] }
        return ([loss, sequence] + leaves.map { tape.gradient(of: $0)! }).flatMap { $0.values.map(\.bitPattern) }
    }

    @Test("A step gives the same bits with one, two and five threads, every time")
    func threads() {
        let usual = emolab_threads()
        defer { emolab_set_threads(usual) }
        emolab_set_threads(1)
        let expected = step()
        for threads in [2, 2, 5, 1, 2] as [Int32] {
            emolab_set_threads(threads)
            #expect(step() == expected, "\(threads) threads")
        }
    }

    @Test("Every operation of the table, forward and backward, gives the same bits with one thread and with three")
    func everyOperation() {
        let usual = emolab_threads()
        defer { emolab_set_threads(usual) }
        func bits(_ item: OperationCase) -> [UInt32] {
            let tape = Tape(), drawn = item.drawn(seed: 5), open = item.operands.filter(\.operand.isDifferentiable).map(\.name)
            var values = drawn.values
            for name in open { values[name] = tape.watch(values[name]!) }
            let results = item.apply(Operands(values)), products = results.map { ($0 * $0).sum() }
            tape.backward(products.dropFirst().reduce(products[0], +))
            return (results + open.map { tape.gradient(of: values[$0]!)! }).flatMap { $0.values.map(\.bitPattern) }
        }
        for item in OperationCase.checks {
            emolab_set_threads(1)
            let expected = bits(item)
            emolab_set_threads(3)
            #expect(bits(item) == expected, "\(item)")
        }
    }

    @Test("The pool runs every task once, from many callers at the same time, nested too")
    func pool() {
        let usual = emolab_threads()
        defer { emolab_set_threads(usual) }
        emolab_set_threads(3)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for tasks in [1, 2, 3, 17, 256] {
                let counts = UnsafeMutablePointer<Int32>.allocate(capacity: tasks)
                counts.initialize(repeating: 0, count: tasks)
                for _ in 0..<50 { emolab_parallel(tasks, countTask, counts) }
                #expect((0..<tasks).allSatisfy { counts[$0] == 50 })
                counts.deallocate()
            }
        }
    }

    @Test("A steady training step takes no memory from the system")
    func steadyMemory() {
        for _ in 0..<2 { _ = step() }
        let before = BufferPool.statistics.systemAllocations
        for _ in 0..<3 { _ = step() }
        // Other tests run beside this one and may allocate; a step of this size would take hundreds of buffers each time.
        #expect(BufferPool.statistics.systemAllocations - before < 40)
    }
}

private func countTask(_ context: UnsafeMutableRawPointer?, _ task: Int) {
    context!.assumingMemoryBound(to: Int32.self)[task] += 1
}

@Suite("Random streams") struct RandomStreamTests {
    @Test("A stream is its seed and its name")
    func identity() {
        var a = RandomStream(seed: 1, name: "dropout"), b = RandomStream(seed: 1, name: "dropout")
        var c = RandomStream(seed: 2, name: "dropout"), d = RandomStream(seed: 1, name: "shuffle")
        let first = a.next()
        #expect(first == b.next() && first != c.next() && first != d.next())
        #expect(first == 0x24b9_dc46_051c_39d5, "the first value is part of the format of a resumed run")
    }

    @Test("A substream does not depend on what was drawn before")
    func substream() {
        var a = RandomStream(seed: 1, name: "root"), untouched = a.substream("x")
        _ = a.next()
        var later = a.substream("x")
        #expect(untouched.next() == later.next())
    }

    @Test("A stream saved as JSON goes on where it was")
    func resumed() throws {
        var stream = RandomStream(seed: 5, name: "saved")
        for _ in 0..<10 { _ = stream.normal() }
        var copy = try JSONDecoder().decode(RandomStream.self, from: JSONEncoder().encode(stream))
        #expect((0..<5).map { _ in stream.next() } == (0..<5).map { _ in copy.next() })
    }

    @Test("Uniform and normal values have the moments they should")
    func moments() {
        var stream = RandomStream(seed: 9, name: "moments")
        let uniform = stream.uniform([100_000]), normal = stream.normal([100_000])
        #expect(uniform.values.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(abs(uniform.mean().item - 0.5) < 0.005 && abs(uniform.square().mean().item - 1 / 3) < 0.005)
        #expect(abs(normal.mean().item) < 0.015 && abs(normal.square().mean().item - 1) < 0.02)
    }

    @Test("Shuffling keeps all elements, and every place is as likely")
    func shuffle() {
        var stream = RandomStream(seed: 3, name: "shuffle"), counts = [Int](repeating: 0, count: 5)
        for _ in 0..<5000 {
            let order = stream.shuffled([0, 1, 2, 3, 4])
            #expect(order.sorted() == [0, 1, 2, 3, 4])
            counts[order.firstIndex(of: 0)!] += 1
        }
        #expect(counts.allSatisfy { abs($0 - 1000) < 150 })
    }

    @Test("Dropout keeps the right share, scales it, and repeats its mask for the same key only", arguments: [0.1, 0.5, 0.9] as [Float])
    func dropout(p: Float) {
        let x = Tensor.ones([500, 200]), y = x.dropout(p, key: 42)
        let kept = y.values.filter { $0 != 0 }
        #expect(abs(Float(kept.count) / 100_000 - (1 - p)) < 0.006 && kept.allSatisfy { abs($0 - 1 / (1 - p)) < 1e-5 })
        #expect(x.dropout(p, key: 42).values == y.values && x.dropout(p, key: 43).values != y.values)
        let tape = Tape(), watched = tape.watch(x)
        tape.backward(watched.dropout(p, key: 42).sum())
        #expect(tape.gradient(of: watched)!.values == y.values)
    }
}
