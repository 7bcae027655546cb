// Assembles batches on a background queue, a few ahead of the step that needs them.
import Dispatch
import Synchronization

/// Results of `make` for each plan, in order. One consumer.
final class BatchPipeline<Plan: Sendable, Batch: Sendable>: Sendable {
    private struct State {
        var ready: [Result<Batch, any Error>] = []
        var isCancelled = false
    }

    private let state = Mutex(State())
    private let free = DispatchSemaphore(value: 0)
    private let filled = DispatchSemaphore(value: 0)
    private let count: Int
    private let taken = Mutex(0)

    init(_ plans: [Plan], ahead: Int = 3, make: @escaping @Sendable (Plan) throws -> Batch) {
        count = plans.count
        // Signalled up rather than started at `ahead`: a semaphore must not end below its first value.
        for _ in 0..<ahead { free.signal() }
        DispatchQueue(label: "emolab.batches", qos: .userInitiated).async { [self] in
            for plan in plans {
                free.wait()
                if state.withLock({ $0.isCancelled }) { return }
                let result = Result { try make(plan) }
                state.withLock { $0.ready.append(result) }
                filled.signal()
            }
        }
    }

    /// The next batch, which is waited for; `nil` after the last.
    func next() throws -> Batch? {
        let isOver = taken.withLock { taken in
            taken += 1
            return taken > count
        }
        if isOver { return nil }
        filled.wait()
        let result = state.withLock { $0.ready.removeFirst() }
        free.signal()
        return try result.get()
    }

    /// Lets the background queue end early.
    func cancel() {
        state.withLock { $0.isCancelled = true }
        free.signal()
    }
}
