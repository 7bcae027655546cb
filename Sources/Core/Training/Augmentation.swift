// Random changes to training clips that do not change the emotion (zu-dann §5, ours): the same for all frames of a clip.
import Corpora
import Tensors

struct Augmentation: Sendable {
    let settings: AugmentationSettings

    /// A changed copy; the stream decides all of it.
    func apply(to clip: PreparedClip, _ stream: RandomStream) -> PreparedClip {
        guard settings.enabled else { return clip }
        var (clip, stream) = (clip, stream)
        shiftTime(&clip, &stream)
        maskSpectrogram(&clip, &stream)
        if settings.mirror, stream.uniform() < 0.5 { mirror(&clip) }
        brighten(&clip, 1 + Float(settings.brightness) * (2 * stream.uniform() - 1))
        return clip
    }

    /// The window on the sound moves: up to `timeShift` frames are lost at its start or end, at most a quarter of the sound.
    private func shiftTime(_ clip: inout PreparedClip, _ stream: inout RandomStream) {
        let most = min(settings.timeShift, clip.soundFrames / 4)
        guard most > 0 else { return }
        let shift = stream.int(below: 2 * most + 1) - most
        let lost = shift > 0 ? clip.firstSoundFrame..<clip.firstSoundFrame + shift : (clip.firstSoundFrame + clip.soundFrames + shift)..<(clip.firstSoundFrame + clip.soundFrames)
        clear(&clip, bands: 0..<clip.melBands, frames: lost)
        if shift > 0 { clip.firstSoundFrame += shift }
        clip.soundFrames -= abs(shift)
    }

    /// SpecAugment (Park et al. 2019): bands and stretches of time set to the mean, which is 0 after normalisation.
    private func maskSpectrogram(_ clip: inout PreparedClip, _ stream: inout RandomStream) {
        for _ in 0..<settings.masks {
            let bands = span(in: 0..<clip.melBands, &stream)
            clear(&clip, bands: bands, frames: clip.firstSoundFrame..<clip.firstSoundFrame + clip.soundFrames)
            let frames = span(in: clip.firstSoundFrame..<clip.firstSoundFrame + clip.soundFrames, &stream)
            clear(&clip, bands: 0..<clip.melBands, frames: frames)
        }
    }

    /// A random stretch of at most `maskWidth` and at most a quarter of the range.
    private func span(in range: Range<Int>, _ stream: inout RandomStream) -> Range<Int> {
        let width = stream.int(below: min(settings.maskWidth, range.count / 4) + 1)
        let start = range.lowerBound + stream.int(below: range.count - width + 1)
        return start..<start + width
    }

    private func clear(_ clip: inout PreparedClip, bands: Range<Int>, frames: Range<Int>) {
        for band in bands {
            for frame in frames { clip.mel[band * clip.melFrames + frame] = 0 }
        }
    }

    private func mirror(_ clip: inout PreparedClip) {
        let size = clip.size
        for row in 0..<clip.frames * size {
            for column in 0..<size / 2 {
                let left = (row * size + column) * 3, right = (row * size + size - 1 - column) * 3
                for channel in 0..<3 { clip.pictures.swapAt(left + channel, right + channel) }
            }
        }
    }

    private func brighten(_ clip: inout PreparedClip, _ factor: Float) {
        let table = (0..<256).map { UInt8(min(max((Float($0) * factor).rounded(), 0), 255)) }
        for index in clip.pictures.indices { clip.pictures[index] = table[Int(clip.pictures[index])] }
    }
}
