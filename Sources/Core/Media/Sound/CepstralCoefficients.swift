// Mel-frequency cepstral coefficients, librosa's `feature.mfcc`: the orthonormal DCT-II of each frame of a dB mel spectrogram.
import Foundation

public enum CepstralCoefficients {
    /// The first `count` coefficients of each frame, `[count, frames]`.
    public static func of(_ decibels: Spectrogram, count: Int = 20) -> Spectrogram {
        let bands = decibels.bands
        let count = min(max(0, count), bands)
        var values = [Float](repeating: 0, count: count * decibels.frames)
        for k in 0..<count {
            let scale = (Double(k == 0 ? 1 : 2) / Double(bands)).squareRoot()
            var sums = [Double](repeating: 0, count: decibels.frames)
            for band in 0..<bands {
                let weight = scale * cos(Double.pi * Double(k) * (2 * Double(band) + 1) / Double(2 * bands))
                for frame in 0..<decibels.frames { sums[frame] += weight * Double(decibels[band, frame]) }
            }
            for frame in 0..<decibels.frames { values[k * decibels.frames + frame] = Float(sums[frame]) }
        }
        return Spectrogram(values: values, bands: count, frames: decibels.frames)
    }
}
