import Base
import Synchronization
import Testing

@Suite("Work on other threads") struct PipelineTests {
    @Test("Values come in order, errors reach the consumer, and a cancelled pipeline ends")
    func pipeline() throws {
        let pipeline = BoundedPipeline(Array(0..<20), ahead: 2) { $0 * 2 }
        var results: [Int] = []
        while let batch = try pipeline.next() { results.append(batch) }
        #expect(results == (0..<20).map { $0 * 2 })
        #expect(try pipeline.next() == nil)
        let failing = BoundedPipeline([1, 2], ahead: 1) { plan -> Int in
            if plan == 2 { throw CancellationError() }
            return plan
        }
        #expect(try failing.next() == 1)
        #expect(throws: CancellationError.self) { try failing.next() }
        let made = Mutex(0)
        let cancelled = BoundedPipeline(Array(0..<1000), ahead: 2) { value in
            made.withLock { $0 += 1 }
            return value
        }
        #expect(try cancelled.next() == 0)
        cancelled.cancelAndWait()
        #expect(made.withLock(\.self) < 10)
    }

    @Test("A parallel map keeps the order, tells every element once, and stops where it is asked to or at the first error")
    func map() throws {
        let told = Mutex<[Int]>([])
        let squares = parallelMap(Array(0..<500), workers: 4, progress: { done, total in told.withLock { $0.append(done * 1000 + total) } })
        { $0 * $0 }
        #expect(squares == (0..<500).map { $0 * $0 })
        #expect(told.withLock { $0.sorted() } == (1...500).map { $0 * 1000 + 500 })
        #expect(parallelMap([Int](), workers: 4) { $0 }.isEmpty)

        let begun = Mutex(0)
        let stopped = parallelMap(Array(0..<1000), workers: 2, shouldStop: { begun.withLock { $0 >= 10 } }) { value in
            begun.withLock { $0 += 1 }
            return value
        }
        #expect((10...11).contains(stopped.count { $0 != nil }))

        struct Failure: Error, Equatable {}
        let tried = Mutex(0)
        #expect(throws: Failure()) {
            try parallelMap(Array(0..<1000), workers: 2) { value in
                tried.withLock { $0 += 1 }
                if value == 5 { throw Failure() }
            }
        }
        #expect(tried.withLock(\.self) < 1000)
    }
}
