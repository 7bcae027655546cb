// One table of operations and shapes: what parity with reference files, finite differences, plain double-precision references and the benchmark
// all run over (the idea of ggml's test-backend-ops).
import Base
import Tensors

/// An operation at one set of shapes, with everything that checks and timings need to know about it.
public struct OperationCase: Sendable, CustomStringConvertible {
    /// What a case is for.
    public enum Purpose: Sendable {
        /// Small: compared with references, and its gradients with differences.
        case check
        /// As large as in a model: timed.
        case timing
    }

    /// Unique in the table.
    public let name: String
    /// In the order in which random values are drawn.
    public let operands: OperandList
    public let purpose: Purpose
    /// What the operation multiplies in.
    public let precision: Precision
    /// Reference file whose `in.*` and `w.*` are these operands, with these shapes.
    public let golden: String?
    /// Floating-point operations of the forward pass, a multiplication and an addition counted as two; nil where memory traffic is the cost.
    public let operations: Double?
    /// The engine's results.
    public let apply: @Sendable (Operands<Tensor>) -> [Tensor]
    /// The same results by the plainest loops in double precision.
    public let reference: (@Sendable (Operands<NaiveTensor>) -> [NaiveTensor])?
    /// Why the results have no derivative that central differences could find (a pole, a jump by design); nil where they have.
    public let withoutDifferences: String?

    public init(
        _ name: String, _ operands: OperandList, golden: String? = nil, purpose: Purpose = .check, precision: Precision = .float32,
        operations: Double? = nil, withoutDifferences: String? = nil,
        several apply: @escaping @Sendable (Operands<Tensor>) -> [Tensor],
        references: (@Sendable (Operands<NaiveTensor>) -> [NaiveTensor])? = nil
    ) {
        self.name = name
        self.operands = operands
        self.golden = golden
        self.purpose = purpose
        self.precision = precision
        self.operations = operations
        self.withoutDifferences = withoutDifferences
        self.apply = apply
        reference = references
    }

    /// A case with one result.
    public init(
        _ name: String, _ operands: OperandList, golden: String? = nil, purpose: Purpose = .check, precision: Precision = .float32,
        operations: Double? = nil, withoutDifferences: String? = nil,
        _ apply: @escaping @Sendable (Operands<Tensor>) -> Tensor, reference: (@Sendable (Operands<NaiveTensor>) -> NaiveTensor)? = nil
    ) {
        var references: (@Sendable (Operands<NaiveTensor>) -> [NaiveTensor])?
        if let reference { references = { [reference($0)] } }
        self.init(
            name, operands, golden: golden, purpose: purpose, precision: precision, operations: operations,
            withoutDifferences: withoutDifferences,
            several: { [apply($0)] }, references: references)
    }

    /// Every case of the table.
    public static let all: [OperationCase] =
        [
            elementwise, arithmetic, movement, reductions, products, convolutions, pooling, channelsLast, resizing, normalisation,
            attention, recurrent,
            losses, distributions,
        ].flatMap { $0 }

    /// The cases that are compared with something.
    public static var checks: [OperationCase] { all.filter { $0.purpose == .check } }

    /// The cases that are timed.
    public static var timings: [OperationCase] { all.filter { $0.purpose == .timing } }

    /// Largest errors of results and gradients, relative to the largest value. A bfloat16 has 8 bits: rounding moves each factor of a product by
    /// up to 2^-9 of itself, and a gradient passes through two such products.
    public var bound: (forward: Float, gradient: Float) { precision == .float32 ? (1e-5, 1e-4) : (1e-2, 2e-2) }

    public var description: String { name }
}

/// An operation's inputs by name.
public struct Operands<Value> {
    public let values: [String: Value]

    public init(_ values: [String: Value]) { self.values = values }

    /// The operand of a name that the case declares.
    public subscript(name: String) -> Value {
        guard let value = values[name] else { fatalError("no operand '\(name)' among \(values.keys.sorted())") }
        return value
    }
}

extension Operands<Tensor> {
    /// Labels or lengths.
    public func integers(_ name: String) -> [Int] { self[name].values.map { Int($0) } }
}

extension Operands<NaiveTensor> {
    public func integers(_ name: String) -> [Int] { self[name].values.map { Int($0) } }
}
