// What a trainer knows of a network: named inputs in, logits, embeddings and attention maps out.
import Tensors

/// A batch of clips as tensors. Which of them a network reads is its own matter.
public struct NetworkInput: Sendable {
    /// Log-mel spectrograms `[batch, bands, frames]`.
    public var mel: Tensor?
    /// Frames of `mel` that are sound, from frame 0 on; `nil` where padding is treated as sound.
    public var melLengths: [Int]?
    /// Faces `[batch, frames, 3, height, width]`, 0…1.
    public var pictures: Tensor?
    /// What the network's video encoder makes of the pictures, in their place: see `Network.videoTokens(of:_:)`.
    public var videoTokens: Tensor?

    public init(mel: Tensor? = nil, melLengths: [Int]? = nil, pictures: Tensor? = nil, videoTokens: Tensor? = nil) {
        self.mel = mel
        self.melLengths = melLengths
        self.pictures = pictures
        self.videoTokens = videoTokens
    }
}

public struct NetworkOutput: Sendable {
    /// `[batch, classes]`.
    public var logits: Tensor
    /// Vectors `[batch, width]` by place: where a discriminator can stand, e.g. `fused`, `audio`, `stage1`.
    public var embeddings: [String: Tensor]
    /// Attention weights by place, for drawing: `audio` is `[batch, steps]`, `stage1.audio_to_video` is `[batch, heads, steps, frames]`.
    public var attention: [String: Tensor]
    /// Logits `[batch, classes]` of each modality's own classifier (`audio`, `video`), where the fusion is late.
    public var modalityLogits: [String: Tensor] = [:]

    public init(logits: Tensor, embeddings: [String: Tensor], attention: [String: Tensor]) {
        self.logits = logits
        self.embeddings = embeddings
        self.attention = attention
    }
}

/// A published system's network. New systems are new files that conform.
public protocol Network: AnyObject {
    /// Widths of the embeddings it gives, by place.
    var embeddingWidths: [String: Int] { get }
    func callAsFunction(_ input: NetworkInput, _ context: Context) -> NetworkOutput
    /// What the video encoder alone makes of pictures, `[batch, tokens, width]`, to be given as `NetworkInput.videoTokens`: where it is frozen,
    /// once a clip is enough. Nil where the network has no such encoder.
    func videoTokens(of pictures: Tensor, _ context: Context) -> Tensor?
}

extension Network {
    public func videoTokens(of pictures: Tensor, _ context: Context) -> Tensor? { nil }
}
