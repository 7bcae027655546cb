// One modality on its way into fusion: encoder, tokens, projection to the common width.
import Tensors

extension ZuDann {
    struct Stream {
        /// `[batch, steps, width]`, projected.
        var tokens: Tensor
        var lengths: [Int]?
        /// `[batch, steps]`, where steps are pooled by attention.
        var weights: Tensor?
        /// The encoder's attention for drawing; differs from `weights` where the tokens are pooled already.
        var shownWeights: Tensor?

        var pooled: Tensor { pool(tokens) }

        func pool(_ steps: Tensor) -> Tensor {
            guard let weights else { return steps.meanOverSteps(lengths: lengths) }
            let (b, t, d) = (steps.shape[0], steps.shape[1], steps.shape[2])
            return weights.reshaped([b, 1, t]).matmul(steps).reshaped([b, d])
        }
    }

    func hear(_ encoder: EmoCatcher, _ input: NetworkInput, _ context: Context) -> Stream {
        guard let mel = input.mel, let project = audioProjection else { preconditionFailure("this network needs sound") }
        let encoded = encoder(mel, lengths: input.melLengths, context)
        if !settings.isPooled {
            return Stream(
                tokens: project(encoded.sequence, context), lengths: encoded.lengths, weights: encoded.weights,
                shownWeights: encoded.weights)
        }
        guard let pooled = encoded.pooled else { preconditionFailure("an encoder that is pooled has attention") }
        let token = project(pooled, context).reshaped([mel.shape[0], 1, settings.width])
        return Stream(tokens: token, shownWeights: encoded.weights)
    }

    func see(_ encoder: TimeSformer, _ input: NetworkInput, _ context: Context, _ attention: inout [String: Tensor]) -> Stream {
        guard let project = videoProjection else { preconditionFailure("an encoder has a projection") }
        if let tokens = input.videoTokens { return Stream(tokens: project(tokens, context)) }
        guard let pictures = input.pictures else { preconditionFailure("this network needs pictures") }
        let encoded = encoder(pictures, context)
        for (layer, map) in encoded.spatialAttention.enumerated() { attention["video.spatial.\(layer)"] = map }
        for (layer, map) in encoded.temporalAttention.enumerated() { attention["video.temporal.\(layer)"] = map }
        return Stream(tokens: project(videoTokens(encoded), context))
    }

    public func videoTokens(of pictures: Tensor, _ context: Context) -> Tensor? { video.map { videoTokens($0(pictures, context)) } }

    /// What fusion sees of the encoder's output, before the projection: `[batch, tokens, width of the encoder]`. Patches come frame by frame.
    private func videoTokens(_ encoded: TimeSformer.Output) -> Tensor {
        if settings.isPooled { return encoded.tokens.mean(axis: 1, keep: true) }
        guard settings.tokens == .patches else { return encoded.frameTokens }
        let (b, n, t, d) = (
            encoded.patchTokens.shape[0], encoded.patchTokens.shape[1], encoded.patchTokens.shape[2], encoded.patchTokens.shape[3]
        )
        return encoded.patchTokens.transposed(1, 2).reshaped([b, t * n, d])
    }
}
