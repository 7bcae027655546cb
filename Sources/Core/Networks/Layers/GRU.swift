// Gated recurrent units with PyTorch's gates, names and order of layers (parity notes §5).
import Tensors

public struct GRU {
    struct Direction {
        let inputWeight, hiddenWeight, inputBias, hiddenBias: Parameter
    }

    /// `layers[l][d]`, forward direction first.
    let layers: [[Direction]]
    let dropout: Double
    public let hidden: Int

    /// How weights are drawn.
    public enum Start: Sendable {
        /// Everything uniform within 1/√hidden.
        case pytorch
        /// Xavier for inputs, orthogonal for states, biases 0.
        case orthogonal
    }

    public init(
        _ input: Int, hidden: Int, layers count: Int, bidirectional: Bool = true, dropout: Double = 0, start: Start = .pytorch,
        at scope: Scope
    ) {
        self.hidden = hidden
        self.dropout = dropout
        let directions = bidirectional ? ["", "_reverse"] : [""]
        let bound = Initialiser.uniform(1 / Float(hidden).squareRoot())
        let (weightIH, weightHH, bias): (Initialiser, Initialiser, Initialiser) =
            start == .pytorch ? (bound, bound, bound) : (.xavierUniform, .orthogonal, .zeros)
        layers = (0..<count).map { layer in
            let width = layer == 0 ? input : hidden * directions.count
            return directions.map { direction in
                let suffix = "_l\(layer)\(direction)"
                return Direction(
                    inputWeight: scope.parameter("weight_ih" + suffix, [3 * hidden, width], weightIH),
                    hiddenWeight: scope.parameter("weight_hh" + suffix, [3 * hidden, hidden], weightHH),
                    inputBias: scope.parameter("bias_ih" + suffix, [3 * hidden], bias),
                    hiddenBias: scope.parameter("bias_hh" + suffix, [3 * hidden], bias))
            }
        }
    }
}

extension GRU {
    /// `[batch, time, input]` to `[batch, time, directions * hidden]` and the last states `[batch, directions * hidden]`.
    /// With `lengths`, each clip ends at its own; what lies past it is 0.
    public func callAsFunction(_ x: Tensor, lengths: [Int]?, _ context: Context) -> (output: Tensor, final: Tensor) {
        let weights = layers.map { directions in
            directions.map {
                RecurrentWeights(
                    inputWeight: context($0.inputWeight), hiddenWeight: context($0.hiddenWeight), inputBias: context($0.inputBias),
                    hiddenBias: context($0.hiddenBias))
            }
        }
        let drops = context.isTraining && dropout > 0 && layers.count > 1
        let keys = drops ? layers.dropLast().map { _ in context.dropoutKey() } : []
        let result = x.gru(layers: weights, lengths: lengths, dropout: drops ? (Float(dropout), keys) : nil)
        return (result.output, result.final)
    }
}
