// Random changes to training clips that do not change the emotion (zu-dann §5, ours): the same for all frames of a clip.
import Base
import Foundation
import Inputs
import Media
import Tensors

/// What was drawn for one clip. What is nil is left alone, bit for bit.
public struct AugmentationDraw: Sendable, Codable, Equatable {
    /// By how much the window on the sound moves, in samples of the spectrogram's rate; later where positive.
    public var timeShift: Int?
    /// Loudness, dB.
    public var gain: Double?
    /// Signal-to-noise ratio of the white noise, dB.
    public var noise: Double?
    /// Bands and columns of the spectrogram set to the mean.
    public var maskedBands: [Range<Int>] = []
    public var maskedFrames: [Range<Int>] = []
    public var isMirrored = false
    /// Factors.
    public var brightness: Double?
    public var contrast: Double?
    public var saturation: Double?
    public var cut: Cut?
    /// The modality that is taken away.
    public var dropped: Modality?

    public enum Modality: String, Sendable, Codable { case sound, picture }

    public init(
        timeShift: Int? = nil, gain: Double? = nil, noise: Double? = nil, isMirrored: Bool = false, brightness: Double? = nil,
        contrast: Double? = nil, saturation: Double? = nil, cut: Cut? = nil
    ) {
        self.timeShift = timeShift
        self.gain = gain
        self.noise = noise
        self.isMirrored = isMirrored
        self.brightness = brightness
        self.contrast = contrast
        self.saturation = saturation
        self.cut = cut
    }

    /// The square that is cut out of each picture and brought back to its size.
    public struct Cut: Sendable, Codable, Equatable {
        /// Of the picture's side.
        public var side: Double
        /// Of the square's middle, from the picture's middle, as shares of the side.
        public var x, y: Double
        /// Degrees, anticlockwise as seen.
        public var angle: Int
    }
}

/// Augments clips that were prepared for the same inputs. Used from any thread.
public struct Augmentation: Sendable {
    public let settings: AugmentationSettings
    private let sound: MelImageSettings
    private let front: MelFrontEnd
    /// Whether the model has something left where one modality is taken away.
    private let hasBothModalities: Bool

    /// - Parameter modalities: those of the model.
    /// - Throws: `MediaError.invalidRequest` for inputs that make no spectrogram.
    public init(_ settings: AugmentationSettings, inputs: InputSettings, modalities: ModelSettings.Modalities = .both) throws {
        self.settings = settings
        hasBothModalities = modalities == .both
        sound = inputs.preparation.sound
        front = try MelFrontEnd(sound)
    }

    /// A changed copy; the stream decides all of it.
    public func apply(to clip: PreparedClip, _ stream: RandomStream) throws -> PreparedClip {
        guard settings.enabled else { return clip }
        return try apply(draw(for: clip, stream), to: clip, stream)
    }

    // MARK: Drawing

    /// What the stream decides for a clip. Each change draws from a stream of its own, so that leaving one out changes no other.
    public func draw(for clip: PreparedClip, _ stream: RandomStream) -> AugmentationDraw {
        var draw = AugmentationDraw()
        guard settings.enabled else { return draw }
        if clip.hasAudio { drawSound(&draw, clip, stream) }
        if clip.hasVideo { drawPicture(&draw, stream) }
        if hasBothModalities, clip.hasAudio, clip.hasVideo, settings.modalityDropout > 0 {
            var modality = stream.substream("modality")
            if Double(modality.uniform()) < settings.modalityDropout { draw.dropped = modality.uniform() < 0.5 ? .sound : .picture }
        }
        return draw
    }

    private func drawSound(_ draw: inout AugmentationDraw, _ clip: PreparedClip, _ stream: RandomStream) {
        // At most a quarter of the sound is lost.
        let most = min(settings.timeShift, clip.soundFrames / 4)
        if most > 0 {
            var time = stream.substream("time")
            let reach = most * sound.mel.hopLength
            draw.timeShift = time.int(below: 2 * reach + 1) - reach
        }
        if settings.gain > 0 {
            var gain = stream.substream("gain")
            draw.gain = settings.gain * Double(2 * gain.uniform() - 1)
        }
        var noise = stream.substream("noise")
        if Double(noise.uniform()) < settings.noise {
            draw.noise = settings.noiseMinimum + (settings.noiseMaximum - settings.noiseMinimum) * Double(noise.uniform())
        }
        var masks = stream.substream("masks")
        for _ in 0..<settings.masks {
            draw.maskedBands.append(span(in: 0..<clip.melBands, &masks))
            draw.maskedFrames.append(span(in: clip.firstSoundFrame..<clip.firstSoundFrame + clip.soundFrames, &masks))
        }
    }

    private func drawPicture(_ draw: inout AugmentationDraw, _ stream: RandomStream) {
        if settings.mirror {
            var mirror = stream.substream("mirror")
            draw.isMirrored = mirror.uniform() < 0.5
        }
        func factor(_ name: String, _ most: Double) -> Double? {
            guard most > 0 else { return nil }
            var stream = stream.substream(name)
            return 1 + most * Double(2 * stream.uniform() - 1)
        }
        draw.brightness = factor("brightness", settings.brightness)
        draw.contrast = factor("contrast", settings.contrast)
        draw.saturation = factor("saturation", settings.saturation)
        guard settings.crop < 1 || settings.jitter > 0 || settings.rotation > 0 else { return }
        var (crop, jitter, rotation) = (stream.substream("crop"), stream.substream("jitter"), stream.substream("rotation"))
        let side = 1 - (1 - settings.crop) * Double(crop.uniform())
        func middle() -> Double { (1 - side) * (Double(crop.uniform()) - 0.5) + settings.jitter * Double(2 * jitter.uniform() - 1) }
        let (x, y) = (middle(), middle())
        draw.cut = AugmentationDraw.Cut(
            side: side, x: x, y: y, angle: settings.rotation > 0 ? rotation.int(below: 2 * settings.rotation + 1) - settings.rotation : 0)
    }

    /// A random stretch of at most `maskWidth` and at most a quarter of the range.
    private func span(in range: Range<Int>, _ stream: inout RandomStream) -> Range<Int> {
        let width = stream.int(below: min(settings.maskWidth, range.count / 4) + 1)
        let start = range.lowerBound + stream.int(below: range.count - width + 1)
        return start..<start + width
    }

    // MARK: Carrying out

    /// - Parameter stream: the one that `draw` came from; the noise comes from it.
    public func apply(_ draw: AugmentationDraw, to clip: PreparedClip, _ stream: RandomStream) throws -> PreparedClip {
        var clip = clip
        if draw.timeShift != nil || draw.gain != nil || draw.noise != nil {
            if let original = clip.sound {
                let image = try changedSound(original, draw, stream).image(by: front)
                clip.replaceImage(image.mel, firstSoundFrame: image.firstSoundFrame)
            } else if let shift = draw.timeShift {
                moveWindow(&clip, by: shift / sound.mel.hopLength)
            }
        }
        for bands in draw.maskedBands {
            clear(&clip, bands: bands, frames: clip.firstSoundFrame..<clip.firstSoundFrame + clip.soundFrames)
        }
        for frames in draw.maskedFrames { clear(&clip, bands: 0..<clip.melBands, frames: frames) }
        PictureChanges(draw, size: clip.size).apply(to: &clip.pictures)
        switch draw.dropped {
        case .sound: clip.removeSound()
        case .picture: clip.removePictures()
        case nil: break
        }
        return clip
    }

    /// What is heard of a clip after the change: the stretch that its image shows.
    public func waveform(of clip: PreparedClip, _ draw: AugmentationDraw, _ stream: RandomStream) -> Waveform? {
        guard let original = clip.sound else { return nil }
        let changed = changedSound(original, draw, stream)
        return Waveform(samples: Array(changed.samples[changed.heard]), rate: changed.rate)
    }

    private func changedSound(_ original: PreparedSound, _ draw: AugmentationDraw, _ stream: RandomStream) -> SoundStretch {
        var stretch = SoundStretch(
            original, sound, shift: draw.timeShift ?? 0, factor: Float(draw.gain.map(Augmentation.ratio) ?? 1))
        if let ratio = draw.noise {
            // White: uniform values.
            var stream = stream.substream("white")
            stretch.add(stretch.samples.map { _ in 2 * stream.uniform() - 1 }, ratio: ratio)
        }
        return stretch
    }

    /// Of amplitudes, from dB.
    private static func ratio(_ decibels: Double) -> Double { pow(10, decibels / 20) }

    /// Where the sound itself is not at hand: frames are lost at its start or end.
    private func moveWindow(_ clip: inout PreparedClip, by shift: Int) {
        let all = clip.firstSoundFrame..<clip.firstSoundFrame + clip.soundFrames
        let lost = shift > 0 ? all.lowerBound..<(all.lowerBound + shift) : (all.upperBound + shift)..<all.upperBound
        clear(&clip, bands: 0..<clip.melBands, frames: lost)
        if shift > 0 { clip.firstSoundFrame += shift }
        clip.soundFrames -= abs(shift)
    }

    private func clear(_ clip: inout PreparedClip, bands: Range<Int>, frames: Range<Int>) {
        for band in bands {
            for frame in frames { clip.mel[band * clip.melFrames + frame] = 0 }
        }
    }
}

extension PreparedClip {
    /// As preparation leaves a clip without sound.
    package mutating func removeSound() {
        for index in mel.indices { mel[index] = 0 }
        (firstSoundFrame, soundFrames) = (0, 0)
    }

    /// Every picture becomes grey.
    package mutating func removePictures() {
        for index in pictures.indices { pictures[index] = 128 }
    }
}
