import Base
import Foundation
import Synchronization
import Testing

@Suite("State of one thread at a time") struct ExclusiveTests {
    /// Of no thread in particular, as its type says.
    private final class Sum { var value = 0 }

    @Test("A serial queue works on it from many threads, what fails leaves it in place, and no lock is held meanwhile")
    func turns() throws {
        struct Failure: Error, Equatable {}
        let queue = DispatchQueue(label: "turns"), state = Exclusive(Sum()), told = Mutex<[Int]>([])
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<500 {
                queue.sync {
                    state.use { sum in
                        sum.value += 1
                        if sum.value % 100 == 0 { told.withLock { $0.append(sum.value) } }
                    }
                }
            }
        }
        #expect(throws: Failure()) {
            try state.use { sum in
                sum.value += 1
                throw Failure()
            }
        }
        #expect(state.use { $0.value } == 2001 && told.withLock(\.self) == (1...20).map { $0 * 100 })
    }

    @Test("A timer calls until it is stopped, starts anew, and stops when it goes")
    func timer() {
        let calls = Mutex(0), queue = DispatchQueue(label: "timer")
        func count(for turns: Int) -> Bool {
            let before = calls.withLock(\.self)
            for _ in 0..<2000 {
                if calls.withLock(\.self) >= before + turns { return true }
                usleep(1000)
            }
            return false
        }
        var timer: RepeatingTimer? = RepeatingTimer()
        for _ in 0..<2 {
            timer?.start(every: 0.005, leeway: .nanoseconds(0), on: queue) { calls.withLock { $0 += 1 } }
            // The one that runs goes on.
            timer?.start(every: 0.005, on: queue) { calls.withLock { $0 += 1_000_000 } }
            #expect(count(for: 3))
            timer?.stop()
            queue.sync {}
            let stopped = calls.withLock(\.self)
            usleep(30_000)
            #expect(calls.withLock(\.self) == stopped && stopped < 1_000_000)
        }
        timer?.start(every: 0.005, on: queue) { calls.withLock { $0 += 1 } }
        #expect(count(for: 1))
        timer = nil
        queue.sync {}
        let gone = calls.withLock(\.self)
        usleep(30_000)
        #expect(calls.withLock(\.self) == gone)
    }

    @Test("A number with its noun", arguments: [(0, "0 corpora"), (1, "1 corpus"), (2, "2 corpora")])
    func counting(number: Int, wanted: String) {
        #expect(counted(number, "corpus", "corpora") == wanted && counted(number, "run") == "\(number) run" + (number == 1 ? "" : "s"))
        #expect(counted(number, "run", digits: "many") == (number == 1 ? "many run" : "many runs"))
    }
}
