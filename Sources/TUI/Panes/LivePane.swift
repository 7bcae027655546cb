/// A pane that works only while it is on the screen: there it finds something to show, and may move by itself.
public protocol LivePane: Pane {
    /// It is on the screen, now or still, and a model may have changed: finds what to show. Called often, cheap where nothing is missing.
    mutating func appear(_ models: Models) -> [Effect]
    /// Seconds from one `tick` to the next; nil while nothing moves.
    func interval(_ models: Models) -> Double?
    /// The interval is over.
    mutating func tick(_ models: Models) -> [Effect]
}

extension LivePane {
    public func interval(_ models: Models) -> Double? { nil }
    public mutating func tick(_ models: Models) -> [Effect] { [] }
}
