// The time that a run is worked on. Everything that is shown of a run's time (rate, time left, axes, tables, durations) comes from here.
import Base
import Dispatch
import Foundation
import Synchronization

/// Seconds in which this process ran. Time in which it was stopped (Ctrl+Z, SIGSTOP) or in which the machine slept does not count.
///
/// No system tells how long a process was stopped. A timer looks at the clock ten times a second; where two looks are more than a second apart,
/// nobody could look in between, and what lies in between is left out.
final class AwakeTime: Sendable {
    private struct State {
        var last: Double
        var counted = 0.0
    }

    /// Seconds between two looks of the timer, and the longest time between two looks that counts.
    static let interval = 0.1, longest = 1.0

    private let uptime: @Sendable () -> Double
    private let state: Mutex<State>
    private let timer = RepeatingTimer()

    /// - Parameters:
    ///   - uptime: seconds of a clock that never goes back.
    ///   - looks: whether a timer looks at it, too.
    init(uptime: @escaping @Sendable () -> Double = { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }, looks: Bool = true) {
        self.uptime = uptime
        state = Mutex(State(last: uptime()))
        guard looks else { return }
        let queue = DispatchQueue(label: "emolab.awake", qos: .userInitiated)
        timer.start(every: Self.interval, after: Self.interval, on: queue) { [weak self] in _ = self?.seconds }
    }

    /// Seconds since it was made, without those in which the process did not run.
    var seconds: Double {
        let now = uptime()
        return state.withLock { state in
            // Another thread may have looked later and come first.
            let passed = now - state.last
            guard passed > 0 else { return state.counted }
            state.last = now
            if passed <= Self.longest { state.counted += passed }
            return state.counted
        }
    }
}

/// Counts the seconds that a run is worked on: those inside `measure`, and no others. A pause, or a wait that nobody thought of, counts nowhere.
final class RunClock {
    private let now: () -> Double
    private var total: Double
    /// When the outermost measurement under way began.
    private var since: Double?

    /// - Parameters:
    ///   - worked: seconds that earlier processes worked on the run.
    ///   - now: seconds of a clock that never goes back; those in which this process ran unless told.
    init(worked: Double = 0, now: (() -> Double)? = nil) {
        total = worked
        if let now {
            self.now = now
        } else {
            let awake = AwakeTime()
            self.now = { awake.seconds }
        }
    }

    /// Seconds that the run was worked on, in all its processes, up to now.
    var worked: Double { total + (since.map { now() - $0 } ?? 0) }

    /// Does what is work on the run, and counts its time. A measurement inside another counts once.
    /// - Returns: what `body` returns, and the seconds that it took.
    func measure<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> (value: Value, seconds: Double) {
        let start = now(), isOutermost = since == nil
        if isOutermost { since = start }
        defer {
            if isOutermost {
                total += now() - start
                since = nil
            }
        }
        let value = try body()
        return (value, now() - start)
    }
}
