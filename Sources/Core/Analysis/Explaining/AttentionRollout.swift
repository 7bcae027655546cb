// Attention rollout (Abnar and Zuidema, "Quantifying Attention Flow in Transformers", ACL 2020) for divided space-time attention.
//
// Rollout follows an output back to the inputs: a layer with residual passes half of a token's weight straight on and half along its attention,
// (A + I) / 2 with the heads' mean as A, and the layers' matrices are multiplied. A layer of TimeSformer has two attentions one after the other,
// each with its residual, so it is two such matrices. Neither is full: over time a patch attends to itself in the other frames, over space a frame's
// patches and its own copy of the clip's token attend to each other, and the copies are averaged. So a row of weights over the tokens is taken
// through the layers from the last to the first, and the matrix over all tokens is never made.

/// One layer's attention, the mean over its heads.
public struct DividedAttention: Sendable, Equatable {
    /// Within each frame `[frames, 1 + patches, 1 + patches]`, row-major; place 0 is the clip's token. Rows add up to 1.
    public var spatial: [Float]
    /// Of each patch `[patches, frames, frames]`. Rows add up to 1.
    public var temporal: [Float]

    public init(spatial: [Float], temporal: [Float]) {
        self.spatial = spatial
        self.temporal = temporal
    }
}

/// How much of an output comes from each input token.
public struct TokenWeights: Sendable, Equatable {
    /// The clip's own token, which is no part of any picture.
    public var clip: Double
    /// `[frames, patches]`.
    public var patches: [[Double]]

    public init(clip: Double, patches: [[Double]]) {
        self.clip = clip
        self.patches = patches
    }

    /// Every token alike: an output that is the mean over all tokens.
    public static func uniform(frames: Int, patches: Int, withClip: Bool) -> TokenWeights {
        let weight = 1 / Double(frames * patches + (withClip ? 1 : 0))
        return TokenWeights(clip: withClip ? weight : 0, patches: .init(repeating: .init(repeating: weight, count: patches), count: frames))
    }

    /// Every patch of one frame alike: the mean over that frame.
    public static func frame(_ frame: Int, of frames: Int, patches: Int) -> TokenWeights {
        var weights = TokenWeights(clip: 0, patches: .init(repeating: .init(repeating: 0, count: patches), count: frames))
        weights.patches[frame] = .init(repeating: 1 / Double(patches), count: patches)
        return weights
    }

    public var sum: Double { clip + patches.joined().reduce(0, +) }
    /// `[frames]`.
    public var frames: [Double] { patches.map { $0.reduce(0, +) } }
}

public struct AttentionRollout: Sendable {
    public let frames: Int
    public let patches: Int
    /// In the order in which tokens pass them.
    public let layers: [DividedAttention]

    public init(frames: Int, patches: Int, layers: [DividedAttention]) {
        for layer in layers {
            precondition(
                layer.spatial.count == frames * (1 + patches) * (1 + patches) && layer.temporal.count == patches * frames * frames,
                "attention of other sizes")
        }
        (self.frames, self.patches, self.layers) = (frames, patches, layers)
    }

    /// The input tokens' shares in an output that is so much of each output token. The sum stays.
    public func weights(of output: TokenWeights) -> TokenWeights {
        layers.reversed().reduce(output) { weights, layer in beforeTime(beforeSpace(weights, layer.spatial), layer.temporal) }
    }

    /// weights · (A + I) / 2 of the attention over space.
    private func beforeSpace(_ weights: TokenWeights, _ attention: [Float]) -> TokenWeights {
        let side = 1 + patches
        var before = weights
        before.clip /= 2
        for frame in 0..<frames {
            for patch in 0..<patches { before.patches[frame][patch] /= 2 }
            let base = frame * side * side
            func spread(_ weight: Double, from row: Int) {
                guard weight != 0 else { return }
                before.clip += weight * Double(attention[base + row * side])
                for patch in 0..<patches { before.patches[frame][patch] += weight * Double(attention[base + row * side + 1 + patch]) }
            }
            // Each frame's copy of the clip's token is one of as many that are averaged.
            spread(weights.clip / 2 / Double(frames), from: 0)
            for patch in 0..<patches { spread(weights.patches[frame][patch] / 2, from: 1 + patch) }
        }
        return before
    }

    /// weights · (A + I) / 2 of the attention over time, in which the clip's token takes no part.
    private func beforeTime(_ weights: TokenWeights, _ attention: [Float]) -> TokenWeights {
        var before = weights
        for patch in 0..<patches {
            for frame in 0..<frames { before.patches[frame][patch] /= 2 }
            for frame in 0..<frames {
                let base = (patch * frames + frame) * frames, half = weights.patches[frame][patch] / 2
                for other in 0..<frames { before.patches[other][patch] += half * Double(attention[base + other]) }
            }
        }
        return before
    }
}
