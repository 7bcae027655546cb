// One thread makes values, another takes them, a few are in between: how a long film is read without being held.
import Dispatch
import Synchronization

/// Values in the order they are made. One taker.
final class Lane<Value: Sendable>: Sendable {
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
    /// - Parameter make: hands each value on; the hand waits while there is no room, and throws where nobody wants more.
    init(ahead: Int, _ make: @escaping @Sendable (_ give: (Value) throws -> Void) throws -> Void) {
        // Signalled up rather than started at `ahead`: a semaphore must not end below its first value.
        for _ in 0..<ahead { free.signal() }
        DispatchQueue(label: "emolab.lane", qos: .userInitiated).async { [self] in
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

    private func put(_ item: Item) {
        items.withLock { $0.append(item) }
        filled.signal()
    }

    /// The next value; nil after the last, and from then on. Throws what making it threw.
    func next() throws -> Value? {
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

    /// Lets the making end early, and waits until it has.
    func cancel() {
        isCancelled.withLock { $0 = true }
        free.signal()
        while (try? next()) != nil {}
    }
}
