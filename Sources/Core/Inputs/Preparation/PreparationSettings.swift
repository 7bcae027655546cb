import Faces
import Foundation
import Media

/// What is asked for of a clip before training (zu-dann §2-3); `EffectivePreparation` says what was carried out.
public struct PreparationSettings: Sendable, Codable, Hashable {
    /// Grows with every change of code that changes what preparation gives.
    public static let version = 3
    /// Pairs of the envelope that panes draw.
    public static let envelopeSlices = 256

    public var sound: MelImageSettings
    /// Pictures a clip, linearly spaced, the last frame included.
    public var frames: Int
    /// Side of a face in px.
    public var size: Int
    public var faces: FaceSettings

    public init(
        sound: MelImageSettings = MelImageSettings(normalisation: .speech), frames: Int = 8, size: Int = 112,
        faces: FaceSettings = FaceSettings(detector: .centredSquare)
    ) {
        self.sound = sound
        self.frames = frames
        self.size = size
        self.faces = faces
    }

    /// Pictures of a clip.
    public static let frameCounts = 1...1024
    /// Sides of a picture, px.
    public static let sizes = 8...2048

    /// - Throws: `MediaError.invalidRequest` where no clip can be made with these settings.
    public func check() throws {
        try sound.mel.check()
        guard (1...4096).contains(sound.frames), Self.frameCounts.contains(frames), Self.sizes.contains(size) else {
            throw MediaError.invalidRequest(
                file: nil,
                what: "preparation: \(sound.frames) spectrogram frames, \(frames) pictures of \(size) px: out of 1-4096, 1-1024 and 8-2048")
        }
    }
}
