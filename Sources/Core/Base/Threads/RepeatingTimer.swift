import Dispatch
import Synchronization

/// Calls something again and again on a queue until it is stopped or gone.
public final class RepeatingTimer: Sendable {
    /// Nil where it does not run: a source that was never activated must not be released.
    private let source = Mutex<(any DispatchSourceTimer)?>(nil)

    public init() {}

    /// Begins; one that runs already goes on as it does.
    /// - Parameters:
    ///   - interval: seconds between two calls.
    ///   - delay: seconds before the first.
    public func start(
        every interval: Double, after delay: Double = 0, leeway: DispatchTimeInterval = .milliseconds(20), on queue: DispatchQueue,
        _ body: @escaping @Sendable () -> Void
    ) {
        source.withLock { source in
            guard source == nil else { return }
            let fresh = DispatchSource.makeTimerSource(queue: queue)
            fresh.schedule(deadline: .now() + delay, repeating: interval, leeway: leeway)
            fresh.setEventHandler(handler: body)
            fresh.activate()
            source = fresh
        }
    }

    /// A call that has begun ends; no other begins.
    public func stop() {
        source.withLock { source in
            source?.cancel()
            source = nil
        }
    }

    deinit { stop() }
}
