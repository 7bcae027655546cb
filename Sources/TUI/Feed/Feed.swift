import Records

/// Where models come from and orders go to. Delivers from a queue of its own; the screen never waits for it.
public protocol Feed: AnyObject, Sendable {
    /// Starts delivering. A model replaces the one of its kind before it; only changed ones are delivered.
    func start(_ deliver: @escaping @Sendable (any PaneModel) -> Void)
    func ask(_ request: any FeedRequest)
    /// What the screen shows from now on, instead of what it showed before. Each request is answered, and again as soon as what its answer
    /// rests on has changed.
    func show(_ requests: [any StandingRequest])
    func issue(_ order: Order, run: Int64)
    /// Requests, orders and first looks that are not answered yet. What answers one is delivered before it stops counting.
    var pending: Int { get }
    /// No delivery after this returns.
    func stop()
}

extension Feed {
    /// Nothing, for a feed that answers before it returns.
    public var pending: Int { 0 }
}
