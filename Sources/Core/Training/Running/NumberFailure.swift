// A loss, a gradient or a weight that is not a number: what it was, and which clips brought it.
import Foundation
import Networks
import Tensors

/// Why a step could not be taken. The weights are as they were before it.
struct NumberFailure: Error, CustomStringConvertible {
    enum Place: Equatable {
        case loss(Double)
        case gradient(parameter: String)
        /// Wrong before the step: no clip is to blame, and leaving one out mends nothing.
        case weights(parameter: String)
    }

    var place: Place
    /// Of the batch, by its rows: clips whose input is no number, else those whose answer is none. Empty where they cannot be told apart.
    var culprits: [Int] = []

    var description: String {
        switch place {
        case .loss(let value): "the loss is \(value)"
        case .gradient(let name): "the gradient of \(name) is not a number"
        case .weights(let name): "the weight \(name) is not a number"
        }
    }

    /// Looks for what is wrong with a step whose loss is not a number.
    init(loss: Double, store: ParameterStore, input: NetworkInput, logits: Tensor) {
        if let name = Self.brokenWeight(of: store) {
            self.init(place: .weights(parameter: name))
        } else {
            self.init(place: .loss(loss))
            blame(input, logits)
        }
    }

    /// For a gradient whose norm is not a number: a maximum or a rectifier may have hidden from the loss what was wrong. One that is only too large to
    /// be squared in 32 bits has no parameter of its own.
    init(gradientsOf store: ParameterStore, input: NetworkInput, logits: Tensor) {
        let name = Self.firstBroken(store.parameters.compactMap { parameter in parameter.gradient.map { (parameter.name, $0) } })
        self.init(place: .gradient(parameter: name ?? "all parameters together"))
        blame(input, logits)
    }

    private mutating func blame(_ input: NetworkInput, _ logits: Tensor) {
        let inputs = [input.pictures, input.mel, input.videoTokens].compactMap(\.self).reduce(into: Set<Int>()) {
            $0.formUnion(Self.brokenRows($1))
        }
        culprits = (inputs.isEmpty ? Set(Self.brokenRows(logits)) : inputs).sorted()
    }

    init(place: Place) { self.place = place }

    /// The first weight that holds something else than numbers.
    static func brokenWeight(of store: ParameterStore) -> String? { firstBroken(store.parameters.map { ($0.name, $0.value) }) }

    private static func firstBroken(_ tensors: [(String, Tensor)]) -> String? { tensors.first { !$0.1.isFinite }?.0 }

    /// Rows of the first dimension that hold something else than numbers.
    private static func brokenRows(_ tensor: Tensor) -> [Int] {
        guard !tensor.isFinite, let rows = tensor.shape.first, rows > 0 else { return [] }
        return tensor.withUnsafeBuffer { values in
            let width = values.count / rows
            return (0..<rows).filter { row in !values[row * width..<(row + 1) * width].allSatisfy(\.isFinite) }
        }
    }
}
