// One thread makes values, another takes them, a few wait in between: how batches are assembled ahead and a long film is read without being held.
import Dispatch
import Synchronization

/// Values in the order in which they are made. One consumer.
public final class BoundedPipeline<Value: Sendable>: Sendable {
    private struct Cancelled: Error {}
    private enum Item: Sendable {
        case value(Value)
        /// The last: nil where all went well.
        case end((any Error)?)
    }

    private let items = Mutex<[Item]>([])
    private let isCancelled = Mutex(false)
    private let free = DispatchSemaphore(value: 0)
    private let filled = DispatchSemaphore(value: 0)

    /// - Parameter ahead: how many values may wait to be taken.
    /// - Parameter make: hands each value to `give`, which waits while there is no room, and throws after `cancel`.
    public init(ahead: Int, _ make: @escaping @Sendable (_ give: (Value) throws -> Void) throws -> Void) {
        // Signalled up rather than started at `ahead`: a semaphore must not end below its first value.
        for _ in 0..<ahead { free.signal() }
        DispatchQueue(label: "emolab.pipeline", qos: .userInitiated).async { [self] in
            var failure: (any Error)?
            do {
                try make { value in
                    free.wait()
                    if isCancelled.withLock(\.self) { throw Cancelled() }
                    put(.value(value))
                }
            } catch { failure = error }
            put(.end(failure))
        }
    }

    /// Results of `make` for each plan. The first error ends them.
    public convenience init<Plan: Sendable>(_ plans: [Plan], ahead: Int = 3, make: @escaping @Sendable (Plan) throws -> Value) {
        self.init(ahead: ahead) { give in for plan in plans { try give(try make(plan)) } }
    }

    private func put(_ item: Item) {
        items.withLock { $0.append(item) }
        filled.signal()
    }

    /// The next value, which is waited for; nil after the last. Throws what making it threw, once.
    public func next() throws -> Value? {
        filled.wait()
        switch items.withLock({ $0.removeFirst() }) {
        case .value(let value):
            free.signal()
            return value
        case .end(let failure):
            put(.end(nil))
            if let failure { throw failure }
            return nil
        }
    }

    /// Ends the producer at its next value, and does not wait for it.
    public func cancel() {
        isCancelled.withLock { $0 = true }
        free.signal()
    }

    /// Ends the producer, and waits until it has ended.
    public func cancelAndWait() {
        cancel()
        while (try? next()) != nil {}
    }
}
