// Progressive middle fusion: sound attends to picture and picture to sound, in stages (zu-dann §4).
import Tensors

/// One stage: cross-attention both ways, residual, layer norm.
public struct CrossModalStage {
    private let audioToVideo, videoToAudio: MultiHeadAttention
    private let audioNorm, videoNorm: LayerNorm

    public init(_ width: Int, heads: Int, at scope: Scope) {
        audioToVideo = MultiHeadAttention(width, heads: heads, at: scope["av"])
        videoToAudio = MultiHeadAttention(width, heads: heads, at: scope["va"])
        audioNorm = LayerNorm(width, at: scope["na"])
        videoNorm = LayerNorm(width, at: scope["nv"])
    }

    /// `audio` `[batch, steps, width]`, of which `lengths` are sound; `video` `[batch, frames, width]`.
    public func callAsFunction(_ audio: Tensor, _ video: Tensor, lengths: [Int]?, _ context: Context) -> StageOutput {
        let heard = audioToVideo(audio, memory: video, context)
        let seen = videoToAudio(video, memory: audio, lengths: lengths, context)
        return StageOutput(
            audio: audioNorm(audio + heard.output, context), video: videoNorm(video + seen.output, context),
            audioToVideo: heard.weights, videoToAudio: seen.weights)
    }
}

public struct StageOutput: Sendable {
    public var audio, video: Tensor
    /// `[batch, heads, steps, frames]` and `[batch, heads, frames, steps]`.
    public var audioToVideo, videoToAudio: Tensor?
}

/// The stages one after the other.
public struct ProgressiveFusion {
    private let stages: [CrossModalStage]

    public init(_ width: Int, heads: Int, stages count: Int, at scope: Scope) {
        stages = (0..<count).map { CrossModalStage(width, heads: heads, at: scope["stages"][$0]) }
    }

    /// Every stage's output, in order.
    public func callAsFunction(_ audio: Tensor, _ video: Tensor, lengths: [Int]?, _ context: Context) -> [StageOutput] {
        var outputs: [StageOutput] = []
        var (audio, video) = (audio, video)
        for stage in stages {
            let output = stage(audio, video, lengths: lengths, context)
            (audio, video) = (output.audio, output.video)
            outputs.append(output)
        }
        return outputs
    }
}

extension Tensor {
    /// Mean over steps `[batch, steps, width]` → `[batch, width]`, of the first `lengths[b]` where they are given.
    func meanOverSteps(lengths: [Int]?) -> Tensor {
        guard let lengths else { return mean(axis: 1) }
        let (b, t, d) = (shape[0], shape[1], shape[2])
        let weights = lengths.flatMap { length in (0..<t).map { $0 < length ? 1 / Float(length) : 0 } }
        return Tensor(weights, shape: [b, 1, t]).matmul(self).reshaped([b, d])
    }
}
