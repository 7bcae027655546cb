import Foundation

/// A thread of its own with little priority; a pool's thread would keep it for work that is not to wait.
enum QuietThread {
    /// Runs `body` there and waits for it. Beside a training it gets about a quarter of a core: somebody waits for a clip and an answer.
    static func run(_ body: @escaping @Sendable () -> Void) {
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            lower(to: 5)
            body()
            done.signal()
        }
        thread.stackSize = 16 << 20
        thread.start()
        done.wait()
    }

    /// What follows has time: about one part in thirty of a core that a training uses.
    static func calm() { lower(to: 15) }

    /// On Linux the priority is the calling thread's alone.
    private static func lower(to niceness: Int32) { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) }
}
