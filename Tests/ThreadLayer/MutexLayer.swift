// Tells the thread sanitizer of the locks that `Synchronization.Mutex` takes. Its quick way is compiled into the program and seen; the way of a thread that
// has to wait is in Swift's own library, which is not instrumented, so that everything behind a contended mutex looks like a race. Put before that
// library (LD_PRELOAD) by scripts/sanitize.
import Glibc
import Synchronization

/// Laid out and called as the library's own handle, of Swift 6: one word, the number of the thread that holds it, or 0.
public struct MutexHandle: ~Copyable {
    let holder: Atomic<UInt32>

    /// In the place of the library's: waits without its queue in the kernel, so that an unlocking thread always finds its own quick way.
    @_silgen_name("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF")
    public borrowing func lockSlow(_ thread: UInt32) {
        while !holder.compareExchange(expected: 0, desired: thread, ordering: .acquiring).exchanged { usleep(20) }
        // The word is the handle's first and only one.
        withUnsafePointer(to: holder) { acquire?(UnsafeMutableRawPointer(mutating: $0)) }
    }
}

private typealias Acquire = @convention(c) (UnsafeMutableRawPointer) -> Void
/// Nil in a program that has no sanitizer.
private let acquire = dlsym(nil, "__tsan_acquire").map { unsafeBitCast($0, to: Acquire.self) }
