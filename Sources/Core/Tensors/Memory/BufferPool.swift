import Foundation
import Synchronization

/// Memory for tensors: 64-byte aligned buffers in size buckets (four between powers of two), kept for reuse, so that a steady training step
/// takes nothing from the system.
public enum BufferPool {
    /// Bytes handed out now, the most there ever were, bytes kept for reuse, and how often the system was asked for memory.
    public struct Statistics: Sendable {
        public var bytesInUse = 0
        public var peakBytes = 0
        public var bytesKept = 0
        public var systemAllocations = 0
    }

    /// A buffer nobody uses.
    private struct Unused: @unchecked Sendable {
        // @unchecked: the pool has the only address.
        let pointer: UnsafeMutableRawPointer
    }

    private struct State: ~Copyable {
        var free: [[Unused]] = Array(repeating: [], count: 4 * 64)
        var statistics = Statistics()
    }

    private static let state = Mutex(State())

    /// The pool's figures at this moment.
    public static var statistics: Statistics { state.withLock { $0.statistics } }

    /// Gives every unused buffer back to the system.
    public static func releaseUnused() {
        state.withLock {
            for bucket in $0.free.indices {
                for buffer in $0.free[bucket] { buffer.pointer.deallocate() }
                $0.free[bucket].removeAll()
            }
            $0.statistics.bytesKept = 0
        }
    }

    /// Starts the peak again from what is in use.
    public static func resetPeak() { state.withLock { $0.statistics.peakBytes = $0.statistics.bytesInUse } }

    static func take(bytes: Int) -> (pointer: UnsafeMutableRawPointer, bucket: Int) {
        let bucket = bucket(for: bytes)
        let size = size(of: bucket)
        let buffer = state.withLock { state -> Unused in
            state.statistics.bytesInUse += size
            state.statistics.peakBytes = max(state.statistics.peakBytes, state.statistics.bytesInUse)
            if let buffer = state.free[bucket].popLast() {
                state.statistics.bytesKept -= size
                return buffer
            }
            state.statistics.systemAllocations += 1
            return Unused(pointer: .allocate(byteCount: size, alignment: 64))
        }
        return (buffer.pointer, bucket)
    }

    static func give(_ pointer: UnsafeMutableRawPointer, bucket: Int) {
        let size = size(of: bucket), unused = Unused(pointer: pointer)
        state.withLock {
            $0.statistics.bytesInUse -= size
            $0.statistics.bytesKept += size
            $0.free[bucket].append(unused)
        }
    }

    /// Bucket 4e + q holds (4 + q) 2^(e + 4) bytes, from 64 bytes up.
    static func bucket(for bytes: Int) -> Int {
        let wanted = max(bytes, 64)
        let exponent = Int.bitWidth - 1 - (wanted - 1).leadingZeroBitCount
        if exponent < 6 { return 0 }
        let quarter = (wanted - 1) >> (exponent - 2)
        return 4 * (exponent - 6) + (quarter + 1 - 4)
    }

    static func size(of bucket: Int) -> Int { (4 + bucket % 4) << (bucket / 4 + 4) }
}
