// What the trainer does between two steps: orders, those of an earlier process first, and saves that are due.
import Foundation

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

extension RunProgress {
    /// Whether a checkpoint with this progress was written after the order was carried out. Of a checkpoint of earlier versions it may be said that
    /// it was not: to carry out all orders of one step again, in order, changes nothing.
    func holds(_ order: AppliedOrder) -> Bool {
        order.step < step || ordersSinceStep?.contains(order.id) == true
    }
}

extension Trainer {
    /// Carries out what was ordered since the last step and waits while paused. False where the run is to stop.
    func obeyOrders() throws -> Bool {
        while let order = replays.first(where: { $0.step <= progress.step }) { replay(order) }
        repeat {
            for pending in orders.takeOrders() {
                if case .set(let key, _) = pending.order { for record in giveWay(key, to: "order \(pending.id)") { emit(.order(record)) } }
                let (text, isRefused) = obey(pending.order)
                progress.ordersSinceStep = (progress.ordersSinceStep ?? []) + [pending.id]
                emit(.order(OrderRecord(id: pending.id, step: progress.step, text: text, isRefused: isRefused)))
                if case .set(let key, let value) = pending.order, !isRefused {
                    carriedOut.append(AppliedOrder(id: pending.id, step: progress.step, key: key, value: value))
                    replan()
                }
                if pending.order == .stop { return false }
            }
            if keeper.isDue(after: experiment.training.checkpointMinutes, step: progress.step) { try save() }
            if isPaused { Thread.sleep(forTimeInterval: 0.05) }
        } while isPaused
        return true
    }

    /// Carries out one order and says in words what was done.
    private func obey(_ order: Order) -> (text: String, isRefused: Bool) {
        switch order {
        case .pause:
            if isPaused { return ("paused already", false) }
            tellWorked(atOnce: true)
            emit(.paused(step: progress.step))
            isPaused = true
            return ("paused", false)
        case .resume:
            if !isPaused { return ("goes on already", false) }
            emit(.resumed(step: progress.step))
            isPaused = false
            return ("resumed", false)
        case .stop: return ("stop", false)
        case .set(let key, let value):
            do {
                let (changed, words) = try experiment.applying(live: key, value: value)
                experiment = changed
                return (words, false)
            } catch {
                return ("refused: \(error)", true)
            }
        }
    }

    private func replay(_ order: AppliedOrder) {
        replays.removeAll { $0 == order }
        let (words, isRefused) = obey(.set(key: order.key, value: order.value))
        progress.ordersSinceStep = (progress.ordersSinceStep ?? []) + [order.id]
        tell(isRefused ? .warning : .info, "order \(order.id) counts from step \(progress.step) again, as before the run ended: \(words)")
        if !isRefused { replan() }
    }

    /// A later wish for a key takes the place of orders that would be carried out again after it.
    func giveWay(_ key: String, to other: String) -> [OrderRecord] {
        let full = LiveKey.full(key)
        let past = replays.filter { LiveKey.full($0.key) == full }
        replays.removeAll { past.contains($0) }
        carriedOut.removeAll { past.contains($0) }
        progress.ordersSinceStep = (progress.ordersSinceStep ?? []) + past.map(\.id)
        return past.map { OrderRecord(id: $0.id, step: progress.step, text: "\($0.key) = \($0.value) gives way to \(other)") }
    }

    private func replan() {
        guard let text = try? experiment.toml() else { return }
        emit(.replanned(step: progress.step, plan, experiment: text))
    }
}
