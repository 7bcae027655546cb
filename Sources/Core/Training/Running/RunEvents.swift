// What a run tells: its events, and how long it was worked on.
import Records

/// The trainer's way to whoever listens, shared by its parts.
final class RunEvents {
    let emit: (TrainingEvent) -> Void
    private let clock: RunClock
    /// What was told last of the seconds that the run was worked on.
    private var toldWorked: Double

    init(clock: RunClock, emit: @escaping (TrainingEvent) -> Void) {
        self.emit = emit
        self.clock = clock
        toldWorked = clock.worked
    }

    func tell(_ level: MessageLevel, _ text: String) { emit(.message(level: level, text: text)) }

    /// Tells how long the run was worked on, once a second unless at once.
    func tellWorked(atOnce: Bool = false) {
        let worked = clock.worked
        guard worked - toldWorked >= (atOnce ? 1e-6 : 1) else { return }
        toldWorked = worked
        emit(.worked(seconds: worked))
    }
}
