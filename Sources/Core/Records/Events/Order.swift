/// What a user asks of a running trainer. Read between steps; each is acknowledged by a `TrainingEvent.order`.
public enum Order: Sendable, Codable, Equatable {
    case pause
    case resume
    /// Finish the step, save, end as stopped.
    case stop
    /// Change a live parameter, e.g. `alpha.maximum`, from the next step on.
    case set(key: String, value: String)
}

/// An order with the number the store gave it.
public struct PendingOrder: Sendable, Equatable {
    public var id: Int64
    public var order: Order

    public init(id: Int64, order: Order) {
        self.id = id
        self.order = order
    }
}

/// A `set` order that a run has carried out, as its store has it.
public struct AppliedOrder: Sendable, Equatable {
    public var id: Int64
    /// Steps done when it was carried out.
    public var step: Int
    public var key, value: String

    public init(id: Int64, step: Int, key: String, value: String) {
        self.id = id
        self.step = step
        self.key = key
        self.value = value
    }
}

/// Where a trainer looks for orders: the run store, or a fixed list in tests. Must answer at once.
public protocol OrderSource: Sendable {
    /// Orders not handed out before, oldest first.
    func takeOrders() -> [PendingOrder]
}
