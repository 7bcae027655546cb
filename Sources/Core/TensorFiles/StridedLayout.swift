// Arrays whose elements do not lie one after the other: transposed, sliced and repeated views on shared memory, column-major files.
import Foundation
import Tensors

/// Where an array's elements lie in a storage. Offset and strides count elements.
struct StridedLayout: Sendable, Equatable {
    var offset: Int
    var shape: [Int]
    var strides: [Int]

    /// NumPy's and PyTorch's own bound is 64 axes.
    static let mostAxes = 64

    /// Column-major: the first axis runs fastest. `shape` must have passed ``StoredArray/byteCount``.
    static func columnMajor(_ shape: [Int]) -> StridedLayout {
        var strides: [Int] = [], stride = 1
        for axis in shape {
            strides.append(stride)
            stride *= max(axis, 1)
        }
        return StridedLayout(offset: 0, shape: shape, strides: strides)
    }

    /// The array's bytes in row-major order, out of `storage`: a part of it where they already lie so, a copy on `allowance` otherwise.
    /// Throws where an element would lie outside the storage or the numbers make no sense.
    func rowMajor(_ type: StoredArray.ElementType, in storage: Data, _ allowance: inout Allowance, _ problem: (String) -> any Error) throws
        -> Data
    {
        guard shape.count == strides.count, shape.count <= Self.mostAxes else {
            throw problem("\(shape.count) axes with \(strides.count) strides")
        }
        guard offset >= 0, strides.allSatisfy({ $0 >= 0 }), let bytes = StoredArray.byteCount(type, shape) else {
            throw problem("shape \(shape), strides \(strides), offset \(offset) are not those of an array")
        }
        if bytes == 0 { return Data() }
        var last = offset, overflow = false
        for (axis, stride) in zip(shape, strides) {
            let reach = (axis - 1).multipliedReportingOverflow(by: stride)
            let sum = last.addingReportingOverflow(reach.partialValue)
            overflow = overflow || reach.overflow || sum.overflow
            last = sum.partialValue
        }
        guard !overflow, last < storage.count / type.size else {
            throw problem(
                "shape \(shape), strides \(strides), offset \(offset) reach beyond a storage of \(storage.count / type.size) elements")
        }
        if isRowMajor {
            let start = storage.startIndex + offset * type.size
            return storage[start..<start + bytes]
        }
        try allowance.take(bytes, for: "a strided array of shape \(shape)")
        // An axis of length one never steps, whatever its stride says; as zero it cannot overflow either.
        let layout = StridedLayout(offset: offset, shape: shape, strides: zip(shape, strides).map { $0 == 1 ? 0 : $1 })
        return switch type.size {
        case 1: layout.gather(UInt8.self, storage, bytes)
        case 2: layout.gather(UInt16.self, storage, bytes)
        case 4: layout.gather(UInt32.self, storage, bytes)
        default: layout.gather(UInt64.self, storage, bytes)
        }
    }

    private var isRowMajor: Bool {
        var expected = 1
        for (axis, stride) in zip(shape, strides).reversed() where axis != 1 {
            guard stride == expected else { return false }
            expected *= axis
        }
        return true
    }

    /// Copies element by element: all axes but the last count like an odometer, the last is a loop.
    private func gather<Bits: FixedWidthInteger>(_: Bits.Type, _ storage: Data, _ bytes: Int) -> Data {
        let size = MemoryLayout<Bits>.size, inner = shape.last ?? 1, step = (strides.last ?? 1) * size
        var result = Data(count: bytes)
        result.withUnsafeMutableBytes { (target: UnsafeMutableRawBufferPointer) in
            storage.withUnsafeBytes { source in
                var place = [Int](repeating: 0, count: max(0, shape.count - 1)), from = offset * size, to = 0
                while true {
                    for index in 0..<inner {
                        target.storeBytes(
                            of: source.loadUnaligned(fromByteOffset: from + index * step, as: Bits.self), toByteOffset: to, as: Bits.self)
                        to += size
                    }
                    var axis = place.count - 1
                    while axis >= 0 {
                        place[axis] += 1
                        from += strides[axis] * size
                        if place[axis] < shape[axis] { break }
                        from -= place[axis] * strides[axis] * size
                        place[axis] = 0
                        axis -= 1
                    }
                    if axis < 0 { return }
                }
            }
        }
        return result
    }
}
