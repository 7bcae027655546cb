// Random changes to training clips that do not change the emotion (zu-dann §5, ours): the same for all frames of a clip.
import Corpora
import Foundation
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

    /// - Throws: `MediaError.invalidRequest` for inputs that make no spectrogram.
    public init(_ settings: AugmentationSettings, inputs: InputSettings) throws {
        self.settings = settings
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
                let (changed, first) = changedSound(original, draw, stream)
                let decibels = try front.decibels(changed)
                (clip.mel, clip.firstSoundFrame) = { ($0.image.values, $0.firstRealFrame) }(
                    sound.assembled(decibels.frames(first..<(first + original.kept.count))))
            } else if let shift = draw.timeShift {
                moveWindow(&clip, by: shift / sound.mel.hopLength)
            }
        }
        for bands in draw.maskedBands {
            clear(&clip, bands: bands, frames: clip.firstSoundFrame..<clip.firstSoundFrame + clip.soundFrames)
        }
        for frames in draw.maskedFrames { clear(&clip, bands: 0..<clip.melBands, frames: frames) }
        PictureChanges(draw, size: clip.size).apply(to: &clip.pictures)
        return clip
    }

    /// What is heard of a clip after the change: the stretch that its image shows.
    public func waveform(of clip: PreparedClip, _ draw: AugmentationDraw, _ stream: RandomStream) -> Waveform? {
        guard let original = clip.sound else { return nil }
        let (changed, first) = changedSound(original, draw, stream)
        let hop = sound.mel.hopLength
        let end = min(changed.samples.count, (first + original.kept.count) * hop)
        return Waveform(samples: Array(changed.samples[min(first * hop, end)..<end]), rate: changed.rate)
    }

    /// The sound around the frames kept, as far as their transforms reach, and the frame of it that is the first one kept.
    private func changedSound(_ original: PreparedSound, _ draw: AugmentationDraw, _ stream: RandomStream) -> (Waveform, Int) {
        let hop = sound.mel.hopLength
        let reach = (sound.mel.fftLength / 2 + hop - 1) / hop
        let first = max(0, original.kept.lowerBound - reach)
        let end = original.kept.upperBound + reach
        // Without a shift nothing is heard beyond the end; with one, silence is.
        let stored = original.firstSample..<(original.firstSample + original.samples.count)
        let shift = draw.timeShift ?? 0
        let stop = shift == 0 ? min(end * hop, max(stored.upperBound, first * hop)) : end * hop
        var samples = [Float](repeating: 0, count: max(0, stop - first * hop))
        let factor = original.scale * Float(draw.gain.map(Augmentation.ratio) ?? 1)
        let begin = first * hop + shift
        for place in max(begin, stored.lowerBound)..<max(max(begin, stored.lowerBound), min(begin + samples.count, stored.upperBound)) {
            samples[place - begin] = Float(original.samples[place - stored.lowerBound]) * factor
        }
        if let noise = draw.noise { addNoise(&samples, heard: (original.kept.lowerBound - first) * hop, ratio: noise, stream) }
        return (Waveform(samples: samples, rate: original.rate), original.kept.lowerBound - first)
    }

    /// White noise of uniform values, as far below the power of what is heard as `ratio` says; silence stays silent.
    private func addNoise(_ samples: inout [Float], heard first: Int, ratio: Double, _ stream: RandomStream) {
        let heard = samples.dropFirst(first)
        let power = heard.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(heard.count, 1))
        // The power of uniform values in ±a is a²/3.
        let reach = Float((3 * power).squareRoot() * Augmentation.ratio(-ratio))
        var stream = stream.substream("white")
        for index in samples.indices { samples[index] += reach * (2 * stream.uniform() - 1) }
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
