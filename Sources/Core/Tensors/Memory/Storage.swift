// The memory of tensors, and the only way to its address: inside a call that holds what it belongs to.

/// What a tensor's elements are. Operations take float32 unless they say otherwise.
public enum ElementType: Sendable {
    case float32, bfloat16

    var bytes: Int { self == .float32 ? 4 : 2 }
}

/// One buffer of the pool, given back when the last tensor on it goes.
final class Storage {
    let type: ElementType
    fileprivate let raw: UnsafeMutableRawPointer
    private let bucket: Int

    init(count: Int, type: ElementType = .float32) {
        self.type = type
        (raw, bucket) = BufferPool.take(bytes: count * type.bytes)
    }

    /// A buffer of its own with the first `count` elements of another.
    convenience init(copying other: Storage, count: Int) {
        self.init(count: count, type: other.type)
        withPointers(self, other) { $0.copyMemory(from: $1, byteCount: count * other.type.bytes) }
    }

    deinit { BufferPool.give(raw, bucket: bucket) }
}

/// Runs `body` with the addresses of the operands' memory, which stays theirs until `body` has returned: also where an operand is a temporary value
/// that nothing else holds. An address must not leave `body`.
///
/// A tensor gives floats, a storage raw memory, `Floats`, `Integers` and `Bytes` give a storage's memory as such, and nil gives nil.
///
/// Written out for each number of operands: a parameter pack would cost 300 ns a call, this costs nothing.
@inline(__always)
func withPointers<A: KernelOperand, Result>(_ a: A, body: (A.Pointer) throws -> Result) rethrows -> Result {
    defer { extendLifetime(a) }
    let access = KernelAccess()
    return try body(a.pointer(access))
}

@inline(__always)
func withPointers<A: KernelOperand, B: KernelOperand, Result>(
    _ a: A, _ b: B, body: (A.Pointer, B.Pointer) throws -> Result
) rethrows -> Result {
    defer { extendLifetime(a); extendLifetime(b) }
    let access = KernelAccess()
    return try body(a.pointer(access), b.pointer(access))
}

@inline(__always)
func withPointers<A: KernelOperand, B: KernelOperand, C: KernelOperand, Result>(
    _ a: A, _ b: B, _ c: C, body: (A.Pointer, B.Pointer, C.Pointer) throws -> Result
) rethrows -> Result {
    defer { extendLifetime(a); extendLifetime(b); extendLifetime(c) }
    let access = KernelAccess()
    return try body(a.pointer(access), b.pointer(access), c.pointer(access))
}

@inline(__always)
func withPointers<A: KernelOperand, B: KernelOperand, C: KernelOperand, D: KernelOperand, Result>(
    _ a: A, _ b: B, _ c: C, _ d: D, body: (A.Pointer, B.Pointer, C.Pointer, D.Pointer) throws -> Result
) rethrows -> Result {
    defer { extendLifetime(a); extendLifetime(b); extendLifetime(c); extendLifetime(d) }
    let access = KernelAccess()
    return try body(a.pointer(access), b.pointer(access), c.pointer(access), d.pointer(access))
}

@inline(__always)
func withPointers<A: KernelOperand, B: KernelOperand, C: KernelOperand, D: KernelOperand, E: KernelOperand, Result>(
    _ a: A, _ b: B, _ c: C, _ d: D, _ e: E, body: (A.Pointer, B.Pointer, C.Pointer, D.Pointer, E.Pointer) throws -> Result
) rethrows -> Result {
    defer { extendLifetime(a); extendLifetime(b); extendLifetime(c); extendLifetime(d); extendLifetime(e) }
    let access = KernelAccess()
    return try body(a.pointer(access), b.pointer(access), c.pointer(access), d.pointer(access), e.pointer(access))
}

@inline(__always)
func withPointers<A: KernelOperand, B: KernelOperand, C: KernelOperand, D: KernelOperand, E: KernelOperand, F: KernelOperand, Result>(
    _ a: A, _ b: B, _ c: C, _ d: D, _ e: E, _ f: F,
    body: (A.Pointer, B.Pointer, C.Pointer, D.Pointer, E.Pointer, F.Pointer) throws -> Result
) rethrows -> Result {
    defer { extendLifetime(a); extendLifetime(b); extendLifetime(c); extendLifetime(d); extendLifetime(e); extendLifetime(f) }
    let access = KernelAccess()
    return try body(a.pointer(access), b.pointer(access), c.pointer(access), d.pointer(access), e.pointer(access), f.pointer(access))
}

@inline(__always)
func withPointers<
    A: KernelOperand, B: KernelOperand, C: KernelOperand, D: KernelOperand, E: KernelOperand, F: KernelOperand, G: KernelOperand, Result
>(
    _ a: A, _ b: B, _ c: C, _ d: D, _ e: E, _ f: F, _ g: G,
    body: (A.Pointer, B.Pointer, C.Pointer, D.Pointer, E.Pointer, F.Pointer, G.Pointer) throws -> Result
) rethrows -> Result {
    defer {
        extendLifetime(a)
        extendLifetime(b)
        extendLifetime(c)
        extendLifetime(d)
        extendLifetime(e)
        extendLifetime(f)
        extendLifetime(g)
    }
    let access = KernelAccess()
    return try body(
        a.pointer(access), b.pointer(access), c.pointer(access), d.pointer(access), e.pointer(access), f.pointer(access), g.pointer(access))
}

@inline(__always)
func withPointers<
    A: KernelOperand, B: KernelOperand, C: KernelOperand, D: KernelOperand, E: KernelOperand, F: KernelOperand, G: KernelOperand,
    H: KernelOperand, Result
>(
    _ a: A, _ b: B, _ c: C, _ d: D, _ e: E, _ f: F, _ g: G, _ h: H,
    body: (A.Pointer, B.Pointer, C.Pointer, D.Pointer, E.Pointer, F.Pointer, G.Pointer, H.Pointer) throws -> Result
) rethrows -> Result {
    defer {
        extendLifetime(a)
        extendLifetime(b)
        extendLifetime(c)
        extendLifetime(d)
        extendLifetime(e)
        extendLifetime(f)
        extendLifetime(g)
        extendLifetime(h)
    }
    let access = KernelAccess()
    return try body(
        a.pointer(access), b.pointer(access), c.pointer(access), d.pointer(access), e.pointer(access), f.pointer(access), g.pointer(access),
        h.pointer(access))
}

/// Memory that a kernel reads or writes.
protocol KernelOperand {
    associatedtype Pointer
    func pointer(_ access: KernelAccess) -> Pointer
}

/// Asks for an address. Only `withPointers` can make one, so that no address outlives the hold on its memory.
struct KernelAccess {
    fileprivate init() {}
}

extension Tensor: KernelOperand {
    func pointer(_ access: KernelAccess) -> UnsafeMutablePointer<Float> {
        expect(storage.type == .float32, "a bfloat16 tensor of shape \(shape) where float32 is needed")
        return storage.raw.assumingMemoryBound(to: Float.self)
    }
}

extension Storage: KernelOperand {
    func pointer(_ access: KernelAccess) -> UnsafeMutableRawPointer { raw }
}

extension Optional: KernelOperand where Wrapped: KernelOperand {
    func pointer(_ access: KernelAccess) -> Wrapped.Pointer? { map { $0.pointer(access) } }
}

/// A storage's memory as numbers of another type. A buffer is used as one type, never as two.
struct StorageView<Element>: KernelOperand {
    private let storage: Storage

    init(_ storage: Storage) { self.storage = storage }

    func pointer(_ access: KernelAccess) -> UnsafeMutablePointer<Element> { storage.raw.assumingMemoryBound(to: Element.self) }
}

typealias Floats = StorageView<Float>
typealias Integers = StorageView<Int32>
typealias Bytes = StorageView<UInt8>
