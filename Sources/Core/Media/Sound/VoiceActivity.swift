// Where speech begins and ends: GVAD, the energy gate of EmoCatcher (hwang9u/emocatcher, `gvad`), on a dB mel spectrogram.
import Foundation

public enum VoiceActivity {
    /// Standard deviation of the smoothing, in frames.
    static let sigma = 10.0
    /// Frames kept before the first and, being an exclusive end, one less after the last active frame.
    static let margin = 3

    /// The frames from the first to the last active one with a margin, or nil where there is no speech to be found: no frame
    /// above the threshold, fewer than two frames, or a constant spectrogram. The caller then keeps the whole clip.
    public static func speechRange(in decibels: Spectrogram) -> Range<Int>? {
        let frames = decibels.frames
        guard frames >= 2, let energy = energies(decibels) else { return nil }
        let threshold = threshold(energy.sorted())
        guard let first = energy.firstIndex(where: { $0 > threshold }), let last = energy.lastIndex(where: { $0 > threshold }) else {
            return nil
        }
        return max(0, first - margin)..<min(last + margin, frames)
    }

    /// Sum over bands of the spectrogram once more turned into dB, as if it held amplitudes, and scaled to [0, 1].
    static func energies(_ decibels: Spectrogram) -> [Float]? {
        guard let loudest = decibels.values.max(), let softest = decibels.values.min(), loudest.isFinite, softest.isFinite else {
            return nil
        }
        // Power taken for an amplitude doubles the decibels; amin is 1e-5, so -50 dB is the least, and top_db leaves 40 dB below the loudest.
        let ceiling = 2 * max(loudest, -50)
        let floor = ceiling - 80
        func twice(_ value: Float) -> Float { max(2 * max(value, -50), floor) }
        let (least, span) = (twice(softest), ceiling - twice(softest))
        guard span > 0 else { return nil }
        var energy = [Float](repeating: 0, count: decibels.frames)
        for band in 0..<decibels.bands {
            for frame in 0..<decibels.frames { energy[frame] += (twice(decibels[band, frame]) - least) / span }
        }
        return energy
    }

    /// The smoothed value at the first steepest place of the sorted energies.
    static func threshold(_ sorted: [Float]) -> Float {
        let smooth = smoothed(sorted)
        let last = smooth.count - 1
        func gradient(_ i: Int) -> Float {
            if i == 0 { return smooth[1] - smooth[0] }
            if i == last { return smooth[last] - smooth[last - 1] }
            return (smooth[i + 1] - smooth[i - 1]) / 2
        }
        var steepest = 0
        for i in 1...last where gradient(i) > gradient(steepest) { steepest = i }
        return smooth[steepest]
    }

    /// Gaussian smoothing over ±4 sigma; beyond the borders the values are mirrored, half-sample symmetric.
    static func smoothed(_ values: [Float]) -> [Float] {
        let radius = Int(4 * sigma + 0.5)
        let taps = (-radius...radius).map { exp(-0.5 * (Double($0) / sigma) * (Double($0) / sigma)) }
        let total = taps.reduce(0, +)
        let period = 2 * values.count
        return values.indices.map { i in
            var sum = 0.0
            for (k, tap) in taps.enumerated() {
                let place = ((i + k - radius) % period + period) % period
                sum += tap * Double(values[place < values.count ? place : period - 1 - place])
            }
            return Float(sum / total)
        }
    }
}
