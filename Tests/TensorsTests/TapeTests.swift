// What is recorded, what is not, and whose gradients remain.
import Kernels
import TestSupport
import Testing

@testable import Tensors

@Suite("Tape") struct TapeTests {
    @Test("Nothing is recorded where nothing is watched")
    func nothingWatched() {
        let x = Tensor.ones([2, 3]), tape = Tape()
        let y = (x + x).relu().linear(weight: .ones([4, 3]))
        #expect(!y.needsGradient && tape.recording.records.isEmpty)
    }

    @Test("A frozen parameter is not watched, gets no gradient, and backward stops above it")
    func frozen() {
        let frozen = Parameter("frozen", .ones([3, 3]), isTrainable: false), head = Parameter("head", .ones([2, 3])), tape = Tape()
        let features = Tensor.ones([4, 3]).linear(weight: frozen.tensor(on: tape)).relu()
        #expect(tape.recording.records.isEmpty)
        tape.backward(features.linear(weight: head.tensor(on: tape)).sum())
        #expect(frozen.gradient == nil && head.gradient?.values == Array(repeating: 12, count: 6))
    }

    @Test("Only operands with a slot get gradient work")
    func oneOperand() {
        let tape = Tape(), w = tape.watch(.ones([2, 3])), x = Tensor.full([4, 3], 2)
        tape.backward(x.linear(weight: w).sum())
        #expect(tape.gradient(of: w)?.values == Array(repeating: 8, count: 6))
        #expect(tape.gradient(of: x) == nil)
    }

    @Test("Gradients of a tensor used several times add up, and shared memory stays intact")
    func sharedUse() {
        let tape = Tape(), x = tape.watch(Tensor([1, 2, 3], shape: [3]))
        let y = x + x, z = y + x.reshaped([3])
        tape.backward((z * x).sum())
        #expect(tape.gradient(of: x)?.values == [6, 12, 18])
    }

    @Test("A parameter's gradient accumulates over backward passes until it is cleared")
    func accumulation() {
        let p = Parameter("p", .ones([2]))
        for _ in 0..<2 {
            let tape = Tape()
            tape.backward((p.tensor(on: tape) * 3 + p.tensor(on: tape)).sum())
        }
        #expect(p.gradient?.values == [8, 8])
    }

    @Test("Tapes that live at the same time over one parameter each give it their whole gradient, in any order")
    func twoTapes() {
        let p = Parameter("p", .ones([2]))
        let a = Tape(), b = Tape()
        let first = (p.tensor(on: a) * 2).sum(), second = (p.tensor(on: b) * 3).sum()
        // The first tape meets the parameter again after the second one did.
        let both = first + (p.tensor(on: a) * 5).sum()
        a.backward(both)
        #expect(p.gradient?.values == [7, 7])
        b.backward(second)
        #expect(p.gradient?.values == [10, 10])
    }

    @Test("A tape that goes takes nothing from another one over the same parameter")
    func oneTapeGoes() {
        let p = Parameter("p", .ones([2])), kept = Tape()
        let loss = (p.tensor(on: kept) * 3).sum()
        do {
            let other = Tape()
            _ = (p.tensor(on: other) * 2).sum()
        }
        kept.backward(loss + p.tensor(on: kept).sum())
        #expect(p.gradient?.values == [4, 4])
    }

    @Test("The memory of a temporary stays its own while a kernel has its address")
    func temporaries() {
        // A size that no other test uses, so that a buffer given back would be the next one taken.
        let count = 123_457
        for _ in 0..<3 { _ = Tensor.zeros([count]) }
        withPointers(Tensor.full([count], 1) * 2) { address in
            let others = (0..<8).map { _ in Tensor.zeros([count]) }
            #expect(address[0] == 2 && address[count - 1] == 2 && others.count == 8)
        }
        withPointers(nil as Tensor?, Tensor.full([count], 3).converted(to: .bfloat16).storage) { none, raw in
            let others = (0..<8).map { _ in Tensor.zeros([count]).converted(to: .bfloat16) }
            #expect(none == nil && raw.load(as: UInt16.self) == 0x4040 && others.count == 8)
        }
    }

    @Test("Staying on one thread may be nested: the outer call still holds after the inner one, and nothing after both")
    func nestedStay() {
        let (inner, outer) = Libraries.onThisThread { () -> (Int32, Int32) in
            let inner = Libraries.onThisThread { emolab_stay_on_thread(1) }
            return (inner, emolab_stay_on_thread(1))
        }
        #expect(inner == 1 && outer == 1 && emolab_stay_on_thread(0) == 0)
    }

    @Test("Backward frees what was recorded; memory in use returns to what it was")
    func freed() {
        let x = Tensor.ones([64, 64])
        var alive: [WeakStorage] = []
        do {
            let tape = Tape()
            var y = tape.watch(x)
            for _ in 0..<5 {
                y = y.relu() * 0.5
                alive.append(WeakStorage(y.storage))
            }
            tape.backward(y.sum())
            #expect(tape.recording.records.isEmpty)
        }
        #expect(alive.allSatisfy { $0.storage == nil })
    }

    @Test("A tape that never ran backward lets go of everything")
    func neverRun() {
        weak var recording: Recording?
        do {
            let tape = Tape(), p = Parameter("p", .ones([2]))
            _ = (p.tensor(on: tape) * 2).exp()
            recording = tape.recording
        }
        #expect(recording == nil)
    }

    @Test("A tensor that outlives its tape can be used, and records nothing")
    func outlived() {
        var tape: Tape? = Tape()
        let x = tape!.watch(.ones([2]))
        tape = nil
        #expect((x * 2).values == [2, 2] && !(x * 2).needsGradient)
    }

    @Test("A loss that depends on nothing watched leaves no gradients")
    func independentLoss() {
        let tape = Tape(), x = tape.watch(.ones([2])), unused = x * 2
        tape.backward(Tensor.ones([2]).sum())
        #expect(tape.gradient(of: x) == nil && unused.count == 2)
    }

    @Test("A snapshot of a value keeps its numbers when an optimiser moves the parameter")
    func snapshot() {
        let p = Parameter("p", .ones([3])), before = p.value
        p.gradient = .ones([3])
        SGD([p], rate: 0.5).step()
        #expect(before.values == [1, 1, 1] && p.value.values == [0.5, 0.5, 0.5])
    }

    @Test("Gradient reversal is the identity forward and -alpha backward")
    func reversal() {
        let tape = Tape(), x = tape.watch(Tensor([1, 2], shape: [2])), y = x.gradientReversal(alpha: 0.25)
        #expect(y.values == [1, 2])
        tape.backward(y.sum())
        #expect(tape.gradient(of: x)?.values == [-0.25, -0.25])
    }
}

private struct WeakStorage {
    weak var storage: Storage?
    init(_ storage: Storage) { self.storage = storage }
}
