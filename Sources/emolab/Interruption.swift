// SIGINT and SIGTERM ask a long command to stop where it can; a second one ends the process at once.
import Dispatch
import Foundation
import Synchronization

final class Interruption: Sendable {
    private let asked = Atomic(false)
    private let sources = Mutex<[any DispatchSourceSignal]>([])

    /// True after the first signal. From any thread.
    var isAsked: Bool { asked.load(ordering: .relaxed) }

    init() {
        let queue = DispatchQueue(label: "emolab.interruption")
        sources.withLock { sources in
            for number in [SIGINT, SIGTERM] {
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
                source.setEventHandler { [weak self] in
                    guard let self, !self.asked.exchange(true, ordering: .relaxed) else { exit(128 + number) }
                }
                source.resume()
                sources.append(source)
            }
        }
    }

    /// Gives the signals back to the system.
    func remove() {
        sources.withLock { sources in
            for source in sources { source.cancel() }
            sources = []
        }
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }
}
