// Short-time power spectrum as librosa's `stft` gives it: a periodic window, frames centred on t·hop, zeros beyond the ends.
import Foundation

public struct ShortTimeSpectrum: Sendable {
    public let fftLength: Int
    public let hopLength: Int
    /// `[fftLength]`: the window, padded with zeros on both sides where it is shorter than the transform.
    private let window: [Double]
    /// Half the window in single precision: what saves the halving when paired frames are taken apart.
    private let halfWindow: [Float]
    private let plan: FourierPlan

    /// Frames transformed together; their powers lie side by side so that sums over bins run on vectors.
    static let lanes = 8

    /// The window's shape, periodic as scipy's `get_window` gives it.
    public enum Window: String, Sendable, Codable, Hashable, CaseIterable {
        case hann, hamming

        /// Its value at a share of its length.
        func callAsFunction(_ share: Double) -> Double {
            switch self {
            case .hann: 0.5 - 0.5 * cos(2 * Double.pi * share)
            case .hamming: 0.54 - 0.46 * cos(2 * Double.pi * share)
            }
        }
    }

    /// Throws `MediaError.invalidRequest` for lengths that make no transform.
    public init(fftLength: Int, hopLength: Int, windowLength: Int? = nil, window shape: Window = .hann) throws {
        let windowLength = windowLength ?? fftLength
        guard fftLength >= 2, fftLength.isMultiple(of: 2), hopLength > 0, (1...fftLength).contains(windowLength) else {
            throw MediaError.invalidRequest(
                file: nil, what: "a transform of \(fftLength) samples with hop \(hopLength) and window \(windowLength) cannot be made")
        }
        self.fftLength = fftLength
        self.hopLength = hopLength
        plan = try FourierPlan.of(length: fftLength)
        let left = (fftLength - windowLength) / 2
        var window = [Double](repeating: 0, count: fftLength)
        for k in 0..<windowLength { window[left + k] = shape(Double(k) / Double(windowLength)) }
        self.window = window
        halfWindow = window.map { Float($0) / 2 }
    }

    public var bins: Int { fftLength / 2 + 1 }

    /// Frames of a sound of `samples` samples.
    public func frames(samples: Int) -> Int { 1 + samples / hopLength }

    /// Frames of a signal that `padded(_:)` returned.
    func frames(padded: Int) -> Int { (padded - fftLength) / hopLength + 1 }

    /// Squared magnitudes `[bins, frames]`, computed in double precision.
    public func power(_ samples: [Float]) throws -> Spectrogram {
        let frames = frames(samples: samples.count)
        let padded = padded(samples)
        let buffer = try ExactFourierBuffer(length: fftLength)
        var values = [Float](repeating: 0, count: bins * frames)
        // Some frames at a time, so that each bin's row is written in runs.
        let run = 16
        var powers = [Float](repeating: 0, count: bins * run)
        for first in stride(from: 0, to: frames, by: run) {
            let count = min(run, frames - first)
            for i in 0..<count {
                transformExactly(padded, frame: first + i, buffer)
                powers.withUnsafeMutableBufferPointer { for bin in 0..<bins { $0[bin * run + i] = Self.power(buffer, bin) } }
            }
            values.withUnsafeMutableBufferPointer { values in
                powers.withUnsafeBufferPointer { powers in
                    for bin in 0..<bins { for i in 0..<count { values[bin * frames + first + i] = powers[bin * run + i] } }
                }
            }
        }
        return Spectrogram(values: values, bands: bins, frames: frames)
    }

    /// `samples` with the zeros that centred frames reach into at both ends: frame t begins at t·hop.
    func padded(_ samples: [Float]) -> [Float] {
        var padded = [Float](repeating: 0, count: (frames(samples: samples.count) - 1) * hopLength + fftLength)
        // Samples behind the last frame's end are never read.
        let read = min(samples.count, padded.count - fftLength / 2)
        padded.replaceSubrange((fftLength / 2)..<(fftLength / 2 + read), with: samples[..<read])
        return padded
    }

    /// Transforms one frame of a padded signal in double precision into `buffer.output`.
    func transformExactly(_ padded: [Float], frame: Int, _ buffer: ExactFourierBuffer) {
        let start = frame * hopLength
        precondition(start >= 0 && start + fftLength <= padded.count, "frame \(frame) lies outside the signal")
        padded.withUnsafeBufferPointer { padded in
            window.withUnsafeBufferPointer { window in
                for i in 0..<fftLength { buffer.input[i] = Double(padded[start + i]) * window[i] }
            }
        }
        plan.run(buffer)
    }

    /// Squared magnitude of a bin; real and imaginary part are rounded first, as in the reference.
    static func power(_ buffer: ExactFourierBuffer, _ bin: Int) -> Float {
        let (re, im) = (Float(buffer.output[bin].0), Float(buffer.output[bin].1))
        return re * re + im * im
    }

    /// Calls `body` with the first frame of a block, its number of frames (at most 8) and their powers, one vector a bin.
    /// In single precision: white noise some 140 dB below the frame's own energy remains in each bin.
    func forEachBlock(
        padded: [Float], frames: Range<Int>, bins: Int, _ body: (_ first: Int, _ count: Int, _ power: UnsafePointer<SIMD8<Float>>) -> Void
    ) throws {
        let buffer = try FourierBuffer(length: fftLength)
        var power = [SIMD8<Float>](repeating: .zero, count: bins)
        padded.withUnsafeBufferPointer { padded in
            halfWindow.withUnsafeBufferPointer { window in
                power.withUnsafeMutableBufferPointer { power in
                    let lanes = UnsafeMutableRawPointer(power.baseAddress!).assumingMemoryBound(to: Float.self)
                    for first in stride(from: frames.lowerBound, to: frames.upperBound, by: Self.lanes) {
                        let count = min(Self.lanes, frames.upperBound - first)
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

    /// Two real frames as real and imaginary part of one complex transform Z: 2 X(k) = Z(k) + Z*(n-k), 2 Y(k) = (Z(k) - Z*(n-k)) / i.
    /// Writes |X(k)|² and |Y(k)|² to `target[8 k]` and `target[8 k + 1]`.
    private func transformPair(
        _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ halfWindow: UnsafePointer<Float>, _ buffer: FourierBuffer, bins: Int,
        into target: UnsafeMutablePointer<Float>
    ) {
        let z = buffer.parts
        for i in 0..<fftLength {
            z[2 * i] = x[i] * halfWindow[i]
            z[2 * i + 1] = y[i] * halfWindow[i]
        }
        plan.run(buffer)
        target[0] = 4 * z[0] * z[0]
        target[1] = 4 * z[1] * z[1]
        for k in 1..<max(1, bins) {
            let mirror = 2 * (fftLength - k)
            let (re, im) = (z[2 * k], z[2 * k + 1])
            let (mirrorRe, mirrorIm) = (z[mirror], z[mirror + 1])
            let (xRe, xIm, yRe, yIm) = (re + mirrorRe, im - mirrorIm, im + mirrorIm, mirrorRe - re)
            target[8 * k] = xRe * xRe + xIm * xIm
            target[8 * k + 1] = yRe * yRe + yIm * yIm
        }
    }
}
