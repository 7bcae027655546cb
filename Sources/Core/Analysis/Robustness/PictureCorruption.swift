// Blurred, dropped and missing pictures.
import Base
import Foundation
import Inputs
import Tensors

/// Separable Gaussian blur of interleaved bytes; beyond an edge its pixels go on. As SciPy's `gaussian_filter1d` with mode "nearest", cut at
/// three sigma.
struct GaussianBlur {
    private let weights: [Float]
    private var radius: Int { weights.count / 2 }

    /// - Parameter sigma: px.
    init(sigma: Double) {
        let radius = Int(3 * sigma + 0.5)
        let raw = (-radius...radius).map { exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
        let sum = raw.reduce(0, +)
        weights = raw.map { Float($0 / sum) }
    }

    /// - Parameter pictures: `[frames, size, size, 3]`.
    func apply(to pictures: inout [UInt8], size: Int) {
        guard size > 0, radius > 0 else { return }
        let plane = size * size * 3
        var (rows, padded) = ([Float](repeating: 0, count: plane), [Float](repeating: 0, count: (size + 2 * radius) * 3))
        pictures.withUnsafeMutableBufferPointer { pictures in
            for frame in stride(from: 0, to: pictures.count - plane + 1, by: plane) {
                for row in 0..<size {
                    filter(&padded, size, from: { Float(pictures[frame + row * size * 3 + $0]) }, to: { rows[row * size * 3 + $0] = $1 })
                }
                for column in 0..<size {
                    filter(
                        &padded, size, from: { rows[$0 / 3 * size * 3 + column * 3 + $0 % 3] },
                        to: { pictures[frame + $0 / 3 * size * 3 + column * 3 + $0 % 3] = UInt8(min(max($1 + 0.5, 0), 255)) })
                }
            }
        }
    }

    /// One line of `size` pixels of three colours.
    @inline(__always)
    private func filter(_ padded: inout [Float], _ size: Int, from: (Int) -> Float, to: (Int, Float) -> Void) {
        padded.withUnsafeMutableBufferPointer { padded in
            for place in 0..<(size + 2 * radius) {
                let source = min(max(place - radius, 0), size - 1)
                for channel in 0..<3 { padded[place * 3 + channel] = from(source * 3 + channel) }
            }
            weights.withUnsafeBufferPointer { weights in
                for place in 0..<size * 3 {
                    var sum: Float = 0
                    for tap in 0..<weights.count { sum += weights[tap] * padded[place + 3 * tap] }
                    to(place, sum)
                }
            }
        }
    }
}

enum PictureCorruption {
    /// Blurs, drops or greys a clip's pictures in place.
    /// - Parameter stream: decides which pictures are dropped.
    static func apply(_ corruption: Corruption, to clip: inout PreparedClip, _ stream: RandomStream) {
        switch corruption.kind {
        case .blur, .both:
            // The same share of a face at every picture size.
            GaussianBlur(sigma: corruption.level * Double(clip.size) / 112).apply(to: &clip.pictures, size: clip.size)
        case .dropped: drop(&clip, share: corruption.level, stream)
        case .noPicture: clip.removePictures()
        case .white, .babble, .noSound: break
        }
    }

    /// Each dropped picture shows the last one before it that is left, or the first one left. Heavier levels drop what lighter ones do and more.
    private static func drop(_ clip: inout PreparedClip, share: Double, _ stream: RandomStream) {
        let count = min(Int((Double(clip.frames) * share).rounded()), clip.frames - 1)
        guard count > 0 else { return }
        var stream = stream.substream("dropped")
        let dropped = Set(stream.shuffled(Array(0..<clip.frames)).prefix(count))
        let bytes = clip.size * clip.size * 3
        guard var shown = (0..<clip.frames).first(where: { !dropped.contains($0) }) else { return }
        let original = clip.pictures
        for frame in 0..<clip.frames {
            if !dropped.contains(frame) { shown = frame }
            clip.pictures.replaceSubrange(frame * bytes..<(frame + 1) * bytes, with: original[shown * bytes..<(shown + 1) * bytes])
        }
    }
}
