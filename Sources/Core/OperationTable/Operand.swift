// What an operand looks like, and random values for it that keep clear of where an operation has no derivative.
import Base
import Tensors

/// Shape of an operand and how its values are drawn.
public struct Operand: Sendable, ExpressibleByArrayLiteral {
    enum Values: Sendable, Equatable {
        case normal
        case weights(fanIn: Int)
        case awayFrom(Float)
        case positive
        case spaced
        case probabilities
        case labels(Int)
        case given([Float])
    }

    public let shape: [Int]
    /// Whether the operation has a gradient with respect to it.
    public let isDifferentiable: Bool
    let values: Values

    init(_ shape: [Int], _ values: Values = .normal, isDifferentiable: Bool = true) {
        self.shape = shape
        self.values = values
        self.isDifferentiable = isDifferentiable
    }

    /// Standard normal values of this shape.
    public init(arrayLiteral shape: Int...) { self.init(shape) }

    /// Normal with the deviation 1 / sqrt(fanIn) of weights in use: chains of products stay of order one.
    public static func weights(_ shape: [Int], fanIn: Int) -> Operand { Operand(shape, .weights(fanIn: fanIn)) }
    /// Normal, but at least 0.1 away from a kink of the operation.
    public static func awayFrom(_ kink: Float, _ shape: [Int]) -> Operand { Operand(shape, .awayFrom(kink)) }
    /// Uniform in 1 ..< 4.
    public static func positive(_ shape: [Int]) -> Operand { Operand(shape, .positive) }
    /// The same without a gradient: running statistics, class weights.
    public static func constant(_ shape: [Int]) -> Operand { Operand(shape, .positive, isDifferentiable: false) }
    /// In random order, no two closer than 0.1: what is largest does not change under a small step.
    public static func spaced(_ shape: [Int]) -> Operand { Operand(shape, .spaced) }
    /// Positive, every row of the last axis sums to 1.
    public static func probabilities(_ shape: [Int]) -> Operand { Operand(shape, .probabilities) }
    /// Classes 0 ..< classes as numbers; no gradient.
    public static func labels(_ classes: Int, count: Int) -> Operand { Operand([count], .labels(classes), isDifferentiable: false) }
    /// Just these; no gradient.
    public static func given(_ values: [Float]) -> Operand { Operand([values.count], .given(values), isDifferentiable: false) }

    public var count: Int { shape.reduce(1, *) }

    /// Values that depend on the stream only.
    public func drawn(from stream: inout RandomStream) -> Tensor {
        switch values {
        case .normal: return stream.normal(shape)
        case .weights(let fanIn): return stream.normal(shape, deviation: 1 / Float(fanIn).squareRoot())
        case .awayFrom(let kink):
            return Tensor(stream.normal(shape).values.map { kink + $0 + ($0 < 0 ? -0.1 : 0.1) }, shape: shape)
        case .positive: return stream.uniform(shape, in: 1..<4)
        case .spaced:
            let steps = (0..<count).map { (Float($0) - Float(count) / 2) * 0.1 }
            return Tensor(stream.shuffled(steps), shape: shape)
        case .probabilities: return stream.normal(shape).softmax()
        case .labels(let classes): return Tensor((0..<count).map { _ in Float(stream.int(below: classes)) }, shape: shape)
        case .given(let values): return Tensor(values, shape: shape)
        }
    }
}

/// Operands by name, in the order in which their values are drawn: `["x": [2, 3], "bias": [3]]`.
public struct OperandList: Sendable, ExpressibleByDictionaryLiteral, RandomAccessCollection {
    private var entries: [(name: String, operand: Operand)]

    public init(dictionaryLiteral elements: (String, Operand)...) { entries = elements.map { ($0.0, $0.1) } }

    public var startIndex: Int { entries.startIndex }
    public var endIndex: Int { entries.endIndex }
    public subscript(index: Int) -> (name: String, operand: Operand) { entries[index] }

    mutating func append(_ name: String, _ operand: Operand) { entries.append((name, operand)) }
}
