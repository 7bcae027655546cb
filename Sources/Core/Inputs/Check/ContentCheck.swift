// This file finds clips that can be decoded and yet teach nothing: silence, frames of one colour, lengths far from all others.
import Foundation
import Media

/// Something odd about a clip that can be used.
public struct CheckRemark: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable {
        /// No sample differs from the others.
        case silent
        /// Every picture looked at is of one colour.
        case oneColour = "one_colour"
        /// Much longer or shorter than the corpus' other clips.
        case length
        /// The decoder warns about the file, e.g. that its channels cancel each other.
        case file
    }

    public var clip: String
    public var kind: Kind
    public var remark: String

    /// A length is something to look at; the others need a decision.
    var needsDecision: Bool { kind != .length }
}

enum ContentCheck {
    /// Between the largest and the smallest sample of silence, where full scale is 1: dither of 14 bits.
    static let silence: Float = 2e-4
    /// Left out at both ends, s: a constant rings there after resampling.
    private static let edge = 0.05

    /// True where every sample of the sound has the same value.
    static func isSilent(_ waveform: Waveform) -> Bool {
        let edge = Int(Self.edge * Double(waveform.rate))
        let samples = waveform.samples.count > 4 * edge ? waveform.samples[edge..<waveform.samples.count - edge] : waveform.samples[...]
        guard let first = samples.first else { return true }
        let (low, high) = samples.reduce((first, first)) { (min($0.0, $1), max($0.1, $1)) }
        return high - low < silence
    }

    /// Grey levels between the darkest and the brightest part of a picture of one colour, by channel: noise of a coder, averaged over an area.
    private static let levels = 8
    private static let side = 32

    /// True where each picture is of one colour; the colour may change from picture to picture.
    static func areOfOneColour(_ pictures: [Picture]) -> Bool {
        !pictures.isEmpty
            && pictures.allSatisfy { picture in
                let small = picture.resizedByArea(width: min(side, picture.width), height: min(side, picture.height)).pixels
                return (0..<3).allSatisfy { channel in
                    let values = stride(from: channel, to: small.count, by: 3).map { Int(small[$0]) }
                    return (values.max() ?? 0) - (values.min() ?? 0) <= levels
                }
            }
    }

    /// So many clips tell what is usual.
    private static let leastClips = 8
    /// A length is odd that is this often another's, and so many times as far from the median as half of them are.
    private static let oddFactor = 3.0, oddDeviations = 5.0

    /// Clips whose length is far from the others', by the median and the median deviation of the logarithms.
    static func oddLengths(_ lengths: [(clip: String, seconds: Double)]) -> [CheckRemark] {
        let known = lengths.filter { $0.seconds > 0 && $0.seconds.isFinite }
        guard known.count >= leastClips else { return [] }
        let logarithms = known.map { log($0.seconds) }
        let middle = median(logarithms)
        let deviation = median(logarithms.map { abs($0 - middle) }) * 1.4826
        return zip(known, logarithms).compactMap { clip, logarithm in
            guard abs(logarithm - middle) > max(log(oddFactor), oddDeviations * deviation) else { return nil }
            let (seconds, usual) = (String(format: "%.2f", clip.seconds), String(format: "%.2f", exp(middle)))
            return CheckRemark(
                clip: clip.clip, kind: .length,
                remark: "it is \(seconds) s long, half of the corpus' clips are longer and half shorter than \(usual) s")
        }
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
