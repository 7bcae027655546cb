import Features
import Foundation
import Media

/// What is made of a clip before training (zu-dann §2-3). Its `key` names what is stored: clips of two settings never mix.
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

    /// Sixteen hexadecimal digits over the version and all settings but the normalisation, which is done to what is stored.
    public var key: String {
        var hash = StableHash()
        hash.combine("emolab prepared clip, version \(Self.version)")
        let mel = sound.mel
        for number in [mel.rate, mel.fftLength, mel.hopLength, mel.bands, sound.frames, frames, size] { hash.combine("\(number)") }
        if let window = mel.windowLength { hash.combine("window \(window)") }
        for number in [mel.minimumFrequency, mel.maximumFrequency] { hash.combine("\(number)") }
        for text in ["\(sound.cutsToSpeech)", faces.key] { hash.combine(text) }
        return hash.text
    }

    /// All settings as JSON, for people who look into a store.
    var words: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Plain numbers, names and truth values: there is nothing that JSON could not hold.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// - Throws: `MediaError.invalidRequest` where no clip can be made with these settings.
    public func check() throws {
        try sound.mel.check()
        guard (1...4096).contains(sound.frames), (1...1024).contains(frames), (8...2048).contains(size) else {
            throw MediaError.invalidRequest(
                file: nil,
                what: "preparation: \(sound.frames) spectrogram frames, \(frames) pictures of \(size) px: out of 1-4096, 1-1024 and 8-2048")
        }
    }
}
