import Dispatch
import Foundation
import Synchronization

/// The way from a feed to whoever listens, until it ends. The receiver is called with no lock held: it may ask the feed, and end it.
final class Delivery: Sendable {
    private struct State {
        var isOpen = true
        /// Those that are in the receiver now.
        var threads: [ObjectIdentifier] = []
    }

    private let receiver: @Sendable (any PaneModel) -> Void
    private let state = Mutex(State())
    private let underWay = DispatchGroup()

    init(to receiver: @escaping @Sendable (any PaneModel) -> Void) { self.receiver = receiver }

    func deliver(_ model: any PaneModel) {
        let thread = ObjectIdentifier(Thread.current)
        let isOpen = state.withLock { state in
            guard state.isOpen else { return false }
            state.threads.append(thread)
            underWay.enter()
            return true
        }
        guard isOpen else { return }
        receiver(model)
        state.withLock { state in
            if let place = state.threads.lastIndex(of: thread) { state.threads.remove(at: place) }
        }
        underWay.leave()
    }

    /// Nothing is delivered any more when it returns, but for what the caller itself is receiving.
    func end() {
        let thread = ObjectIdentifier(Thread.current)
        let isReceiving = state.withLock { state in
            state.isOpen = false
            return state.threads.contains(thread)
        }
        if !isReceiving { underWay.wait() }
    }
}
