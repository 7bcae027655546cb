// All parameters of a network by name. Names follow published checkpoints, so weights load and write back by name.
import Base
import Tensors

/// How a parameter starts. Values depend on the seed and the parameter's full name only, never on the order of construction.
public enum Initialiser: Sendable, Equatable {
    case zeros, ones
    /// Uniform in ±bound.
    case uniform(Float)
    /// Normal with a standard deviation.
    case normal(Float)
    /// Normal, drawn again beyond two standard deviations.
    case truncatedNormal(Float)
    /// Uniform ±sqrt(6 / (fanIn + fanOut)) (Glorot and Bengio 2010).
    case xavierUniform
    /// Normal, sd sqrt(2 / (fanIn + fanOut)).
    case xavierNormal
    /// Uniform ±sqrt(6 / fanIn) (He et al. 2015).
    case kaimingUniform
    /// Normal, sd sqrt(2 / fanIn).
    case kaimingNormal
    /// Uniform ±sqrt(3 / fanIn) (LeCun et al. 1998).
    case leCunUniform
    /// Normal, sd sqrt(1 / fanIn).
    case leCunNormal
    /// Orthonormal rows or columns, whichever are fewer (Saxe et al. 2014).
    case orthogonal
}

public enum ParameterError: Error, Equatable, CustomStringConvertible {
    case missing([String])
    case unexpected([String])
    case shape(name: String, expected: [Int], found: [Int])

    public var description: String {
        switch self {
        case .missing(let names): return "weights lack \(names.count) parameters, first '\(names.first ?? "")'"
        case .unexpected(let names): return "weights hold \(names.count) unknown tensors, first '\(names.first ?? "")'"
        case .shape(let name, let expected, let found): return "'\(name)' has shape \(found), the network needs \(expected)"
        }
    }
}

/// Owns a network's parameters, in order of construction, and its buffers (running statistics, which no optimiser touches).
public final class ParameterStore {
    public private(set) var parameters: [Parameter] = []
    public private(set) var buffers: [Parameter] = []
    private let seed: UInt64
    private let source: Source?
    private let lora: [LoRA]
    private(set) var adapters: [Adapter] = []

    /// What a parameter or buffer of that name and shape starts with; nil leaves it to its initialiser.
    public typealias Source = (_ name: String, _ shape: [Int]) -> Tensor?

    /// With a `source`, values that it has are not drawn first: a large network comes from its file in one pass.
    /// Linear layers whose path matches one of `lora` get an adapter of the first kind that does.
    public init(seed: UInt64, source: Source? = nil, lora: [LoRA] = []) {
        self.seed = seed
        self.source = source
        self.lora = lora
    }

    /// Numbers in all parameters.
    public var count: Int { parameters.reduce(0) { $0 + $1.value.count } }
    public var trainableCount: Int { parameters.reduce(0) { $0 + ($1.isTrainable ? $1.value.count : 0) } }

    public var root: Scope { Scope(store: self, path: "") }

    func add(_ name: String, _ shape: [Int], _ initialiser: Initialiser) -> Parameter {
        let value = source?(name, shape) ?? initialiser.tensor(shape, RandomStream(seed: seed, name: name))
        let parameter = Parameter(name, value)
        parameters.append(parameter)
        return parameter
    }

    func addAdapter(for weight: Parameter, _ bias: Parameter?, at scope: Scope) -> Adapter? {
        guard let kind = lora.first(where: { $0.matches(scope.path) }) else { return nil }
        weight.isTrainable = false
        bias?.isTrainable = false
        let adapter = Adapter(kind, weight: weight, at: scope)
        adapters.append(adapter)
        return adapter
    }

    func addBuffer(_ name: String, _ value: Tensor) -> Parameter {
        let buffer = Parameter(name, source?(name, value.shape) ?? value, isTrainable: false)
        buffers.append(buffer)
        return buffer
    }

    /// Copies of all values by name, buffers included.
    public func values() -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: (parameters + buffers).map { ($0.name, $0.value) })
    }

    /// Takes values by name. `strict`: every parameter must be there, and nothing else. Throws `ParameterError`, changing nothing.
    public func load(_ values: [String: Tensor], strict: Bool = true) throws(ParameterError) {
        let all = parameters + buffers
        let known = Set(all.map(\.name))
        let missing = all.map(\.name).filter { values[$0] == nil }
        let unexpected = values.keys.filter { !known.contains($0) }.sorted()
        if strict, !missing.isEmpty { throw .missing(missing) }
        if strict, !unexpected.isEmpty { throw .unexpected(unexpected) }
        for parameter in all {
            guard let value = values[parameter.name], value.shape != parameter.value.shape else { continue }
            throw .shape(name: parameter.name, expected: parameter.value.shape, found: value.shape)
        }
        for parameter in all {
            if let value = values[parameter.name] { parameter.value = value.detached() }
        }
    }
}

/// A place in a network's tree of names: `scope["gru"]` is where that layer's parameters are made.
public struct Scope {
    public let store: ParameterStore
    public let path: String

    public subscript(name: String) -> Scope { Scope(store: store, path: path.isEmpty ? name : path + "." + name) }
    public subscript(index: Int) -> Scope { self[String(index)] }

    public func parameter(_ name: String, _ shape: [Int], _ initialiser: Initialiser) -> Parameter {
        store.add(self[name].path, shape, initialiser)
    }

    /// The adapter of the linear layer here, where one is asked for by name.
    func adapter(for weight: Parameter, _ bias: Parameter?) -> Adapter? { store.addAdapter(for: weight, bias, at: self) }

    public func buffer(_ name: String, _ value: Tensor) -> Parameter {
        store.addBuffer(self[name].path, value)
    }
}
