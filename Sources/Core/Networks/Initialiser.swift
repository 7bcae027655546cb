// Draws a parameter's first values.
import Base
import Foundation
import Tensors

extension Initialiser {
    /// Names that ``init(named:)`` takes; those with a number want one in parentheses: `normal(0.02)`.
    public static let names = withoutNumber.keys.sorted() + withNumber.keys.sorted().map { $0 + "(number)" }

    private static let withoutNumber: [String: Initialiser] = [
        "zeros": .zeros, "ones": .ones, "orthogonal": .orthogonal, "xavier_uniform": .xavierUniform, "xavier_normal": .xavierNormal,
        "kaiming_uniform": .kaimingUniform, "kaiming_normal": .kaimingNormal, "lecun_uniform": .leCunUniform, "lecun_normal": .leCunNormal,
    ]
    private static let withNumber: [String: @Sendable (Float) -> Initialiser] = [
        "uniform": { .uniform($0) }, "normal": { .normal($0) }, "truncated_normal": { .truncatedNormal($0) },
    ]

    /// PyTorch's names: `xavier_uniform`, `kaiming_normal`, `normal(0.02)`, …; nil for another name, or a number that is missing, too many or negative.
    public init?(named text: String) {
        if let plain = Self.withoutNumber[text] {
            self = plain
            return
        }
        let parts = text.split(separator: "(", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].last == ")", let make = Self.withNumber[String(parts[0])], let number = Float(parts[1].dropLast()),
            number >= 0, number.isFinite
        else { return nil }
        self = make(number)
    }

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
        case .xavierNormal:
            let fans = Self.fans(shape)
            return Initialiser.normal((2 / Float(fans.in + fans.out)).squareRoot()).tensor(shape, stream)
        case .kaimingUniform: return Initialiser.uniform((6 / Float(Self.fans(shape).in)).squareRoot()).tensor(shape, stream)
        case .kaimingNormal: return Initialiser.normal((2 / Float(Self.fans(shape).in)).squareRoot()).tensor(shape, stream)
        case .leCunUniform: return Initialiser.uniform((3 / Float(Self.fans(shape).in)).squareRoot()).tensor(shape, stream)
        case .leCunNormal: return Initialiser.normal((1 / Float(Self.fans(shape).in)).squareRoot()).tensor(shape, stream)
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
