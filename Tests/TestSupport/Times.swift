// How work grows with what it is given. Times themselves say more of the machine, and of what else it does, than of the program.

/// The least time of a few rounds, what the work takes where nothing comes between.
public func leastTime(rounds: Int = 5, _ body: () throws -> Void) rethrows -> Duration {
    var least: Duration?
    for _ in 0..<rounds {
        let time = try ContinuousClock().measure(body)
        least = min(least ?? time, time)
    }
    return least ?? .zero
}
