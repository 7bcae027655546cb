// The sound around the frames that a clip's spectrogram shows, as far as their transforms reach: whoever changes a waveform changes this.
import Foundation
import Inputs
import Media

package struct SoundStretch {
    package var samples: [Float]
    package let rate: Int
    /// The frames of these samples' spectrogram that the clip's image shows.
    package let frames: Range<Int>
    /// The samples of those frames. What lies around them only reaches into their transforms.
    package let heard: Range<Int>

    /// - Parameter shift: by how many samples the window moves; silence where it leaves the sound.
    package init(_ original: PreparedSound, _ settings: MelImageSettings, shift: Int = 0, factor: Float = 1) {
        let hop = settings.mel.hopLength
        let reach = (settings.mel.fftLength / 2 + hop - 1) / hop
        let first = max(0, original.kept.lowerBound - reach)
        let end = original.kept.upperBound + reach
        // Without a shift nothing is heard beyond the end; with one, silence is.
        let stored = original.firstSample..<(original.firstSample + original.samples.count)
        let stop = shift == 0 ? min(end * hop, max(stored.upperBound, first * hop)) : end * hop
        samples = [Float](repeating: 0, count: max(0, stop - first * hop))
        let scale = original.scale * factor
        let begin = first * hop + shift
        for place in max(begin, stored.lowerBound)..<max(max(begin, stored.lowerBound), min(begin + samples.count, stored.upperBound)) {
            samples[place - begin] = Float(original.samples[place - stored.lowerBound]) * scale
        }
        rate = original.rate
        let firstKept = original.kept.lowerBound - first
        frames = firstKept..<(firstKept + original.kept.count)
        let lastHeard = min(samples.count, frames.upperBound * hop)
        heard = min(firstKept * hop, lastHeard)..<lastHeard
    }

    /// Adds noise whose mean square over the stretch that is heard lies `ratio` dB below the sound's there. Silence stays silent.
    /// - Parameter noise: a value for each sample, of any loudness.
    package mutating func add(_ noise: [Float], ratio: Double) {
        func power(_ samples: [Float]) -> Double {
            samples[heard].reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(heard.count, 1))
        }
        let (signal, added) = (power(samples), power(noise))
        guard signal > 0, added > 0 else { return }
        let factor = Float((signal / added).squareRoot() * pow(10, -ratio / 20))
        for index in samples.indices { samples[index] += factor * noise[index] }
    }

    /// The image that a clip of this sound has: the same frames as before, whatever the gate would say of it now.
    package func image(by front: MelFrontEnd) throws -> (mel: [Float], firstSoundFrame: Int) {
        let decibels = try front.decibels(Waveform(samples: samples, rate: rate))
        let (image, first) = front.settings.assembled(decibels.frames(frames))
        return (image.values, first)
    }
}
