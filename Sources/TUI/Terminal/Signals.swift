// Signals while the screen is open. Handlers only touch memory prepared beforehand and call what is safe in a handler:
// write, tcsetattr, sigaction, raise. They are top-level functions, because C calls them on any thread.
import CNcurses
import Foundation

/// Prepared before the handlers are installed, read by them. Never freed: a signal may come at any time.
private struct SignalState {
    var pipe: Int32 = -1
    var isScreenOpen = false
    var saved = termios()
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
}

private nonisolated(unsafe) let state: UnsafeMutablePointer<SignalState> = {
    let pointer = UnsafeMutablePointer<SignalState>.allocate(capacity: 1)
    pointer.initialize(to: SignalState())
    return pointer
}()

/// Tells the loop, which does the work where it is safe.
private func tellLoop(_ number: Int32) {
    let saved = errno
    var byte = UInt8(truncatingIfNeeded: number)
    if state.pointee.pipe >= 0 { _ = write(state.pointee.pipe, &byte, 1) }
    errno = saved
}

/// The program is about to die: give the terminal back as it was, then die as the system would have it.
private func giveBackAndDie(_ number: Int32) {
    if state.pointee.isScreenOpen {
        state.pointee.isScreenOpen = false
        if let bytes = state.pointee.bytes { _ = write(STDOUT_FILENO, bytes, state.pointee.count) }
        tcsetattr(STDIN_FILENO, TCSANOW, &state.pointee.saved)
    }
    signal(number, SIG_DFL)
    raise(number)
}

/// Handlers for the signals that a screen must not ignore.
enum Signals {
    /// Ask the loop to leave, to stop, to come back, to look at the size.
    static let told = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH]
    /// Swift's traps arrive as SIGILL or SIGTRAP.
    static let deadly = [SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGTRAP]

    private nonisolated(unsafe) static var before: [(Int32, sigaction)] = []

    /// Installs the handlers; each signal's number is written to `pipe` as one byte.
    static func install(pipe: Int32) {
        state.pointee.pipe = pipe
        before = []
        for number in told { replace(number, tellLoop) }
        for number in deadly { replace(number, giveBackAndDie) }
    }

    /// From now on a crash gives the terminal back: `saved` modes, then `bytes` that leave the screen.
    static func screenOpened(saved: termios, bytes: [UInt8]) {
        state.pointee.saved = saved
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
        copy.initialize(from: bytes, count: bytes.count)
        state.pointee.bytes = copy
        state.pointee.count = bytes.count
        state.pointee.isScreenOpen = true
    }

    static func screenClosed() { state.pointee.isScreenOpen = false }

    /// The handlers that were there before.
    static func remove() {
        for (number, action) in before {
            var action = action
            sigaction(number, &action, nil)
        }
        before = []
        state.pointee.pipe = -1
    }

    private static func replace(_ number: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        sigemptyset(&action.sa_mask)
        action.sa_flags = SA_RESTART
        var old = sigaction()
        sigaction(number, &action, &old)
        before.append((number, old))
    }
}
