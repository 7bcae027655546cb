// Low-rank adapters on linear layers chosen by name (LoRA: Hu et al., 2021): train them, merge them, save them alone.
import Foundation
import Tensors

/// Which linear layers get an adapter, and of what kind. Their own weights are frozen.
public struct LoRA: Sendable, Equatable {
    /// Path of the layers, `*` for anything: `*.attention.qkv`.
    public var pattern: String
    public var rank: Int
    /// What the adapter adds is scaled by `alpha / rank`.
    public var alpha: Double
    /// Of the adapter's input, while training.
    public var dropout: Double
    /// Of a joint query-key-value projection the thirds that are adapted; nil adapts the whole output.
    public var thirds: [Third]?

    public enum Third: String, Sendable, CaseIterable {
        case query, key, value
        fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// zu-dann §4: query and value of all of TimeSformer's attentions, rank 4, scale 8/4, dropout 0.1.
    public init(
        pattern: String = "*.attention.qkv", rank: Int = 4, alpha: Double = 8, dropout: Double = 0.1, thirds: [Third]? = [.query, .value]
    ) {
        (self.pattern, self.rank, self.alpha, self.dropout, self.thirds) = (pattern, rank, alpha, dropout, thirds)
    }

    func matches(_ path: String) -> Bool { fnmatch(pattern, path, 0) == 0 }
}

/// One layer's adapter: `lora_A.NAME` `[rank, in]` starts as PyTorch's Linear does, `lora_B.NAME` `[width, rank]` at 0, so that it adds nothing at first.
final class Adapter {
    struct Part {
        var name: String
        var offset: Int
        var a, b: Parameter
    }

    let weight: Parameter
    let parts: [Part]
    private let scale: Float
    private let dropout: Double

    init(_ settings: LoRA, weight: Parameter, at scope: Scope) {
        self.weight = weight
        (scale, dropout) = (Float(settings.alpha / Double(settings.rank)), settings.dropout)
        let (outputs, inputs) = (weight.value.shape[0], weight.value.shape[1]), width = settings.thirds == nil ? outputs : outputs / 3
        let named = settings.thirds?.map { ($0.rawValue, $0.index * width) } ?? [("weight", 0)]
        parts = named.map { name, offset in
            Part(
                name: name, offset: offset,
                a: scope["lora_A"].parameter(name, [settings.rank, inputs], .uniform(1 / Float(inputs).squareRoot())),
                b: scope["lora_B"].parameter(name, [width, settings.rank], .zeros))
        }
    }

    var parameters: [Parameter] { parts.flatMap { [$0.a, $0.b] } }

    func tensors(_ context: Context) -> LowRankAdapter {
        let drops = context.isTraining && dropout > 0
        return LowRankAdapter(
            parts: parts.map { .init(offset: $0.offset, a: context($0.a), b: context($0.b)) }, scale: scale,
            dropout: drops ? (Float(dropout), context.dropoutKey()) : nil)
    }

    /// W += scale B A on each part's rows; B becomes 0, so the layer's output stays.
    func merge() {
        var merged = weight.value
        let inputs = merged.shape[1]
        for part in parts {
            let change = part.b.value.matmul(part.a.value) * scale
            change.withUnsafeBuffer { change in
                merged.withUnsafeMutableBuffer { for i in 0..<change.count { $0[part.offset * inputs + i] += change[i] } }
            }
            part.b.value = .zeros(part.b.value.shape)
        }
        weight.value = merged
    }
}

extension LoRA {
    /// Weights of a network with adapters as those of one without: each adapter worked into the weight that it adapts, and its own values gone.
    /// - Parameter scale: `alpha / rank` of the adapters.
    /// - Throws: `ParameterError` where an adapter's halves, or what it adapts, are not there or do not fit.
    public static func merged(_ values: [String: Tensor], scale: Float) throws(ParameterError) -> [String: Tensor] {
        var merged = values
        for (name, a) in values where name.contains(".lora_A.") {
            let parts = name.components(separatedBy: ".lora_A."), weightName = parts[0] + ".weight",
                otherName = parts[0] + ".lora_B." + parts[1]
            guard let b = values[otherName], var weight = merged[weightName] else {
                throw .missing([values[otherName] == nil ? otherName : weightName])
            }
            let inputs = a.shape.last ?? 0, third = Third(rawValue: parts[1])?.index ?? 0
            guard a.rank == 2, b.rank == 2, b.shape[1] == a.shape[0], weight.rank == 2, weight.shape[1] == inputs,
                (third + 1) * b.shape[0] <= weight.shape[0]
            else {
                throw .shape(name: name, expected: [b.shape.last ?? 0, weight.shape.last ?? 0], found: a.shape)
            }
            let change = b.matmul(a) * scale, first = third * b.shape[0] * inputs
            change.withUnsafeBuffer { change in
                weight.withUnsafeMutableBuffer { for i in 0..<change.count { $0[first + i] += change[i] } }
            }
            merged[weightName] = weight
            merged[name] = nil
            merged[otherName] = nil
        }
        return merged
    }
}

extension ParameterStore {
    /// Whether a layer has an adapter.
    public var hasAdapters: Bool { !adapters.isEmpty }

    /// Freezes the parameters whose names match, `*` for anything; adapters stay trainable.
    public func freeze(_ pattern: String = "*") {
        let adapted = Set(adapters.flatMap(\.parameters).map(ObjectIdentifier.init))
        for parameter in parameters where !adapted.contains(ObjectIdentifier(parameter)) && fnmatch(pattern, parameter.name, 0) == 0 {
            parameter.isTrainable = false
        }
    }

    /// Works every adapter into the weight that it adapts; outputs stay, and the adapters start again from nothing.
    public func mergeAdapters() { for adapter in adapters { adapter.merge() } }

    /// The adapters' values alone, by name: what a file of them holds.
    public var adapterValues: [String: Tensor] {
        Dictionary(uniqueKeysWithValues: adapters.flatMap(\.parameters).map { ($0.name, $0.value) })
    }

    /// Takes the adapters' values; all of them must be there, in shape, and nothing else. Throws `ParameterError`, changing nothing.
    public func loadAdapters(_ values: [String: Tensor]) throws(ParameterError) {
        let known = Set(adapterValues.keys), missing = known.subtracting(values.keys), unexpected = Set(values.keys).subtracting(known)
        if !missing.isEmpty { throw .missing(missing.sorted()) }
        if !unexpected.isEmpty { throw .unexpected(unexpected.sorted()) }
        try load(values, strict: false)
    }

    /// All values under the names that a network without adapters has: adapters left out, for a file that any reader of the model understands.
    /// Merge first, or what they learned is not in it.
    public var valuesWithoutAdapters: [String: Tensor] {
        let adapted = Set(adapterValues.keys)
        return values().filter { !adapted.contains($0.key) }
    }
}
