// Late fusion: one classifier a modality, whose probabilities are combined (zu-dann §4).
import Tensors

public struct LateFusion {
    public enum Rule: Sendable {
        /// Weighted by the softmax of two learned numbers, which start equal.
        case learned
        case average
        /// Each modality's first choice is a vote, and of two different ones the more confident counts.
        case vote
    }

    private let audioHead, videoHead: TwoLayerHead
    /// Sound's and picture's, before the softmax.
    private let weights: Parameter?
    private let rule: Rule

    public init(_ width: Int, classes: Int, rule: Rule, dropout: Double, at scope: Scope) {
        audioHead = TwoLayerHead(width, hidden: width, outputs: classes, dropout: dropout, at: scope["head_audio"])
        videoHead = TwoLayerHead(width, hidden: width, outputs: classes, dropout: dropout, at: scope["head_video"])
        weights = rule == .learned ? scope["late"].parameter("weights", [2], .zeros) : nil
        self.rule = rule
    }

    /// Logits are the logarithms of the combined probabilities, so that softmax and cross-entropy see exactly these.
    /// `audio` and `video` are `[batch, width]`; with each modality's own logits.
    func callAsFunction(audio: Tensor?, video: Tensor?, _ context: Context) -> (logits: Tensor, byModality: [String: Tensor]) {
        guard let audio, let video else { preconditionFailure("late fusion has both modalities") }
        let heard = audioHead(audio, context), seen = videoHead(video, context)
        let (a, v) = (heard.logSoftmax(), seen.logSoftmax())
        // A vote has no gradient, so it trains as the average does.
        let logits = rule == .vote && !context.isTraining ? Self.vote(a, v) : combine(a, v, context)
        return (logits, ["audio": heard, "video": seen])
    }

    private func combine(_ a: Tensor, _ v: Tensor, _ context: Context) -> Tensor {
        guard let weights else { return logAddExp(a, v) - log2 }
        let shares = context(weights).logSoftmax()
        return logAddExp(a + shares.sliced(axis: 0, from: 0, to: 1), v + shares.sliced(axis: 0, from: 1, to: 2))
    }

    /// Where both choose the same class, the average of their probabilities, which chooses it too; else those of the more confident one
    /// (of equals, the sound's): a distribution whose largest entry is the vote's winner.
    private static func vote(_ a: Tensor, _ v: Tensor) -> Tensor {
        let classes = a.shape[1], average = (logAddExp(a, v) - log2).values
        let (own, other) = (a.values, v.values), (first, second) = (a.argMax(), v.argMax())
        var values: [Float] = []
        for row in first.indices {
            let place = row * classes..<(row + 1) * classes
            if first[row] == second[row] {
                values += average[place]
            } else {
                values += own[place.lowerBound + first[row]] >= other[place.lowerBound + second[row]] ? own[place] : other[place]
            }
        }
        return Tensor(values, shape: a.shape)
    }
}

private let log2 = Float(0.693_147_2)

/// log(exp(a) + exp(b)), element by element, without overflow or a logarithm of 0 (NumPy's `logaddexp`).
private func logAddExp(_ a: Tensor, _ b: Tensor) -> Tensor {
    // The larger one is a constant: its part of the gradient cancels.
    let larger = Tensor(zip(a.values, b.values).map { max($0, $1) }, shape: a.shape)
    return larger + ((a - larger).exp() + (b - larger).exp()).log()
}
