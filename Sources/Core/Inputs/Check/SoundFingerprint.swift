import Base
import Corpora
import Foundation
import Media

/// What a sound is known by, however it was encoded: 32 bits every 32 ms, each the sign of how the energy of two neighbouring bands changes
/// (Haitsma & Kalker 2002), to find candidates; and the wave itself below 1 kHz, which tells a copy from the same words said alike.
struct SoundFingerprint: Sendable {
    /// Share of bits that may differ; chance is 0.5. Synthetic voices that say one sentence come down to 0.16, so this alone is no proof.
    static let bitThreshold = 0.3
    /// Correlation of the waves, at the lag where it is largest, that a copy has at least. docs/corpora.md has the measurements.
    static let correlationThreshold = 0.8
    /// Of the bits; the wave is kept for the first seconds only.
    static let maximumSeconds = 60.0
    private static let waveSeconds = 5
    /// Samples of `rate` that become one of the wave.
    private static let decimation = 4

    private static let rate = 8000
    private static let hop = 256
    private static let bands = 33
    private static let frequencies = 300.0...2000.0
    /// Frames that are so much quieter than the loudest one say nothing: 40 dB.
    private static let quiet: Float = 1e-4
    /// Codecs put up to 0.1 s before the sound.
    private static let shifts = -4...4
    /// Half a second: what is shorter is not compared.
    private static let leastFrames = 16

    private let bits: [UInt32]
    /// All ones where the frame is loud enough to count, else 0.
    private let masks: [UInt32]
    private let counted: Int
    /// At `rate / decimation` Hz, the largest sample ±127.
    private let wave: [Int8]

    /// Nil where the sound is too short or too quiet to be known by.
    init?(_ waveform: Waveform, spectrum: ShortTimeSpectrum) throws {
        guard waveform.samples.count >= Self.hop * (Self.leastFrames + 1) else { return nil }
        let power = try spectrum.power(waveform.samples)
        let edges = Self.edges(bins: power.bands)
        var energies = [Float](repeating: 0, count: power.frames * Self.bands)
        power.values.withUnsafeBufferPointer { values in
            for band in 0..<Self.bands {
                for bin in edges[band]..<edges[band + 1] {
                    for frame in 0..<power.frames { energies[frame * Self.bands + band] += values[bin * power.frames + frame] }
                }
            }
        }
        let loudness = (0..<power.frames).map { frame in energies[frame * Self.bands..<(frame + 1) * Self.bands].reduce(0, +) }
        guard let loudest = loudness.max(), loudest > 1e-6 else { return nil }
        var (bits, masks): ([UInt32], [UInt32]) = ([], [])
        for frame in 1..<power.frames {
            var word: UInt32 = 0
            for band in 0..<Self.bands - 1 {
                let (now, before) = (frame * Self.bands + band, (frame - 1) * Self.bands + band)
                if energies[now] - energies[now + 1] - (energies[before] - energies[before + 1]) > 0 { word |= 1 << band }
            }
            bits.append(word)
            masks.append(loudness[frame] > loudest * Self.quiet ? .max : 0)
        }
        self.bits = bits
        self.masks = masks
        wave = Self.wave(waveform.samples)
        counted = masks.count { $0 != 0 }
        guard counted >= Self.leastFrames else { return nil }
    }

    /// Decodes what is needed of a clip's sound.
    static func of(_ clip: Clip, spectrum: ShortTimeSpectrum) throws -> SoundFingerprint? {
        try sound(of: clip).flatMap { try SoundFingerprint($0, spectrum: spectrum) }
    }

    /// The first minute of a clip's sound, or what follows it.
    static func sound(of clip: Clip, afterFirstMinute: Bool = false, warnings: MediaWarnings? = nil) throws -> Waveform? {
        guard let audio = clip.audio else { return nil }
        let first = clip.seconds?.lowerBound ?? 0, end = clip.seconds?.upperBound ?? .infinity, border = min(end, first + maximumSeconds)
        guard !afterFirstMinute || border < end else { return nil }
        return try AudioDecoder.waveform(
            of: URL(fileURLWithPath: audio), rate: rate, seconds: afterFirstMinute ? border..<end : first..<border, warnings: warnings)
    }

    static func spectrum() throws -> ShortTimeSpectrum { try ShortTimeSpectrum(fftLength: 2048, hopLength: hop) }

    /// The correlation of the waves, 0 to 1, where bits and waves are those of one recording, else nil.
    func match(_ other: SoundFingerprint) -> Double? {
        guard let nearest = bitDistance(to: other), nearest.distance <= Self.bitThreshold else { return nil }
        let correlation = correlation(with: other, shift: nearest.shift)
        return correlation >= Self.correlationThreshold ? correlation : nil
    }

    /// Largest absolute correlation of the waves at lags within a frame of `shift` frames.
    func correlation(with other: SoundFingerprint, shift: Int) -> Double {
        let frame = Self.hop / Self.decimation
        var largest = 0.0
        wave.withUnsafeBufferPointer { a in
            other.wave.withUnsafeBufferPointer { b in
                for lag in (shift - 1) * frame...(shift + 1) * frame {
                    let first = max(0, -lag), end = min(a.count, b.count - lag)
                    var (product, aPower, bPower): (Int32, Int32, Int32) = (0, 0, 0)
                    // At most 10,000 products of 127 * 127: no overflow.
                    for i in stride(from: first, to: max(first, end), by: 1) {
                        let (x, y) = (Int32(a[i]), Int32(b[i + lag]))
                        product &+= x &* y
                        aPower &+= x &* x
                        bPower &+= y &* y
                    }
                    let power = (Double(aPower) * Double(bPower)).squareRoot()
                    // What is left of a shift must not be a corner of the sound.
                    if 2 * (end - first) > min(a.count, b.count), power > 0 { largest = max(largest, abs(Double(product)) / power) }
                }
            }
        }
        return largest
    }

    /// The first seconds, smoothed by a triangle and thinned out.
    private static func wave(_ samples: [Float]) -> [Int8] {
        let weights: [Float] = [1, 2, 3, 4, 3, 2, 1]
        let count = min(samples.count - weights.count, waveSeconds * rate) / decimation
        let smooth = (0..<max(0, count)).map { i in
            weights.indices.reduce(Float(0)) { $0 + weights[$1] * samples[i * decimation + $1] }
        }
        let largest = smooth.reduce(0) { max($0, abs($1)) }
        return smooth.map { Int8(largest > 0 ? ($0 / largest * 127).rounded() : 0) }
    }

    /// Share of bits that differ where both are loud, at the shift (in frames) where that is least; nil where lengths differ by more than
    /// a quarter second.
    func bitDistance(to other: SoundFingerprint) -> (distance: Double, shift: Int)? {
        guard abs(bits.count - other.bits.count) <= 8 else { return nil }
        let needed = max(Self.leastFrames, min(counted, other.counted) * 4 / 5)
        var least: (distance: Double, shift: Int)?
        for shift in Self.shifts {
            let first = max(0, -shift), end = min(bits.count, other.bits.count - shift)
            guard end - first >= needed else { continue }
            var (different, compared) = (0, 0)
            bits.withUnsafeBufferPointer { a in
                masks.withUnsafeBufferPointer { aMask in
                    other.bits.withUnsafeBufferPointer { b in
                        other.masks.withUnsafeBufferPointer { bMask in
                            for i in first..<end {
                                let mask = aMask[i] & bMask[i + shift]
                                different += ((a[i] ^ b[i + shift]) & mask).nonzeroBitCount
                                compared += mask.nonzeroBitCount
                            }
                        }
                    }
                }
            }
            guard compared >= 32 * needed else { continue }
            let distance = Double(different) / Double(compared)
            if distance < least?.distance ?? 1 { least = (distance, shift) }
        }
        return least
    }

    /// Bins of equally wide bands on a logarithmic scale; every band has one bin at least.
    private static func edges(bins: Int) -> [Int] {
        let width = Double(rate) / Double(2 * (bins - 1))
        var edges: [Int] = []
        for band in 0...bands {
            let ratio = frequencies.upperBound / frequencies.lowerBound
            let frequency = frequencies.lowerBound * pow(ratio, Double(band) / Double(bands))
            edges.append(max(Int((frequency / width).rounded()), (edges.last ?? 0) + 1))
        }
        return edges
    }
}
