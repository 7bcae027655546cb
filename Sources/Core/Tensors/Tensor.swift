// A value handle on shared, contiguous, row-major memory, with an optional place on a tape where its gradient gathers.
import Base
import Kernels

/// An array of float32 of any rank, contiguous and row-major. A value: operations return new tensors. What passes between products of a
/// bfloat16 network is bfloat16: linear layers, layer norm and attention take and give it, everything else asks for ``converted(to:)`` first.
/// Where an operand has a gradient slot on a ``Tape``, the result has one too, and the operation is recorded there.
public struct Tensor: @unchecked Sendable {
    // @unchecked: memory is written through `makeUnique` alone, and by a kernel before anyone else has the tensor; a tape belongs to one thread.
    public let shape: [Int]
    /// Number of elements.
    public let count: Int
    var storage: Storage
    let slot: Slot?

    init(shape: [Int], count: Int, storage: Storage, slot: Slot?) {
        self.shape = shape
        self.count = count
        self.storage = storage
        self.slot = slot
    }

    /// Memory of `shape` with arbitrary contents, for a kernel to fill.
    init(uninitialised shape: [Int], _ type: ElementType = .float32) {
        let count = shape.reduce(1, *)
        self.init(shape: shape, count: count, storage: Storage(count: count, type: type), slot: nil)
    }

    /// Memory of the other's shape and type.
    init(like other: Tensor) {
        self.init(shape: other.shape, count: other.count, storage: Storage(count: other.count, type: other.type), slot: nil)
    }

    /// `values` in row-major order.
    public init(_ values: [Float], shape: [Int]) {
        self.init(uninitialised: shape)
        expect(values.count == count, "\(values.count) values do not fill shape \(shape)")
        values.withUnsafeBufferPointer { values in
            withPointers(self) { if count > 0 { $0.update(from: values.baseAddress!, count: count) } }
        }
    }

    /// A tensor whose memory `fill` writes completely.
    public init(shape: [Int], filledBy fill: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
        self.init(uninitialised: shape)
        try withPointers(self) { try fill(UnsafeMutableBufferPointer(start: $0, count: count)) }
    }

    public static func zeros(_ shape: [Int]) -> Tensor { full(shape, 0) }
    public static func ones(_ shape: [Int]) -> Tensor { full(shape, 1) }

    /// Every element is `value`.
    public static func full(_ shape: [Int], _ value: Float) -> Tensor {
        let tensor = Tensor(uninitialised: shape)
        withPointers(tensor) { emolab_fill($0, tensor.count, value) }
        return tensor
    }

    /// Rank 0.
    public static func scalar(_ value: Float) -> Tensor { full([], value) }

    public var rank: Int { shape.count }
    public var type: ElementType { storage.type }

    /// A copy of the elements in row-major order.
    public var values: [Float] { withUnsafeBuffer { Array($0) } }

    /// The only element of a tensor of one element.
    public var item: Float {
        expect(count == 1, "item of a tensor of \(count) elements")
        return withUnsafeBuffer { $0[0] }
    }

    /// Reads the memory in place.
    public func withUnsafeBuffer<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
        try withPointers(self) { try body(UnsafeBufferPointer(start: $0, count: count)) }
    }

    /// Writes the memory in place; memory shared with another tensor is copied first.
    public mutating func withUnsafeMutableBuffer<Result>(_ body: (UnsafeMutableBufferPointer<Float>) throws -> Result) rethrows -> Result {
        makeUnique()
        return try withPointers(self) { try body(UnsafeMutableBufferPointer(start: $0, count: count)) }
    }

    /// The same values without a gradient slot: what is computed from it records nothing.
    public func detached() -> Tensor { slot == nil ? self : Tensor(shape: shape, count: count, storage: storage, slot: nil) }

    /// Whether both are handles on the same memory.
    public func sharesMemory(with other: Tensor) -> Bool { storage === other.storage }

    /// Whether operations on this tensor are recorded.
    public var needsGradient: Bool { slot != nil }

    mutating func makeUnique() {
        guard !isKnownUniquelyReferenced(&storage) else { return }
        storage = Storage(copying: storage, count: count)
    }

    /// Axis counted from the end where negative.
    func axis(_ axis: Int) -> Int {
        let resolved = axis < 0 ? axis + rank : axis
        expect(resolved >= 0 && resolved < rank, "axis \(axis) of a tensor of rank \(rank)")
        return resolved
    }

    /// The shape as [outer, axis, inner].
    func split(at axis: Int) -> (outer: Int, middle: Int, inner: Int) {
        (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
    }
}

extension Tensor: CustomStringConvertible {
    public var description: String {
        let shown = converted(to: .float32).values.prefix(8).map { "\($0)" }.joined(separator: ", ")
        return "Tensor\(shape) [\(shown)\(count > 8 ? ", …" : "")]"
    }
}

/// Stops on shapes that do not fit: like an index out of range, a mistake in the calling code, which says here what it was also in release builds.
@inlinable @inline(__always)
package func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}
