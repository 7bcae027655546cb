// A clip's sight and sound as a run's model gets them, to be looked at.
import Corpora

public struct ClipPreview: Sendable, Equatable {
    /// Faces `[frames, size, size, 3]`; empty without pictures.
    public var pictures: [UInt8] = []
    public var frames = 0
    /// Side of a picture, px.
    public var size = 0
    /// For each frame the probability of the face that was cut, nil where none was found and the centred square stands in.
    public var scores: [Float?] = []
    /// Pairs of minimum and maximum: `[slices * 2]`; empty without sound.
    public var envelope: [Float] = []
    /// `[melBands, melFrames]`, the padded ends cut off.
    public var mel: [Float] = []
    public var melBands = 0
    public var melFrames = 0
    /// Start and end of the spectrogram in the clip, s.
    public var soundStart = 0.0, soundEnd = 0.0
    /// Hz of the spectrogram's upper edge.
    public var highest = 0.0
    /// Seconds of the whole clip.
    public var duration = 0.0

    public init() {}
}

/// Prepares clips to be looked at. Takes time where a clip is not in the cache yet.
public protocol ClipPreviewer: Sendable {
    /// A clip as the clips of a run were prepared; of no run, or of one that has not begun, as those of a run that begins now.
    func preview(of clip: Clip, like run: Int64?) throws -> ClipPreview
}
