import Foundation
import Synchronization

/// Models on their way from the feed's queue to the loop.
final class Mailbox: Sendable {
    private let waiting = Mutex<[any PaneModel]>([])
    /// Gets a byte for each model: the loop waits for it.
    private let pipe: Int32

    init(pipe: Int32) { self.pipe = pipe }

    func put(_ model: any PaneModel) {
        let kind = type(of: model)
        waiting.withLock { models in
            // An older state was never seen: the newest is enough. An older sentence would be missing.
            if kind.replacesEarlier { models.removeAll { type(of: $0) == kind } }
            models.append(model)
        }
        var byte: UInt8 = 0
        _ = write(pipe, &byte, 1)
    }

    func take() -> [any PaneModel] {
        waiting.withLock { models in
            defer { models = [] }
            return models
        }
    }
}
