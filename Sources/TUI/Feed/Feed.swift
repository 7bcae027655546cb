import Training

/// Where models come from and orders go to. Delivers from a queue of its own; the screen never waits for it.
public protocol Feed: AnyObject, Sendable {
    /// Starts delivering. A model replaces the one of its kind before it; only changed ones are delivered.
    func start(_ deliver: @escaping @Sendable (any PaneModel) -> Void)
    func ask(_ request: any FeedRequest)
    func issue(_ order: Order, run: Int64)
    /// No delivery after this returns.
    func stop()
}
