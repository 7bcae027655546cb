// Draws a parameter's first values.
import Foundation
import Tensors

extension Initialiser {
    /// `shape` is `[out, in, kernel…]` where fans matter.
    func tensor(_ shape: [Int], _ stream: RandomStream) -> Tensor {
        var stream = stream
        let count = shape.reduce(1, *)
        switch self {
        case .zeros: return .zeros(shape)
        case .ones: return .full(shape, 1)
        case .uniform(let bound): return Tensor((0..<count).map { _ in (2 * stream.uniform() - 1) * bound }, shape: shape)
        case .normal(let deviation): return Tensor((0..<count).map { _ in stream.normal() * deviation }, shape: shape)
        case .truncatedNormal(let deviation):
            return Tensor((0..<count).map { _ in Self.truncated(&stream) * deviation }, shape: shape)
        case .xavierUniform:
            let fans = Self.fans(shape)
            return Initialiser.uniform((6 / Float(fans.in + fans.out)).squareRoot()).tensor(shape, stream)
        case .kaimingNormal:
            return Initialiser.normal((2 / Float(Self.fans(shape).in)).squareRoot()).tensor(shape, stream)
        case .orthogonal: return Tensor(Self.orthogonal(shape, &stream), shape: shape)
        }
    }

    private static func fans(_ shape: [Int]) -> (in: Int, out: Int) {
        let kernel = shape.dropFirst(2).reduce(1, *)
        return (max(shape.count > 1 ? shape[1] : shape[0], 1) * kernel, max(shape[0], 1) * kernel)
    }

    private static func truncated(_ stream: inout RandomStream) -> Float {
        while true {
            let value = stream.normal()
            if abs(value) <= 2 { return value }
        }
    }

    /// Gram-Schmidt, done twice for accuracy, on the longer side's vectors.
    private static func orthogonal(_ shape: [Int], _ stream: inout RandomStream) -> [Float] {
        let rows = shape[0], columns = shape.dropFirst().reduce(1, *)
        let count = min(rows, columns), length = max(rows, columns)
        var basis: [[Double]] = []
        while basis.count < count {
            var vector = (0..<length).map { _ in Double(stream.normal()) }
            for _ in 0..<2 {
                for other in basis {
                    let overlap = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
                    for i in 0..<length { vector[i] -= overlap * other[i] }
                }
            }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            if norm > 1e-6 { basis.append(vector.map { $0 / norm }) }
        }
        return (0..<rows * columns).map { index in
            let row = index / columns, column = index % columns
            return Float(rows <= columns ? basis[row][column] : basis[column][row])
        }
    }
}
