// Arrays of doubles for plain references: an index in, a value out, no cleverness that could hide a mistake.
import Tensors

/// Double-precision array of any rank, row-major.
public struct NaiveTensor: Sendable {
    public var shape: [Int]
    public var values: [Double]

    public init(_ values: [Double], shape: [Int]) {
        self.shape = shape
        self.values = values
    }

    public init(_ tensor: Tensor) { self.init(tensor.values.map(Double.init), shape: tensor.shape) }

    /// The value at every index of `shape` by `value`.
    init(shape: [Int], _ value: ([Int]) -> Double) {
        let count = shape.reduce(1, *)
        var index = shape.map { _ in 0 }, values: [Double] = []
        values.reserveCapacity(count)
        for _ in 0..<count {
            values.append(value(index))
            for axis in shape.indices.reversed() {
                index[axis] += 1
                if index[axis] < shape[axis] { break }
                index[axis] = 0
            }
        }
        self.init(values, shape: shape)
    }

    static func scalar(_ value: Double) -> NaiveTensor { NaiveTensor([value], shape: []) }

    /// The value at an index, one number an axis.
    subscript(index: Int...) -> Double { self[index] }

    subscript(index: [Int]) -> Double {
        var at = 0
        for (axis, position) in index.enumerated() { at = at * shape[axis] + position }
        return values[at]
    }

    func map(_ function: (Double) -> Double) -> NaiveTensor { NaiveTensor(values.map(function), shape: shape) }

    /// Pairs of values with NumPy's broadcasting.
    func combined(with other: NaiveTensor, _ function: (Double, Double) -> Double) -> NaiveTensor {
        let rank = Swift.max(shape.count, other.shape.count)
        func length(_ shape: [Int], _ axis: Int) -> Int { axis < rank - shape.count ? 1 : shape[axis - rank + shape.count] }
        let target = (0..<rank).map { Swift.max(length(shape, $0), length(other.shape, $0)) }
        func place(_ index: [Int], in shape: [Int]) -> [Int] {
            zip(index.suffix(shape.count), shape).map { $1 == 1 ? 0 : $0 }
        }
        return NaiveTensor(shape: target) { function(self[place($0, in: shape)], other[place($0, in: other.shape)]) }
    }

    /// Rows of the last axis, each changed as a whole.
    func rows(_ function: ([Double]) -> [Double]) -> NaiveTensor {
        let width = shape.last ?? 1
        let rows = stride(from: 0, to: values.count, by: width).map { function(Array(values[$0..<$0 + width])) }
        return NaiveTensor(rows.flatMap { $0 }, shape: shape.dropLast() + [rows.first?.count ?? 0])
    }

    /// x W^T + b over the last axis.
    func linear(_ weight: NaiveTensor, _ bias: NaiveTensor? = nil) -> NaiveTensor {
        let width = weight.shape[1]
        return rows { row in
            (0..<weight.shape[0]).map { (output: Int) -> Double in
                var sum = bias?.values[output] ?? 0
                for input in 0..<width { sum += row[input] * weight.values[output * width + input] }
                return sum
            }
        }
    }

    var sum: Double { values.reduce(0, +) }
    var mean: Double { sum / Double(values.count) }
}
