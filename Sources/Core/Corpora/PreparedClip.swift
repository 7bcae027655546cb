import Features

/// A clip as the model wants it: spectrogram and frames, and what finding them gave.
public struct PreparedClip: Sendable, Equatable {
    /// Log-mel spectrogram `[melBands, melFrames]`, row-major, dB, normalised and padded as the settings say.
    public var mel: [Float]
    public var melBands: Int
    public var melFrames: Int
    /// First frame of `mel` that is sound, not padding, and the number of such frames.
    public var firstSoundFrame: Int
    public var soundFrames: Int
    /// Faces `[frames, size, size, 3]`, 8-bit RGB.
    public var pictures: [UInt8]
    public var frames: Int
    public var size: Int
    /// One finding a frame.
    public var faces: [FaceFinding]
    /// Seconds of the whole clip.
    public var duration: Double
    /// False where voice activity found no speech and the whole clip was kept.
    public var hasSpeech: Bool
    /// The sound's envelope for drawing: pairs of minimum and maximum over equal slices, `[slices * 2]`.
    public var envelope: [Float]
    public var hasAudio: Bool
    public var hasVideo: Bool

    public init(
        mel: [Float], melBands: Int, melFrames: Int, firstSoundFrame: Int, soundFrames: Int, pictures: [UInt8], frames: Int,
        size: Int, faces: [FaceFinding], duration: Double, hasSpeech: Bool, envelope: [Float], hasAudio: Bool, hasVideo: Bool
    ) {
        self.mel = mel
        self.melBands = melBands
        self.melFrames = melFrames
        self.firstSoundFrame = firstSoundFrame
        self.soundFrames = soundFrames
        self.pictures = pictures
        self.frames = frames
        self.size = size
        self.faces = faces
        self.duration = duration
        self.hasSpeech = hasSpeech
        self.envelope = envelope
        self.hasAudio = hasAudio
        self.hasVideo = hasVideo
    }
}
