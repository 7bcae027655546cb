// Short-time power spectrum as librosa's `stft` gives it: periodic Hann window, frames centred on t·hop, zeros beyond the ends.
import Foundation

public struct ShortTimeSpectrum: Sendable {
    public let fftLength: Int
    public let hopLength: Int
    /// `[fftLength]`: the window, padded with zeros on both sides where it is shorter than the transform.
    let window: [Float]
    private let plan: FourierPlan

    /// Frames transformed together; their powers lie side by side so that sums over bins run on vectors.
    static let lanes = 8

    /// Throws `MediaError.invalidRequest` for lengths that make no transform.
    public init(fftLength: Int, hopLength: Int, windowLength: Int? = nil) throws {
        let windowLength = windowLength ?? fftLength
        guard fftLength >= 2, fftLength.isMultiple(of: 2), hopLength > 0, (1...fftLength).contains(windowLength) else {
            throw MediaError.invalidRequest(
                file: nil, what: "a transform of \(fftLength) samples with hop \(hopLength) and window \(windowLength) cannot be made")
        }
        self.fftLength = fftLength
        self.hopLength = hopLength
        plan = try FourierPlan.of(length: fftLength)
        let left = (fftLength - windowLength) / 2
        var window = [Float](repeating: 0, count: fftLength)
        for k in 0..<windowLength { window[left + k] = Float(0.5 - 0.5 * cos(2 * Double.pi * Double(k) / Double(windowLength))) }
        self.window = window
    }

    public var bins: Int { fftLength / 2 + 1 }

    /// Frames of a sound of `samples` samples.
    public func frames(samples: Int) -> Int { 1 + samples / hopLength }

    /// Squared magnitudes `[bins, frames]`.
    public func power(_ samples: [Float]) throws -> Spectrogram {
        let frames = frames(samples: samples.count)
        var values = [Float](repeating: 0, count: bins * frames)
        try forEachBlock(samples, bins: bins) { first, count, power in
            for bin in 0..<bins {
                for lane in 0..<count { values[bin * frames + first + lane] = power[bin][lane] }
            }
        }
        return Spectrogram(values: values, bands: bins, frames: frames)
    }

    /// Calls `body` with the first frame of a block, its number of frames (at most 8) and their powers, one vector a bin.
    func forEachBlock(
        _ samples: [Float], bins: Int, _ body: (_ first: Int, _ count: Int, _ power: UnsafePointer<SIMD8<Float>>) -> Void
    ) throws {
        let frames = frames(samples: samples.count)
        let half = fftLength / 2
        // Centred frames reach half a transform beyond both ends; samples behind the last frame's end are never read.
        var padded = [Float](repeating: 0, count: (frames - 1) * hopLength + fftLength)
        let read = min(samples.count, padded.count - half)
        padded.replaceSubrange(half..<(half + read), with: samples[..<read])
        let buffer = try FourierBuffer(length: fftLength)
        var power = [SIMD8<Float>](repeating: .zero, count: bins)
        padded.withUnsafeBufferPointer { padded in
            window.withUnsafeBufferPointer { window in
                power.withUnsafeMutableBufferPointer { power in
                    let lanes = UnsafeMutableRawPointer(power.baseAddress!).assumingMemoryBound(to: Float.self)
                    for first in stride(from: 0, to: frames, by: Self.lanes) {
                        let count = min(Self.lanes, frames - first)
                        for lane in stride(from: 0, to: count, by: 2) {
                            let start = padded.baseAddress! + (first + lane) * hopLength
                            // The last frame of an odd number is its own partner.
                            let partner = lane + 1 < count ? start + hopLength : start
                            transformPair(start, partner, window.baseAddress!, buffer, bins: bins, into: lanes + lane)
                        }
                        body(first, count, UnsafePointer(power.baseAddress!))
                    }
                }
            }
        }
    }

    /// Two real frames as real and imaginary part of one complex transform Z: X(k) = (Z(k) + Z*(n-k)) / 2, Y(k) = (Z(k) - Z*(n-k)) / 2i.
    /// Writes |X(k)|² and |Y(k)|² to `target[8 k]` and `target[8 k + 1]`.
    private func transformPair(
        _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ window: UnsafePointer<Float>, _ buffer: FourierBuffer, bins: Int,
        into target: UnsafeMutablePointer<Float>
    ) {
        let z = buffer.parts
        for i in 0..<fftLength {
            z[2 * i] = x[i] * window[i]
            z[2 * i + 1] = y[i] * window[i]
        }
        plan.run(buffer)
        target[0] = z[0] * z[0]
        target[1] = z[1] * z[1]
        for k in 1..<bins {
            let (re, im) = (z[2 * k], z[2 * k + 1])
            let (mirrorRe, mirrorIm) = (z[2 * (fftLength - k)], z[2 * (fftLength - k) + 1])
            let (xRe, xIm) = (0.5 * (re + mirrorRe), 0.5 * (im - mirrorIm))
            let (yRe, yIm) = (0.5 * (im + mirrorIm), 0.5 * (mirrorRe - re))
            target[8 * k] = xRe * xRe + xIm * xIm
            target[8 * k + 1] = yRe * yRe + yIm * yIm
        }
    }
}
