// Ctrl+C as a wish: the work in hand is finished, then the program ends with the signal's exit code.
import Base
import Dispatch
import Foundation
import Synchronization

/// SIGINT, SIGTERM and SIGHUP, or those that are asked for, set a flag; a second one ends the process at once. A hang-up is never that second one:
/// a terminal that closes sends it twice, once through the shell and once by the kernel. Made and removed by the thread that works meanwhile: no
/// handler runs on it.
final class Interruption: Sendable {
    private let sources = Mutex<[any DispatchSourceSignal]>([])
    private let number = Mutex<Int32?>(nil)
    private let signals: [Int32]

    /// - Parameters:
    ///   - note: what a person reads on the first signal.
    ///   - onFirst: what is done on it beside setting the flag; takes the signal.
    ///   - onNext: what is done on a later one; false where the process is to end at once.
    init(
        _ note: String, signals: [Int32] = [SIGINT, SIGTERM, SIGHUP], onFirst: @escaping @Sendable (Int32) -> Void = { _ in },
        onNext: @escaping @Sendable (Int32) -> Bool = { _ in false }
    ) {
        self.signals = signals
        // Dispatch's sources need no handler where the signal is blocked, and have one where it is not. That one must not run on a thread that computes:
        // oneDNN's products move the stack pointer to the start of a buffer of the heap, and a handler's frame would overwrite what lies before it.
        var set = Self.set(of: signals)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let queue = DispatchQueue(label: "emolab.interruption")
        for signal in signals {
            Foundation.signal(signal, SIG_IGN)
            sources.withLock { sources in
                let source = DispatchSource.makeSignalSource(signal: signal, queue: queue)
                source.setEventHandler { [weak self] in
                    guard let self else { return }
                    let isSecond = self.number.withLock { number in
                        defer { number = signal }
                        return number != nil
                    }
                    if isSecond {
                        if signal == SIGHUP || onNext(signal) { return }
                        // Others compute on: what libraries tidy up at exit(3) would go from under them.
                        StandardOutput.flushUnlessBusy()
                        _exit(128 + signal)
                    }
                    standardError("emolab: " + note)
                    onFirst(signal)
                }
                source.resume()
                sources.append(source)
            }
        }
    }

    /// Signals do again what they do by default.
    func remove() {
        sources.withLock { sources in
            for source in sources { source.cancel() }
            sources = []
        }
        for signal in signals { Foundation.signal(signal, SIG_DFL) }
        var set = Self.set(of: signals)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    private static func set(of signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }

    /// The signal that came, or nil.
    var signal: Int32? { number.withLock(\.self) }
    var isAsked: Bool { signal != nil }
}
