/// Floats at an address of their own, aligned for vectors: weights, which are never changed, and one detection's workspace.
final class FloatBuffer: @unchecked Sendable {
    // @unchecked: weights are written before anyone else has them; a workspace is one thread's.
    let base: UnsafeMutablePointer<Float>
    let count: Int

    /// Zeros.
    init(count: Int) {
        self.count = count
        let bytes = max(1, count) * MemoryLayout<Float>.stride
        base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).initializeMemory(
            as: Float.self, repeating: 0, count: max(1, count))
    }

    convenience init(_ values: [Float]) {
        self.init(count: values.count)
        base.update(from: values, count: values.count)
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }
}
