import Synchronization

/// Whether a run has come to its end and waits for a file that can be written; seen from any thread while the trainer's works.
public final class SavingWait: Sendable {
    private let state = Mutex(false)

    public internal(set) var isWaiting: Bool {
        get { state.withLock(\.self) }
        set { state.withLock { $0 = newValue } }
    }
}
